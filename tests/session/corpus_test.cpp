// Every public session of the corpus is accepted, or refused for a reason that a person agrees
// with.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "refused_corpus.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/write.hpp"
#include "sconectl/yaml/substitute.hpp"
#include "support.hpp"

namespace sconectl::session::test {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

fs::path corpus() {
  const char* given = std::getenv("SCONECTL_CORPUS");
  return given != nullptr ? fs::path(given) : fs::path(SCONECTL_SOURCE_DIR) / "../shared/corpus";
}

std::map<std::string, std::string> variables(const fs::path& file) {
  std::map<std::string, std::string> result;
  std::istringstream in(content(file));
  for (std::string line; std::getline(in, line);)
    if (const auto equals = line.find('='); equals != std::string::npos && line[0] != '#')
      result[line.substr(0, equals)] = line.substr(equals + 1);
  return result;
}

std::vector<fs::path> files(const fs::path& root) {
  std::vector<fs::path> result;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file()) result.push_back(entry.path());
  std::sort(result.begin(), result.end());
  return result;
}

class Corpus : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(corpus() / "sessions")) GTEST_SKIP() << "skipped: no corpus at " << corpus();
    variables_ = variables(corpus() / "vars.env");
  }

  /// The session, with everything that is wrong in `out`.
  Session session(const fs::path& file, diag::Diagnostics& out) const {
    const auto value = [&](std::string_view name) -> std::optional<std::string> {
      const auto found = variables_.find(std::string(name));
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    try {
      const auto document = yaml::parse_document(file.filename().string(), content(file));
      const auto substituted = yaml::substitute(document, value, out);
      return parse_and_check(substituted, out);
    } catch (const diag::Error& error) {
      for (const auto& item : error.diagnostics()) out.error(item.location, item.text);
      if (error.diagnostics().empty()) out.error({}, error.text());
    }
    return {};
  }

  std::map<std::string, std::string> variables_;
};

TEST_F(Corpus, every_session_is_accepted_or_in_the_reviewed_list) {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const fs::path& file : files(corpus() / "sessions")) {
    const std::string name = fs::relative(file, corpus() / "sessions").string();
    diag::Diagnostics out;
    (void)session(file, out);
    const auto reason = refused_corpus().find(name);
    const bool expected = reason != refused_corpus().end();
    std::string errors;
    for (const auto& item : out.all())
      if (item.severity == diag::Severity::error) errors += "  " + item.line() + "\n";
    EXPECT_EQ(out.has_errors(), expected) << name << "\n" << errors;
    const std::string part = expected ? reason->second.error : "";
    EXPECT_THAT(errors, HasSubstr(part)) << name;
    ++(out.has_errors() ? refused : accepted);
  }
  std::cout << accepted << " sessions accepted, " << refused << " refused for a reviewed reason\n";
}

TEST_F(Corpus, SL339_reading_back_what_is_written_gives_the_same_session) {
  for (const fs::path& file : files(corpus() / "sessions")) {
    diag::Diagnostics out;
    const Session first = session(file, out);
    if (out.has_errors()) continue;
    const std::string written = text(first);
    const Session second = parse_text("written.yml", written);
    EXPECT_EQ(first, second) << file << "\n" << written;
    EXPECT_EQ(hash(first), hash(second)) << file;
    EXPECT_EQ(text(second), written) << file;
  }
}

}  // namespace
}  // namespace sconectl::session::test
