#include "cli/live_lines.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/text/terminal_text.hpp"

namespace sconectl::cli {
namespace {

// Lines are cut by the terminal (DECAWM off), so nobody has to know its width.
constexpr std::string_view cut_lines = "\033[?7l";
constexpr std::string_view wrap_lines = "\033[?7h";
constexpr std::string_view erase_below = "\033[J";

/// One line, with nothing in it that moves the cursor.
std::string plain_line(std::string_view text) {
  std::string line = text::without_escapes(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return line;
}

std::string up(std::size_t lines) {
  return lines == 0 ? "\r" : fmt::format("\r\033[{}A", lines);
}

}  // namespace

void LiveLines::show(std::string_view about, std::string_view state) {
  const auto line = std::find_if(lines_.begin(), lines_.end(),
                                 [&](const auto& each) { return each.first == about; });
  if (line == lines_.end()) {
    if (state.empty()) return;
    lines_.emplace_back(about, state);
  } else if (state.empty()) {
    lines_.erase(line);
  } else {
    line->second = state;
  }
  draw();
}

void LiveLines::draw() {
  const std::size_t shown = std::min(lines_.size(), most_lines);
  std::string text = up(drawn_);
  text += erase_below;
  text += cut_lines;
  for (std::size_t i = 0; i < shown; ++i)
    text += fmt::format("{}: {}\n", plain_line(lines_[i].first), plain_line(lines_[i].second));
  const std::size_t more = lines_.size() - shown;
  if (more > 0) text += fmt::format("and {} more\n", more);
  text += wrap_lines;
  drawn_ = shown + (more > 0 ? 1 : 0);
  write_(text);
}

void LiveLines::hide() {
  if (drawn_ == 0) return;
  write_(up(drawn_) + std::string(erase_below));
  drawn_ = 0;
}

}  // namespace sconectl::cli
