// What a URI says: SCHEME:NAME=VALUE;NAME=VALUE?NAME=VALUE&NAME=VALUE (RFC 7512).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::token {

class KeyUri {
 public:
  /// `known`: the names that are understood. Throws Error{invalid} for others, for one that stands
  /// there twice, and for what is not written so.
  KeyUri(std::string_view uri, const std::vector<std::string>& known);

  [[nodiscard]] std::optional<std::string> value(const std::string& name) const;
  /// Throws Error{invalid} with the `example` of how it is written if it is not there.
  [[nodiscard]] std::string needed(const std::string& name, std::string_view example) const;
  /// A file that only its owner can read: file:/PATH or /PATH. Throws Error{invalid} for others and
  /// for one that others can read, Error{unavailable} if it is not there.
  [[nodiscard]] std::optional<std::filesystem::path> secret_file(const std::string& name) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace sconectl::token
