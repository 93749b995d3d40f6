#include "sconectl/session/compare.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "sconectl/session/hash.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/yaml/sensitivity.hpp"
#include "tree.hpp"

namespace sconectl::session {
namespace {

void leave_aside(Session& session, const Aside& aside) {
  if (aside.predecessor) session.predecessor.reset();
  if (aside.creator) session.creator.reset();
}

/// Texts with marks in the place of what may be secret: the same mark for the same value.
class Marked {
 public:
  std::string text(const Session& session) {
    return yaml::write(node(tree(session, Style::readable), false));
  }

 private:
  yaml::Node node(const yaml::Node& given, bool secret) {
    if (const auto* items = given.items()) {
      yaml::Node::Sequence marked;
      for (const yaml::Node& item : *items) marked.push_back(node(item, secret));
      return yaml::Node::sequence(std::move(marked)).tagged(given.tag());
    }
    if (const auto* entries = given.entries()) {
      yaml::Node::Mapping marked;
      for (const auto& [key, value] : *entries)
        marked.emplace_back(key,
                            node(value, secret || yaml::secrecy_below(key) != yaml::Secrecy::none));
      return yaml::Node::mapping(std::move(marked)).tagged(given.tag());
    }
    const std::string* text = given.text();
    if (text == nullptr && given.verbatim() != nullptr) text = &given.verbatim()->text;
    if (!secret || text == nullptr || whole_placeholder(*text)) return given;
    const auto number = marks_.emplace(*text, marks_.size() + 1).first->second;
    return yaml::Node::verbatim(fmt::format("(not shown, {})", number));
  }

  std::map<std::string, std::size_t> marks_;
};

void add_missing(const std::vector<std::string_view>& lines,
                 const std::vector<std::string_view>& others, const char* sign,
                 std::vector<std::string>& result) {
  for (const std::string_view line : lines)
    if (std::find(others.begin(), others.end(), line) == others.end())
      result.push_back(fmt::format("{} {}", sign, line));
}

}  // namespace

bool same_meaning(Session a, Session b, const Aside& aside) {
  leave_aside(a, aside);
  leave_aside(b, aside);
  return canonical_json(a) == canonical_json(b);
}

std::vector<std::string> differences(Session ours, Session theirs, const Aside& aside) {
  leave_aside(ours, aside);
  leave_aside(theirs, aside);
  Marked marked;
  const std::string our_text = marked.text(ours);
  const std::string their_text = marked.text(theirs);
  const auto our_lines = text::lines(our_text);
  const auto their_lines = text::lines(their_text);
  std::vector<std::string> result;
  add_missing(our_lines, their_lines, "+", result);
  add_missing(their_lines, our_lines, "-", result);
  return result;
}

}  // namespace sconectl::session
