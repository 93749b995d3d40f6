#include "supply/paragraphs.hpp"

#include "sconectl/text/ascii.hpp"

namespace sconectl::supply {

std::string_view Paragraph::value(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return text::trimmed(value);
  }
  return {};
}

void each_paragraph(std::string_view content, const std::function<bool(const Paragraph&)>& each) {
  Paragraph paragraph;
  int number = 0;
  while (!content.empty()) {
    ++number;
    const std::size_t end = content.find('\n');
    std::string_view line = content.substr(0, end);
    content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) {
      if (!paragraph.fields.empty() && !each(paragraph)) return;
      paragraph = {};
      continue;
    }
    paragraph.ended = end != std::string_view::npos;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || text::is_blank(line.front())) continue;
    if (paragraph.fields.empty()) paragraph.line = number;
    paragraph.fields.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  if (!paragraph.fields.empty()) each(paragraph);
}

}  // namespace sconectl::supply
