// What a running program writes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "posix.hpp"

namespace sconectl::host {

/// One captured output of a running program: its pipe, all bytes, and the line in the making.
class CommandOutput {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  explicit CommandOutput(const OnLine& on_line) : on_line_(on_line) {}

  /// Makes the pipe; returns the end for the program.
  [[nodiscard]] Descriptor make_pipe();
  /// -1 when there is no pipe or its end was reached.
  [[nodiscard]] int descriptor() const { return pipe_.get(); }
  /// Takes what can be read without waiting.
  void take();
  /// Ends the last line and gives the bytes away.
  [[nodiscard]] std::string finish();

 private:
  void add(std::string_view bytes);

  const OnLine& on_line_;
  Descriptor pipe_;
  std::string bytes_;
  std::size_t line_start_ = 0;
};

}  // namespace sconectl::host
