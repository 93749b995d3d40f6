// Reading JSON that others wrote: bounded, strict, and with errors that name the member but never
// show a value.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::cas {

using Json = nlohmann::json;

/// The deepest nesting that parse_json accepts; encoders recurse as deep as that.
inline constexpr int max_json_depth = 64;

/// `what` names the document in errors ("reply to an upload"). Throws Error{invalid} for what is
/// too large, too deep, not UTF-8 JSON, or repeats a key.
[[nodiscard]] Json parse_json(std::string_view text, std::string_view what);

/// Compact JSON with sorted keys; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_text(const Json& value);

/// json_text() of a text. Much faster for long texts without control characters beyond line ends
/// and tabs, which is what sessions are.
[[nodiscard]] std::string json_string(std::string_view text);

/// The members of one JSON object, each read with the type that it must have.
class Members {
 public:
  /// Throws Error{invalid} if `value` is no object. Both arguments must outlive the reader.
  Members(const Json& value, std::string_view what);

  [[nodiscard]] bool has(const char* key) const;
  [[nodiscard]] std::string text(const char* key) const;
  /// Nothing if the member is absent or null.
  [[nodiscard]] std::optional<std::string> optional_text(const char* key) const;
  [[nodiscard]] bool boolean(const char* key) const;
  [[nodiscard]] bool boolean_or(const char* key, bool otherwise) const;
  [[nodiscard]] std::uint64_t number(const char* key, std::uint64_t largest) const;
  /// 64 hex digits, returned in lower case.
  [[nodiscard]] std::string hash(const char* key) const;
  [[nodiscard]] std::optional<std::string> optional_hash(const char* key) const;
  /// The bytes behind hex digits; their number must be in [least, most].
  [[nodiscard]] std::string hex_bytes(const char* key, std::size_t least, std::size_t most) const;
  /// The bytes behind base64.
  [[nodiscard]] std::string base64_bytes(const char* key) const;
  [[nodiscard]] const Json& object(const char* key) const;
  [[nodiscard]] const Json& array(const char* key) const;
  /// An array of texts; empty if the member is absent.
  [[nodiscard]] std::vector<std::string> texts_or_none(const char* key) const;
  [[nodiscard]] std::vector<std::string> texts(const char* key) const;

  /// Throws Error{invalid} if there is a member that is not in `known`.
  void only(std::initializer_list<std::string_view> known) const;
  [[noreturn]] void fail(const char* key, std::string_view expected) const;

 private:
  [[nodiscard]] const Json& member(const char* key) const;
  [[nodiscard]] const Json* present(const char* key) const;

  const Json& value_;
  std::string_view what_;
};

}  // namespace sconectl::cas
