// What the CAS tells its operator: one event, one line.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace sconectl::casd {

enum class Severity { debug, info, warning, error };

struct EventField {
  std::string_view key;
  std::string_view value;
};
using EventFields = std::initializer_list<EventField>;

/// "text key=value ...": the form that scripts parse (CC-028). `text` is a constant of the program
/// without '='; whatever comes from outside is the value of a field. A value that is not one word
/// of printable ASCII is quoted, every byte that could end the line or move a terminal's cursor is
/// written \xNN, and a long value is cut: it can not look like another field or another line.
[[nodiscard]] std::string event_line(std::string_view text, EventFields fields);

/// Writes it. Never holds a body, a secret, a one-time password or a token.
void log_event(spdlog::logger& log, Severity severity, std::string_view text,
               EventFields fields = {});

/// What lines of event_line() have in common that are about the same: the text before the fields.
[[nodiscard]] std::string_view kind_of_event(std::string_view line);

}  // namespace sconectl::casd
