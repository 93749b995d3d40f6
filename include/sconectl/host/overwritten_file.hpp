// A small file that is written often.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

namespace sconectl::host {

/// A file of a fixed size that is overwritten in place and never waited for: the bytes survive the
/// end of the process at once, and a power cut some time later.
class OverwrittenFile {
 public:
  /// Opens the file, made with mode 0600 if missing. Throws diag::Error{unavailable}.
  explicit OverwrittenFile(const std::filesystem::path& path);
  OverwrittenFile(const OverwrittenFile&) = delete;
  OverwrittenFile& operator=(const OverwrittenFile&) = delete;
  ~OverwrittenFile();

  /// Puts the bytes, always the same number of them, in the place of the old ones. False if the
  /// system refuses.
  [[nodiscard]] bool write(std::string_view bytes) noexcept;
  /// Waits until what was written survives a power cut. False if the system refuses.
  [[nodiscard]] bool flush() noexcept;

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace sconectl::host
