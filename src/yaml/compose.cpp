#include "yaml/compose.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "sconectl/text/ascii.hpp"
#include "sconectl/yaml/sensitivity.hpp"

namespace sconectl::yaml {
namespace {

constexpr std::size_t deepest = 500;

std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

bool plain_in_tags(char c) {
  return text::is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '/';
}

/// The tag as somebody would write it: the parser has replaced `!!` and decoded escapes. "!" only
/// says that a scalar is text, as quotes do, and is none.
std::string custom_tag(const yaml_char_t* tag) {
  constexpr std::string_view standard = "tag:yaml.org,2002:";
  const std::string text = text_of(tag);
  if (text.empty() || text == "!") return "";
  const bool is_standard = text.starts_with(standard);
  const std::string_view name =
      std::string_view(text).substr(is_standard ? standard.size() : std::size_t{1});
  const bool local = is_standard || text.front() == '!';
  if (local && !name.empty() && std::all_of(name.begin(), name.end(), plain_in_tags))
    return (is_standard ? "!!" : "!") + std::string(name);
  std::string verbatim = "!<";
  for (const char c : text) {
    verbatim += plain_in_tags(c) ? std::string(1, c)
                                 : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return verbatim + ">";
}

bool means_null(std::string_view plain) {
  return plain.empty() || plain == "~" || plain == "null" || plain == "Null" || plain == "NULL";
}

}  // namespace

Composer::Composer(std::shared_ptr<const diag::Source> source, diag::Diagnostics& out,
                   const Limits& limits)
    : source_(std::move(source)), out_(out), limits_(limits) {}

diag::Location Composer::at(const yaml_event_t& event) const {
  return {source_, static_cast<int>(event.start_mark.line) + 1,
          static_cast<int>(event.start_mark.column) + 1};
}

void Composer::stop(const diag::Location& at, std::string text) {
  out_.error(at, std::move(text));
  throw Stopped{};
}

void Composer::take(const yaml_event_t& event) {
  switch (event.type) {
    case YAML_ALIAS_EVENT:
      return take_alias(event);
    case YAML_SCALAR_EVENT:
      return take_scalar(event);
    case YAML_SEQUENCE_START_EVENT:
      return open(false, at(event), custom_tag(event.data.sequence_start.tag),
                  text_of(event.data.sequence_start.anchor));
    case YAML_MAPPING_START_EVENT:
      return open(true, at(event), custom_tag(event.data.mapping_start.tag),
                  text_of(event.data.mapping_start.anchor));
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
      return close();
    default:
      return;
  }
}

void Composer::take_alias(const yaml_event_t& event) {
  const std::string name = text_of(event.data.alias.anchor);
  const auto found = anchors_.find(name);
  if (found != anchors_.end()) return add(found->second, "");
  const bool inside = std::any_of(open_.begin(), open_.end(),
                                  [&](const Open& open) { return open.anchor == name; });
  out_.error(at(event),
             inside
                 ? "an alias inside the node that it stands for: a document can not hold itself"
                 : fmt::format("the alias '*{0}' stands for nothing: no '&{0}' is above it", name));
  add(Value::null(at(event)), "");
}

void Composer::take_scalar(const yaml_event_t& event) {
  const auto& scalar = event.data.scalar;
  std::string text(reinterpret_cast<const char*>(scalar.value), scalar.length);
  const bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nullptr;
  if (!plain || !means_null(text))
    return add(Value::scalar(std::move(text), plain, at(event), custom_tag(scalar.tag)),
               text_of(scalar.anchor));
  // An empty value carries the place of whatever comes next: its key is nearer to the user's eye.
  diag::Location place = at(event);
  const bool empty_value = !open_.empty() && open_.back().mapping && open_.back().has_key &&
                           open_.back().key_location.line != place.line;
  add(Value::null(empty_value ? open_.back().key_location : std::move(place)),
      text_of(scalar.anchor));
}

void Composer::open(bool mapping, diag::Location at, std::string tag, std::string anchor) {
  if (open_.size() >= deepest)
    stop(at, fmt::format("nested too deeply (more than {} levels)", deepest));
  // From here on the name means this node, not an earlier one.
  if (!anchor.empty()) anchors_.erase(anchor);
  Open next;
  next.mapping = mapping;
  next.at = std::move(at);
  next.tag = std::move(tag);
  next.anchor = std::move(anchor);
  open_.push_back(std::move(next));
}

void Composer::close() {
  Open done = std::move(open_.back());
  open_.pop_back();
  Value value = done.mapping ? Value::mapping(std::move(done.entries), done.at, done.tag)
                             : Value::sequence(std::move(done.items), done.at, done.tag);
  if (value.expanded_size() > limits_.nodes) {
    stop(value.location(),
         fmt::format("more than {} nodes when aliases are written out", limits_.nodes));
  }
  add(std::move(value), done.anchor);
}

void Composer::add(Value value, const std::string& anchor) {
  if (!anchor.empty()) anchors_.insert_or_assign(anchor, value);
  if (open_.empty()) {
    document_ = std::move(value);
    return;
  }
  Open& top = open_.back();
  if (!top.mapping) {
    top.items.push_back(std::move(value));
  } else if (!top.has_key) {
    add_key(top, value);
  } else {
    if (top.key_is_usable)
      top.entries.push_back({std::move(top.key), std::move(top.key_location), std::move(value)});
    top.has_key = false;
  }
}

void Composer::add_key(Open& top, const Value& key) {
  top.has_key = true;
  top.key_is_usable = false;
  top.key_location = key.location();
  if (!key.is_scalar()) {
    out_.error(key.location(), fmt::format("a key must be text, this one is {}", kind_name(key)));
    return;
  }
  if (key.plain() && key.text() == "<<") {
    out_.error(key.location(), "merge keys ('<<') are not supported; write the keys out");
    return;
  }
  const auto [first, is_new] = top.lines.emplace(key.text(), key.location().line);
  if (!is_new) {
    out_.error(key.location(), fmt::format("duplicate key '{}', first used on line {}",
                                           shown_key(key.text()), first->second));
    return;
  }
  top.key = key.text();
  top.key_is_usable = true;
}

}  // namespace sconectl::yaml
