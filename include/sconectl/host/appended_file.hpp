// A file that only grows.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace sconectl::host {

/// A file of lines that is appended to, made with mode 0600 if missing; its directory must exist.
/// All methods throw diag::Error{unavailable}. Safe to use from several threads.
class AppendedFile {
 public:
  /// Bytes behind the last line end, which a process that was killed has left, are cut off. A link
  /// in the place of the file is refused, and so is (Error{invalid}) a file that begins otherwise
  /// than its lines do: it is somebody else's.
  AppendedFile(std::filesystem::path path, std::string line_begin);
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;
  ~AppendedFile();

  /// Durable on return; after a failure the file is as it was before.
  void append(std::string_view bytes);
  /// Opens the path anew if it does not lead to the open file any more, because somebody has given
  /// that another name or removed it. True: it has done so.
  bool reopen_if_moved();

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace sconectl::host
