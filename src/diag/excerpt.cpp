#include <algorithm>
#include <array>
#include <string_view>

#include "sconectl/diag/diagnostics.hpp"

namespace sconectl::diag {
namespace {

constexpr std::size_t longest_line = 160;

/// Parts of the names of such keys.
constexpr std::array<std::string_view, 10> secret_keys = {"value",
                                                          "content",
                                                          "private_key",
                                                          "fspf_key",
                                                          "token",
                                                          "password",
                                                          "service_access_token",
                                                          "application_secret",
                                                          "key_file",
                                                          "one_time_password_shared_secret"};

std::string_view source_line(const Source& source, int number) {
  std::string_view rest = source.text;
  for (int i = 1; i < number; ++i) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
  return rest;
}

/// The part of a line that may be shown: a line `key: value` whole unless the key holds secrets;
/// of a line without a key (inside a block scalar, say) nothing.
std::string_view showable(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) {
    const auto first = line.find_first_not_of(' ');
    return first != std::string_view::npos && line[first] == '-' ? line.substr(0, longest_line)
                                                                 : std::string_view{};
  }
  return may_hold_secret(line.substr(0, colon)) ? line.substr(0, colon + 1)
                                                : line.substr(0, longest_line);
}

}  // namespace

bool may_hold_secret(std::string_view key) {
  return std::any_of(secret_keys.begin(), secret_keys.end(), [&](std::string_view part) {
    return key.find(part) != std::string_view::npos;
  });
}

std::string with_excerpt(const Diagnostic& diagnostic) {
  std::string result = diagnostic.line() + "\n";
  const Location& at = diagnostic.location;
  if (!at.source || at.line == 0 || at.source->text.empty()) return result;
  const std::string_view line = showable(source_line(*at.source, at.line));
  const auto column = static_cast<std::size_t>(std::max(at.column, 1)) - 1;
  if (line.empty() || column > line.size()) return result;
  result.append(line).append("\n");
  for (std::size_t i = 0; i < column; ++i) result += line[i] == '\t' ? '\t' : ' ';
  return result + "^\n";
}

}  // namespace sconectl::diag
