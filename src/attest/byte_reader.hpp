// Bytes as processors write them: fields of fixed size, one after the other.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "attest/refuse.hpp"

namespace sconectl::attest {

[[nodiscard]] inline std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t result = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    result = result << 8U | static_cast<unsigned char>(bytes[i]);
  return result;
}

[[nodiscard]] inline bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

class ByteReader {
 public:
  /// `what` names the document in errors; both must outlive the reader.
  ByteReader(std::string_view bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::size_t rest() const { return bytes_.size() - at_; }

  /// Throws Error{invalid} beyond the end.
  std::string_view take(std::size_t size, std::string_view field) {
    if (size > rest())
      fail(fmt::format("ends within {}: {} bytes from {} on, and {} are there", field, size, at_,
                       rest()));
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  std::string text(std::size_t size, std::string_view field) {
    return std::string(take(size, field));
  }
  void skip(std::size_t size) { static_cast<void>(take(size, "a reserved field")); }

  /// Little-endian.
  std::uint32_t number(std::size_t size, std::string_view field) {
    return static_cast<std::uint32_t>(little_endian(take(size, field)));
  }

  [[noreturn]] void fail(std::string_view text) const { unreadable(what_, text); }

 private:
  std::string_view bytes_;
  std::string_view what_;
  std::size_t at_ = 0;
};

}  // namespace sconectl::attest
