// A request taken apart.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sconectl::casd {

/// Path and query of a request target: percent-decoded, doubled slashes made one (RA-008). The path
/// keeps a slash at its end. Throws Error{invalid} for a broken escape, a control character, text
/// that is not UTF-8, or a repeated query parameter.
struct Target {
  std::string path;
  std::map<std::string, std::string> query;
};
[[nodiscard]] Target parse_target(std::string_view target);

/// 64 hex digits in lower case (SL-007). Throws Error{invalid} that names `name`.
[[nodiscard]] std::string lower_hash(std::string_view text, std::string_view name);

/// A request taken apart, without its sender.
struct Call {
  const std::string& method;
  const std::string& target;  ///< as sent
  const std::string& body;
  /// What follows the route's prefix, without slashes around it: a session name.
  std::string rest;
  std::map<std::string, std::string> query;

  /// A session name: `rest`, or "/" if it is empty (RA-030).
  [[nodiscard]] std::string session_name() const { return rest.empty() ? "/" : rest; }
  [[nodiscard]] std::optional<std::string> parameter(const std::string& name) const;
  /// A parameter that must be 64 hex digits, in lower case (SL-007).
  [[nodiscard]] std::optional<std::string> hash_parameter(const std::string& name) const;
};

}  // namespace sconectl::casd
