// Lines that are only a variable, below a block scalar that their indentation would end (CL-118).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sconectl::yaml {

/// U+E000, which stands before a variable whose line was moved: the lines of its value have the
/// indentation of the document that they were made for, which is no part of the text.
inline constexpr std::string_view moved_mark = "\xEE\x80\x80";

/// A line that is nothing but `$NAME` or `${NAME}`.
struct VariableLine {
  std::string_view indentation;
  bool moved = false;  ///< `moved_mark` stands before it
  std::string_view name;
};
[[nodiscard]] std::optional<VariableLine> variable_line(std::string_view line);

}  // namespace sconectl::yaml
