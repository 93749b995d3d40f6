#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/program.hpp"
#include "sconectl/launch/evidence.hpp"

namespace sconectl::launch {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t largest_attribute = std::size_t{1} << 20U;

[[noreturn]] void no_evidence(const std::filesystem::path& path, int error) {
  throw Error(
      ErrorKind::unavailable,
      fmt::format("no evidence of this machine: '{}': {}{}", path.string(), host::reason(error),
                  error == EACCES || error == EPERM
                      ? "; it needs root outside of user namespaces and a directory that "
                        "is mounted writable"
                      : ""));
}

class KernelReports final : public ReportDirectory {
 public:
  explicit KernelReports(std::filesystem::path path) : path_(std::move(path)) {}

  bool make(const std::string& entry) override {
    if (::mkdir((path_ / entry).c_str(), 0700) == 0) return true;
    if (errno == EEXIST) return false;
    no_evidence(path_ / entry, errno);
  }

  void write(const std::string& entry, const char* file, std::string_view bytes) override {
    const auto path = path_ / entry / file;
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) no_evidence(path, errno);
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    const int error = errno;
    // What close() says, the kernel throws away: the generation tells whether it was applied.
    ::close(descriptor);
    if (written != static_cast<ssize_t>(bytes.size())) no_evidence(path, written < 0 ? error : EIO);
  }

  std::string read(const std::string& entry, const char* file) override {
    const auto path = path_ / entry / file;
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) return "";
    if (descriptor < 0) no_evidence(path, errno);
    std::string result;
    std::array<char, 4096> part{};
    ssize_t count = 0;
    do {
      count = ::read(descriptor, part.data(), part.size());
      if (count > 0) result.append(part.data(), static_cast<std::size_t>(count));
    } while ((count > 0 || (count < 0 && errno == EINTR)) && result.size() < largest_attribute);
    const int error = errno;
    ::close(descriptor);
    if (count < 0) no_evidence(path, error);
    return result;
  }

  void remove(const std::string& entry) noexcept override {
    (void)::rmdir((path_ / entry).c_str());
  }

 private:
  const std::filesystem::path path_;
};

}  // namespace

std::unique_ptr<ReportDirectory> report_directory(std::filesystem::path path) {
  return std::make_unique<KernelReports>(std::move(path));
}

}  // namespace sconectl::launch
