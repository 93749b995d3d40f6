// System calls with C++ manners.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/program.hpp"

namespace sconectl::host {

/// A file descriptor that is closed when the object goes.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  void reset();

 private:
  int number_ = -1;
};

/// Error{unavailable} "can not <what>: <reason>".
[[nodiscard]] diag::Error system_error(std::string_view what, int error);

/// Writes all bytes. Returns 0 or an errno value.
[[nodiscard]] int write_all(int descriptor, std::string_view bytes);

/// Reads up to the end, but not much more than `limit` bytes. Returns 0 or an errno value.
[[nodiscard]] int read_all(int descriptor, std::string& bytes, std::size_t limit);

}  // namespace sconectl::host
