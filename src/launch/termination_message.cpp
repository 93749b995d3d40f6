#include "sconectl/launch/termination_message.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <exception>

namespace sconectl::launch {

namespace {

constexpr std::size_t most_bytes = 4096;

std::string message(const diag::Error& error) {
  std::string text = error.text();
  for (const std::string& cause : error.causes()) text.append("\n").append(cause);
  text.resize(std::min(text.size(), most_bytes));
  return text;
}

}  // namespace

void leave_message(const diag::Error& error, const std::string& path) noexcept {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return;
  struct stat facts {};
  if (::fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) && ::ftruncate(file, 0) == 0) {
    try {
      const std::string text = message(error);
      [[maybe_unused]] const auto written = ::write(file, text.data(), text.size());
    } catch (const std::exception&) {  // no memory: the log has it
    }
  }
  ::close(file);
}

}  // namespace sconectl::launch
