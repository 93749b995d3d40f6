#include "image/requirements.hpp"

#include <array>
#include <filesystem>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

constexpr std::array<std::string_view, 4> options = {"--requirement", "--constraint", "-r", "-c"};

/// Without a comment: '#' at the start or after a blank.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t'))
      return line.substr(0, i);
  return line;
}

bool is_url(std::string_view text) {
  return text.find("://") != std::string_view::npos;
}

}  // namespace

std::optional<std::string_view> included_file(std::string_view line) {
  std::string_view rest = text::trimmed(without_comment(line));
  for (const std::string_view option : options) {
    if (!rest.starts_with(option)) continue;
    std::string_view file = rest.substr(option.size());
    const bool is_long = option.starts_with("--");
    if (is_long && !file.starts_with('=') && !file.starts_with(' ') && !file.starts_with('\t'))
      continue;
    if (file.starts_with('=')) file.remove_prefix(1);
    file = text::trimmed(file);
    if (file.size() > 1 && (file.front() == '"' || file.front() == '\'') &&
        file.back() == file.front())
      file = file.substr(1, file.size() - 2);
    const bool variable = file.find("${") != std::string_view::npos;  // known to pip only
    return file.empty() || is_url(file) || variable ? std::nullopt : std::optional(file);
  }
  return std::nullopt;
}

std::string included_path(const std::string& file, std::string_view included) {
  return (std::filesystem::path(file).parent_path() / included).lexically_normal().generic_string();
}

std::vector<std::string> included_paths(const std::string& file, std::string_view text) {
  std::vector<std::string> result;
  for (const std::string_view line : text::lines(text))
    if (const auto included = included_file(line)) result.push_back(included_path(file, *included));
  return result;
}

std::string with_names(const std::string& file, std::string_view text,
                       const std::function<std::string(const std::string&)>& rename) {
  std::string result;
  for (const std::string_view line : text::lines(text)) {
    if (const auto included = included_file(line)) {
      const auto at = static_cast<std::size_t>(included->data() - line.data());
      result.append(line.substr(0, at)).append(rename(included_path(file, *included)));
      result.append(line.substr(at + included->size()));
    } else {
      result += line;
    }
    result += '\n';
  }
  return result;
}

std::vector<int> lines_with_password(std::string_view text) {
  std::vector<int> result;
  int number = 0;
  for (const std::string_view line : text::lines(text)) {
    ++number;
    const auto scheme = line.find("://");
    if (scheme == std::string_view::npos || text::trimmed(line).starts_with('#')) continue;
    const std::string_view rest = line.substr(scheme + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/ \t"));
    const auto at = authority.rfind('@');
    if (at == std::string_view::npos) continue;
    const std::string_view user = authority.substr(0, at);
    const auto colon = user.find(':');
    // `${PASSWORD}` is a variable of the environment in which pip runs.
    if (colon != std::string_view::npos && !user.substr(colon + 1).starts_with("${"))
      result.push_back(number);
  }
  return result;
}

}  // namespace sconectl::image
