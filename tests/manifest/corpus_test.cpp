// Every manifest of the samples is accepted; every public one is too, or stands here with the
// reason that a person would give.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

#include "sconectl/manifest/parse.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/substitute.hpp"
#include "support/repository.hpp"

namespace sconectl::manifest {
namespace {

namespace fs = std::filesystem;

/// Refused on purpose: path below manifests/ -> reason.
const std::map<std::string, std::string> refused = {
    {"scontain+scone_mesh_tutorial/history/2023-07-16_99c49574_service.yaml.template",
     "broken YAML: 'value: 8|+' is not a block scalar, so the lines below it belong to nothing "
     "(the "
     "next version of the file corrects it)"},
};

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::map<std::string, std::string, std::less<>> values(const fs::path& file) {
  std::map<std::string, std::string, std::less<>> result;
  std::istringstream lines(text_of(file));
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (line.empty() || line[0] == '#' || equals == std::string::npos) continue;
    result[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return result;
}

std::string mistakes(const fs::path& file, const yaml::Variables& variables) {
  diag::Diagnostics out;
  // A reader of that tutorial writes a repository of his own there, which has to be in lower case.
  const std::string text = std::regex_replace(text_of(file), std::regex("MYREPO"), "myrepo");
  for (const yaml::Value& document : yaml::parse_documents(file.filename(), text, out)) {
    diag::Diagnostics unset;
    const yaml::Value filled = yaml::substitute(document, variables, unset, {.keys = true});
    out.add(unset);
    (void)parse(filled, out);
  }
  std::string result;
  for (const auto& diagnostic : out.all())
    if (diagnostic.severity == diag::Severity::error) result += diagnostic.line() + "\n";
  return result;
}

void expect_accepted_or_listed(const fs::path& manifests, const fs::path& variables) {
  const auto known = values(variables);
  const yaml::Variables lookup = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = known.find(name);
    return found == known.end() ? std::nullopt : std::optional(found->second);
  };
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(manifests)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string name = fs::relative(entry.path(), manifests).string();
    const std::string errors = mistakes(entry.path(), lookup);
    if (refused.contains(name))
      EXPECT_NE(errors, "") << name << " is listed as refused, but is accepted";
    else
      EXPECT_EQ(errors, "") << name;
  }
  EXPECT_GT(files, 5);
}

TEST(ManifestSamples, every_manifest_is_accepted) {
  const fs::path samples = test::source_directory() / "tests/samples";
  expect_accepted_or_listed(samples / "manifests", samples / "vars.env");
}

TEST(ManifestCorpus, every_public_manifest_is_accepted_or_listed) {
  NEEDS_CORPUS("manifests");
  expect_accepted_or_listed(test::corpus("manifests"), test::corpus("vars.env"));
}

}  // namespace
}  // namespace sconectl::manifest
