// The command of a service as an argument vector (SL-070 ... SL-073, SL-320 ... SL-323).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// Splits at runs of whitespace; '…' and "…" keep spaces; a backslash escapes only `"` and `\`
/// inside double quotes. A placeholder is never split. Throws Error{invalid} for a quote that is
/// not closed.
[[nodiscard]] std::vector<std::string> split_command(std::string_view command);
/// The text that split_command() makes these words of: what needs it stands in double quotes.
[[nodiscard]] std::string joined_command(std::span<const std::string> words);
/// The elements of either form, placeholders and `@@N` untouched.
[[nodiscard]] std::vector<std::string> arguments(const Command& command);

/// The N of an element that is exactly `@@N` with N >= 1, else 0 (SL-320, SL-321).
[[nodiscard]] unsigned host_argument(std::string_view element);
/// The elements with every `@@N` replaced by `host[N]` (host[0] is the program). Throws
/// Error{invalid} for a repeated N or a missing host argument.
[[nodiscard]] std::vector<std::string> with_host_arguments(std::vector<std::string> elements,
                                                           std::span<const std::string> host);
/// "NAME" for the environment names `\@\@NAME` and `@@NAME`, else "" (SL-322).
[[nodiscard]] std::string_view host_variable(std::string_view environment_name);

}  // namespace sconectl::session
