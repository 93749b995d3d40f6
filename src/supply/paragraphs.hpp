// Paragraphs of fields: Debian's control files, apk's database, Python's metadata.
#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace sconectl::supply {

/// Names and values as they stand there; of a value of several lines only the first.
struct Paragraph {
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  int line = 0;       ///< of the first field
  bool ended = true;  ///< false: the text ends within a line of this paragraph

  /// The first value of a field, without the blanks around it; "" without the field.
  [[nodiscard]] std::string_view value(std::string_view name) const;
};

/// Calls `each` for every paragraph until it returns false. Blank lines are between paragraphs;
/// lines without a colon, and lines that begin with a blank, belong to the value before them.
void each_paragraph(std::string_view content, const std::function<bool(const Paragraph&)>& each);

}  // namespace sconectl::supply
