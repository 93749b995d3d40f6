#include "supply/field.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/utf8.hpp"

namespace sconectl::supply {
namespace {

constexpr bool is_control_character(char c) {
  return text::is_control(c);
}

/// For messages: what is printable of a name.
std::string shown(std::string_view value) {
  std::string result;
  for (const char c : value.substr(0, 80)) {
    result += c > ' ' && c <= '~' ? c : '?';
  }
  return result;
}

}  // namespace

bool is_sound(std::string_view value, std::size_t most_bytes) {
  return !value.empty() && value.size() <= most_bytes &&
         std::none_of(value.begin(), value.end(), is_control_character) && text::is_utf8(value);
}

bool is_name(std::string_view value) {
  return is_sound(value, longest_name) && value.find(' ') == std::string_view::npos;
}

std::string remark(std::string_view value) {
  value = text::trimmed(value);
  return is_sound(value, longest_remark) ? std::string(value) : std::string();
}

void report(diag::Diagnostics& findings, std::string_view path, int line, std::string text) {
  diag::Location place = diag::whole_file(diag::shortened(std::string(path), 500));
  place.line = line;
  findings.warning(std::move(place), std::move(text));
}

bool is_package(const Package& package, std::string_view path, int line,
                diag::Diagnostics& findings) {
  if (!is_name(package.name)) {
    report(findings, path, line, "a package without a proper name is left out");
    return false;
  }
  if (!is_name(package.version)) {
    report(
        findings, path, line,
        fmt::format("the package '{}' has no proper version and is left out", shown(package.name)));
    return false;
  }
  return true;
}

}  // namespace sconectl::supply
