// A file that only grows.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

namespace sconectl::host {

/// A file that is appended to, made with mode 0600 if missing; its directory must exist. All
/// methods throw diag::Error{unavailable}. Safe to use from several threads.
class AppendedFile {
 public:
  /// Bytes behind the last line end, which a process that was killed has left, are cut off. A link
  /// in the place of the file is refused.
  explicit AppendedFile(std::filesystem::path path);
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;
  ~AppendedFile();

  /// Durable on return; after a failure the file is as it was before.
  void append(std::string_view bytes);
  /// Opens the path anew if it does not lead to the open file any more, because somebody has given
  /// that another name or removed it. True: it has done so.
  bool reopen_if_moved();
  /// How many bytes behind the last line end were cut off when it was opened.
  [[nodiscard]] std::size_t cut_off() const;

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace sconectl::host
