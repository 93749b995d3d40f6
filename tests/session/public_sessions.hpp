// The sessions that tests over many files read: the repository's own, and the collection of public
// ones where it is at hand (SCONECTL_CORPUS, or ../shared/corpus beside the repository).
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/substitute.hpp"
#include "support/repository.hpp"

namespace sconectl::session::test {

namespace fs = std::filesystem;

inline std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// All regular files below a directory, sorted; nothing if it does not exist.
inline std::vector<fs::path> files(const fs::path& root) {
  std::vector<fs::path> result;
  if (!fs::exists(root)) return result;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file()) result.push_back(entry.path());
  std::sort(result.begin(), result.end());
  return result;
}

/// NAME=VALUE lines.
inline std::map<std::string, std::string> variables(const fs::path& file) {
  std::map<std::string, std::string> result;
  std::istringstream in(content(file));
  for (std::string line; std::getline(in, line);)
    if (const auto equals = line.find('='); equals != std::string::npos && line[0] != '#')
      result[line.substr(0, equals)] = line.substr(equals + 1);
  return result;
}

struct PublicSession {
  std::string name;
  yaml::Value document;
};

/// The template in `file` with its variables replaced. Throws Error{invalid}, and puts what is
/// wrong with the variables into `out`.
inline yaml::Value filled_in(const fs::path& file, const std::map<std::string, std::string>& values,
                             diag::Diagnostics& out) {
  const auto value = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
  const auto document = yaml::parse_document(file.filename().string(),
                                             yaml::with_variable_lines_in_blocks(content(file)));
  return yaml::substitute(document, value, out);
}

/// Those that are YAML once the variables have their values: the repository's samples, and the
/// public ones where they are at hand.
inline std::vector<PublicSession> public_sessions() {
  const fs::path samples = sconectl::test::source_directory() / "tests/samples";
  std::vector<PublicSession> result;
  for (const fs::path& root : {samples, sconectl::test::corpus("")}) {
    const auto values = variables(root / "vars.env");
    for (const auto& path : files(root / "sessions")) {
      diag::Diagnostics out;
      try {
        auto document = filled_in(path, values, out);
        if (!out.has_errors()) result.push_back({path.string(), std::move(document)});
      } catch (const diag::Error&) {  // the corpus test says which and why
      }
    }
  }
  return result;
}

}  // namespace sconectl::session::test
