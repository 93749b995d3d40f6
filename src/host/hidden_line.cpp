#include "hidden_line.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "interrupt.hpp"
#include "posix.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::host {
namespace {

constexpr std::size_t longest_line = 4096;

/// What is typed is not shown while this lives.
class WithoutEcho {
 public:
  explicit WithoutEcho(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) != 0) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden_ = ::tcsetattr(terminal_, TCSAFLUSH, &hidden) == 0;
  }
  WithoutEcho(const WithoutEcho&) = delete;
  WithoutEcho& operator=(const WithoutEcho&) = delete;
  ~WithoutEcho() {
    if (hidden_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  [[nodiscard]] bool hidden() const { return hidden_; }

 private:
  int terminal_;
  termios before_{};
  bool hidden_ = false;
};

void wait_for_input(int terminal) {
  std::array<pollfd, 2> waiting{{{terminal, POLLIN, 0}, {interrupt_descriptor(), POLLIN, 0}}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0)
    if (errno != EINTR) throw system_error("wait for the terminal", errno);
  throw_if_interrupted();
}

/// Into a text that has room for it, so that no copies of it stay in memory.
void read_line(int terminal, std::string& line) {
  while (line.size() < longest_line) {
    wait_for_input(terminal);
    char letter = 0;
    const ssize_t count = ::read(terminal, &letter, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error("read the terminal", errno);
    if (count == 0 || letter == '\n') return;
    line += letter;
  }
}

}  // namespace

std::optional<std::string> read_hidden_line(const std::string& prompt) {
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal.open()) return std::nullopt;
  const WithoutEcho echo(terminal.get());
  if (!echo.hidden()) return std::nullopt;
  if (const int error = write_all(terminal.get(), prompt); error != 0)
    throw system_error("write to the terminal", error);
  std::string line;
  line.reserve(longest_line);
  try {
    read_line(terminal.get(), line);
  } catch (...) {  // what was typed so far is a part of a password
    ::explicit_bzero(line.data(), line.size());
    throw;
  }
  static_cast<void>(write_all(terminal.get(), "\n"));
  return line;
}

}  // namespace sconectl::host
