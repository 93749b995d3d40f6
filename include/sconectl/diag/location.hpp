// Where something stands in a text that a user wrote.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sconectl::diag {

/// A text and the name under which the user knows it (a path as given, or "<stdin>").
struct Source {
  std::string name;
  std::string text;
};

/// A place in a source. `line` and `column` count from 1 (columns in bytes); 0 means "the whole
/// file".
struct Location {
  std::shared_ptr<const Source> source;
  int line = 0;
  int column = 0;

  /// "file:line:col", "file" for a whole file, "" without a source.
  [[nodiscard]] std::string text() const;
};

/// A location that stands for a whole file.
[[nodiscard]] Location whole_file(std::string name);

}  // namespace sconectl::diag
