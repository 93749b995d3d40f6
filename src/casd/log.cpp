#include "sconectl/casd/log.hpp"

#include <fmt/chrono.h>

#include <ctime>
#include <string_view>

namespace sconectl::casd {

namespace {

std::string_view level_word(Level level) {
  switch (level) {
    case Level::debug:
      return "DEBUG";
    case Level::info:
      return "INFO";
    case Level::warning:
      return "WARN";
    case Level::error:
      return "ERROR";
  }
  return "ERROR";
}

/// Plain if it is one printable word; else quoted, so that a value can not look like another field
/// or another line.
std::string shown(const std::string& value) {
  bool plain = !value.empty();
  std::string quoted = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    plain = plain && byte > 0x20 && byte < 0x7f && c != '"' && c != '\\' && c != '=';
    if (byte < 0x20 || byte == 0x7f)
      quoted += fmt::format("\\x{:02x}", byte);
    else if (c == '"' || c == '\\')
      quoted += {'\\', c};
    else
      quoted += c;
  }
  return plain ? value : quoted + '"';
}

}  // namespace

std::string LogLine::line(long long seconds) const {
  const auto time = static_cast<std::time_t>(seconds);
  std::string result =
      fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {} {}", fmt::gmtime(time), level_word(level), text);
  for (const auto& [key, value] : fields) result += " " + key + "=" + shown(value);
  return result;
}

}  // namespace sconectl::casd
