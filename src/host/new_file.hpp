// A file that is written beside another one and takes its place when it is whole.
#pragma once

#include <filesystem>
#include <string>

#include "posix.hpp"

namespace sconectl::host {

/// When a new file gets a name. Of one that has none a killed process leaves nothing: that is for
/// what may be large. A name costs less than none at first and one later.
enum class Named { at_once, when_whole };

/// Removed again unless it was renamed.
class NewFile {
 public:
  NewFile(const std::filesystem::path& directory, Named named);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  /// 0, or the errno value of why there is no file.
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] int descriptor() const { return file_.get(); }
  /// Returns 0 or an errno value.
  [[nodiscard]] int rename_to(const std::filesystem::path& target);

 private:
  void open_named(const std::filesystem::path& directory);
  void open_without_name(const std::filesystem::path& directory);
  [[nodiscard]] int give_name();

  std::filesystem::path directory_;
  std::string path_;  ///< "" as long as it has no name
  Descriptor file_;
  int error_ = 0;
  bool renamed_ = false;
};

}  // namespace sconectl::host
