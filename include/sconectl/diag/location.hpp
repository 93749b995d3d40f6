// Where something stands in a text that a user wrote.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sconectl::diag {

/// What may be shown of a line, and the byte of it that the place became.
struct Excerpt {
  std::string line;
  std::size_t caret = 0;
};

/// A text and the name under which the user knows it (a path as given, or "<stdin>"). What it holds
/// may be secret: only a kind of source that knows which part is none shows anything of it.
struct Source {
  Source(std::string its_name, std::string its_text)
      : name(std::move(its_name)), text(std::move(its_text)) {}
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  /// What of a line may be shown to anybody; nothing by default.
  [[nodiscard]] virtual std::optional<Excerpt> excerpt(int line, int column) const;

  std::string name;
  std::string text;
};

/// A place in a source. `line` and `column` count from 1 (columns in characters); 0 means "the
/// whole file".
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
