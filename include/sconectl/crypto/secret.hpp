// Bytes that must not stay in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sconectl::crypto {

/// Owned bytes of a key, password or plaintext. The memory is overwritten on destruction,
/// assignment and growth. It moves, and copies only with clone(); it cannot be compared with `==`
/// (see constant_time_equal) or printed.
class Secret {
 public:
  Secret() = default;
  /// Copies the bytes; the source stays the caller's to wipe.
  explicit Secret(std::string_view bytes);
  /// `size` zero bytes, to be filled through writable().
  static Secret zeros(std::size_t size);
  /// Takes the text over and overwrites it where it was.
  static Secret adopt(std::string&& text);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] Secret clone() const { return Secret(view()); }
  [[nodiscard]] std::string_view view() const;
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {bytes_.get(), size_}; }
  [[nodiscard]] std::span<std::uint8_t> writable() { return {bytes_.get(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  void append(std::string_view more);
  /// Keeps the first `size` bytes; `size` must not be larger than size().
  void truncate(std::size_t size);

 private:
  void clear() noexcept;

  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

/// Overwrites the whole capacity of a text and empties it.
void wipe(std::string& text) noexcept;

}  // namespace sconectl::crypto
