// Passwords that people type.
#pragma once

#include <optional>
#include <string>

namespace sconectl::host {

/// See Environment::hidden_line.
[[nodiscard]] std::optional<std::string> read_hidden_line(const std::string& prompt);

}  // namespace sconectl::host
