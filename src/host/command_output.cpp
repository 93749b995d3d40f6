#include "command_output.hpp"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace sconectl::host {

Descriptor CommandOutput::make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_error("make a pipe", errno);
  pipe_ = Descriptor(ends[0]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Descriptor(ends[1]);
}

void CommandOutput::take() {
  std::array<char, 65536> block;
  while (pipe_.open()) {
    const ssize_t got = ::read(pipe_.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return pipe_.reset();
    add({block.data(), static_cast<std::size_t>(got)});
    ::explicit_bzero(block.data(), static_cast<std::size_t>(got));  // it may be a secret
  }
}

void CommandOutput::add(std::string_view bytes) {
  bytes_ += bytes;
  if (!on_line_) return;
  for (std::size_t end = bytes_.find('\n', line_start_); end != std::string::npos;
       end = bytes_.find('\n', line_start_)) {
    const std::string_view line = std::string_view(bytes_).substr(line_start_, end - line_start_);
    line_start_ = end + 1;
    on_line_(line);
  }
}

std::string CommandOutput::finish() {
  pipe_.reset();
  if (on_line_ && line_start_ < bytes_.size()) {
    on_line_(std::string_view(bytes_).substr(line_start_));
  }
  return std::move(bytes_);
}

}  // namespace sconectl::host
