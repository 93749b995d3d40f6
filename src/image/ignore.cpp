#include "image/ignore.hpp"

#include <algorithm>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/utf8.hpp"

namespace sconectl::image {

std::string_view built_in_excludes() {
  return "**/.git\n"
         "**/.hg\n"
         "**/.svn\n"
         "**/.env\n"
         "**/.env.*\n"
         "**/.ssh\n"
         "**/.aws\n"
         "**/.docker\n"
         "**/.kube\n"
         "**/.netrc\n"
         "**/.sconectl\n"
         "**/.cas\n";
}

IgnorePattern::IgnorePattern(std::string_view pattern) {
  while (pattern.starts_with('/')) pattern.remove_prefix(1);
  while (pattern.ends_with('/')) pattern.remove_suffix(1);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    Part part;
    const std::string_view rest = pattern.substr(i);
    if (rest.starts_with("**")) {
      part.kind = rest.starts_with("**/") ? Kind::directories : Kind::everything;
      i += part.kind == Kind::directories ? 2 : 1;
    } else if (rest.front() == '*') {
      part.kind = Kind::name_part;
    } else if (rest.front() == '?') {
      part.kind = Kind::any;
    } else if (rest.front() == '[' && rest.find(']', 2) != std::string_view::npos) {
      part.kind = Kind::set;
      const auto end = rest.find(']', 2);
      std::string_view members = rest.substr(1, end - 1);
      part.negated = members.front() == '^' || members.front() == '!';
      if (part.negated) members.remove_prefix(1);
      for (std::size_t k = 0; k < members.size(); ++k) {
        const bool range = k + 2 < members.size() && members[k + 1] == '-';
        part.set += members[k];
        part.set += range ? members[k + 2] : members[k];
        if (range) k += 2;
      }
      i += end;
    } else {
      if (rest.front() == '\\' && rest.size() > 1) ++i;
      part.character = pattern[i];
    }
    parts_.push_back(std::move(part));
  }
}

bool IgnorePattern::takes(const Part& part, char c) {
  switch (part.kind) {
    case Kind::character:
      return c == part.character;
    case Kind::any:
    case Kind::name_part:
      return c != '/';
    case Kind::everything:
    case Kind::directories:
      return true;
    case Kind::set: {
      bool found = false;
      for (std::size_t i = 0; i + 1 < part.set.size(); i += 2)
        found = found || (part.set[i] <= c && c <= part.set[i + 1]);
      return c != '/' && found != part.negated;
    }
  }
  return false;
}

/// State 2i: before part i; state 2i+1: within `**/`, which ends only behind a slash.
void IgnorePattern::enter(std::vector<bool>& states, std::size_t index) const {
  states[2 * index] = true;
  if (index == parts_.size()) return;
  const Kind kind = parts_[index].kind;
  if (kind == Kind::name_part || kind == Kind::everything || kind == Kind::directories)
    enter(states, index + 1);
}

bool IgnorePattern::matches(std::string_view path) const {
  std::vector<bool> now(2 * parts_.size() + 2);
  enter(now, 0);
  for (const char c : path) {
    std::vector<bool> next(now.size());
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if ((!now[2 * i] && !now[2 * i + 1]) || !takes(parts_[i], c)) continue;
      const Kind kind = parts_[i].kind;
      if (kind == Kind::directories) {
        next[2 * i + 1] = true;
        if (c == '/') enter(next, i + 1);
      } else if (kind == Kind::name_part || kind == Kind::everything) {
        enter(next, i);
      } else {
        enter(next, i + 1);
      }
    }
    now = std::move(next);
  }
  return now[2 * parts_.size()];
}

bool IgnorePattern::covers(std::string_view path) const {
  if (parts_.empty()) return false;
  for (std::size_t end = path.find('/'); end != std::string_view::npos;
       end = path.find('/', end + 1))
    if (matches(path.substr(0, end))) return true;
  return matches(path);
}

void IgnoreList::add(std::string_view text) {
  for (std::string_view line : text::lines(text::without_byte_order_mark(text))) {
    if (line.starts_with('#')) continue;
    line = text::trimmed(line);
    const bool exception = line.starts_with('!');
    if (exception) line = text::trimmed(line.substr(1));
    if (line.starts_with("./")) line.remove_prefix(2);
    if (line.empty() || line == ".") continue;
    lines_.push_back({IgnorePattern(line), exception});
    exceptions_ = exceptions_ || exception;
  }
}

bool IgnoreList::excludes(std::string_view path) const {
  const auto decides = std::find_if(lines_.rbegin(), lines_.rend(),
                                    [&](const Line& line) { return line.pattern.covers(path); });
  return decides != lines_.rend() && !decides->exception;
}

}  // namespace sconectl::image
