#include "casd/log/event.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>

namespace sconectl::casd {

namespace {

constexpr std::size_t longest_value = 400;

bool printable(char c) {
  return c >= ' ' && c <= '~';
}

bool one_word(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return printable(c) && c != ' ' && c != '"' && c != '\\' && c != '=';
  });
}

std::string shown(std::string_view value) {
  const bool cut = value.size() > longest_value;
  value = value.substr(0, longest_value);
  if (!cut && one_word(value)) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (!printable(c)) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + (cut ? "...\"" : "\"");
}

spdlog::level::level_enum level_of(Severity severity) {
  switch (severity) {
    case Severity::debug:
      return spdlog::level::debug;
    case Severity::info:
      return spdlog::level::info;
    case Severity::warning:
      return spdlog::level::warn;
    case Severity::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

std::string event_line(std::string_view text, EventFields fields) {
  std::string line(text);
  for (const auto& [key, value] : fields) line += fmt::format(" {}={}", key, shown(value));
  return line;
}

void log_event(spdlog::logger& log, Severity severity, std::string_view text, EventFields fields) {
  const auto level = level_of(severity);
  if (log.should_log(level)) log.log(level, event_line(text, fields));
}

std::string_view kind_of_event(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return line;
  const auto blank = line.rfind(' ', equals);
  return line.substr(0, blank == std::string_view::npos ? 0 : blank);
}

}  // namespace sconectl::casd
