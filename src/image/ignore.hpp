// What of the build folder stays out of an image: `.dockerignore`, `.sconectlignore`, and what
// never belongs into one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::image {

/// One line of an ignore file as Docker reads it: `*` and `?` within a name, `**` over any number
/// of directories, `[a-z]`, `\` before a character, a leading `/` means nothing, and a pattern that
/// matches a directory stands for everything in it.
class IgnorePattern {
 public:
  explicit IgnorePattern(std::string_view pattern);

  /// Whether the pattern, or one for a directory above, matches ("a/b.txt", relative, without
  /// dots).
  [[nodiscard]] bool covers(std::string_view path) const;

 private:
  enum class Kind { character, any, name_part, everything, directories, set };
  struct Part {
    Kind kind = Kind::character;
    char character = 0;
    std::string set;  ///< the members, pairs of bounds
    bool negated = false;
  };
  [[nodiscard]] bool matches(std::string_view path) const;
  [[nodiscard]] static bool takes(const Part& part, char c);
  void enter(std::vector<bool>& states, std::size_t index) const;

  std::vector<Part> parts_;
};

class IgnoreList {
 public:
  /// Lines in order; the last one that matches decides, `!` takes back, `#` starts a comment.
  void add(std::string_view text);

  /// Whether the path is left out.
  [[nodiscard]] bool excludes(std::string_view path) const;
  /// Whether something below an excluded directory may still be wanted.
  [[nodiscard]] bool has_exceptions() const { return exceptions_; }

 private:
  struct Line {
    IgnorePattern pattern;
    bool exception = false;
  };
  std::vector<Line> lines_;
  bool exceptions_ = false;
};

/// What is left out unless a manifest or an exception names it: version control and files of
/// credentials (docs/commands.md lists them).
[[nodiscard]] std::string_view built_in_excludes();

}  // namespace sconectl::image
