#include "sconectl/diag/rule.hpp"

#include <algorithm>
#include <utility>

#include "diag/embedded.hpp"

namespace sconectl::diag {
namespace {

/// The cells of a Markdown row "| a | b |"; `\|` is a bar inside of one. Nothing for other lines.
std::vector<std::string> cells(std::string_view line) {
  std::vector<std::string> result;
  if (!line.starts_with("| ")) return result;
  std::string cell;
  for (std::size_t i = 2; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += line[++i];
    } else if (line[i] == '|') {
      while (cell.ends_with(' ')) cell.pop_back();
      result.push_back(std::exchange(cell, {}));
      if (i + 1 < line.size()) ++i;  // the blank behind the bar
    } else {
      cell += line[i];
    }
  }
  return result;
}

/// "SL-036" and the like.
bool is_id(std::string_view text) {
  return text.size() == 6 && text[2] == '-' && text.find_first_not_of("0123456789", 3) == text.npos;
}

template <typename Row>
void for_each_row(const Row& row) {
  for (std::size_t i = 0; i < rules_count; ++i) {
    std::string_view text(rules_files[i].bytes, rules_files[i].length);
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size() - 1);
      const auto found = cells(text.substr(0, end));
      if (!found.empty() && is_id(found[0])) row(found);
      text.remove_prefix(end + 1);
    }
  }
}

/// The second cell of a row of tests.md: tests with <br> between them, or "none: " and a reason.
void set_tests(Rule& rule, std::string_view cell) {
  constexpr std::string_view none = "none: ";
  constexpr std::string_view between = "<br>";
  if (cell.starts_with(none)) {
    rule.untested_because = cell.substr(none.size());
    return;
  }
  for (auto at = cell.find(between); at != cell.npos; at = cell.find(between)) {
    rule.tests.emplace_back(cell.substr(0, at));
    cell.remove_prefix(at + between.size());
  }
  rule.tests.emplace_back(cell);
}

}  // namespace

std::optional<Rule> rule(std::string_view id) {
  std::string wanted(id);
  for (char& c : wanted)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  Rule result;
  for_each_row([&](const std::vector<std::string>& row) {
    if (row[0] != wanted) return;
    if (row.size() == 2) set_tests(result, row[1]);
    if (row.size() != 3) return;
    result.id = row[0];
    result.sentence = row[1];
    result.source = row[2];
  });
  return result.id.empty() ? std::nullopt : std::optional(std::move(result));
}

std::vector<std::string> rule_ids() {
  std::vector<std::string> result;
  for_each_row([&](const std::vector<std::string>& row) {
    if (row.size() == 3) result.push_back(row[0]);
  });
  return result;
}

}  // namespace sconectl::diag
