#include "yaml/compose.hpp"

#include <fmt/core.h>

#include <utility>

#include "sconectl/diag/error.hpp"

namespace sconectl::yaml {
namespace {

/// yaml-cpp names the tag of a plain scalar "?" and of a quoted one "!"; what is left is custom.
std::string custom_tag(const std::string& tag) {
  return tag == "?" || tag == "!" ? "" : tag;
}

}  // namespace

Composer::Composer(std::shared_ptr<const diag::Source> source, diag::Diagnostics& out,
                   const Limits& limits)
    : source_(std::move(source)), out_(out), limits_(limits) {}

diag::Location Composer::at(const YAML::Mark& mark) const {
  return {source_, mark.line + 1, mark.column + 1};
}

void Composer::OnDocumentStart(const YAML::Mark& mark) {
  document_ = Value::null(at(mark));
}

void Composer::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  // An empty value carries the place of whatever comes next: its key is nearer to the user's eye.
  const bool empty_value = !open_.empty() && open_.back().mapping && open_.back().has_key &&
                           open_.back().key_location.line != mark.line + 1;
  add(Value::null(empty_value ? open_.back().key_location : at(mark)), anchor);
}

void Composer::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    out_.error(at(mark),
               "an alias inside the node that it stands for: a document can not hold itself");
    add(Value::null(at(mark)), 0);
    return;
  }
  add(found->second, 0);
}

void Composer::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                        const std::string& value) {
  add(Value::scalar(value, tag == "?", at(mark), custom_tag(tag)), anchor);
}

void Composer::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                               YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) {
  open(false, mark, tag, anchor);
}

void Composer::OnSequenceEnd() {
  close();
}

void Composer::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                          YAML::EmitterStyle::value /*style*/) {
  open(true, mark, tag, anchor);
}

void Composer::OnMapEnd() {
  close();
}

void Composer::open(bool mapping, const YAML::Mark& mark, const std::string& tag,
                    YAML::anchor_t anchor) {
  Open next;
  next.mapping = mapping;
  next.at = at(mark);
  next.tag = custom_tag(tag);
  next.anchor = anchor;
  open_.push_back(std::move(next));
}

void Composer::close() {
  Open done = std::move(open_.back());
  open_.pop_back();
  Value value = done.mapping ? Value::mapping(std::move(done.entries), done.at, done.tag)
                             : Value::sequence(std::move(done.items), done.at, done.tag);
  if (value.expanded_size() > limits_.nodes) {
    diag::Diagnostics fatal = out_;
    fatal.error(value.location(),
                fmt::format("more than {} nodes when aliases are written out", limits_.nodes));
    fatal.throw_if_errors();
  }
  add(std::move(value), done.anchor);
}

void Composer::add(Value value, YAML::anchor_t anchor) {
  if (anchor != 0) anchors_.insert_or_assign(anchor, value);
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
    out_.error(key.location(),
               fmt::format("duplicate key '{}', first used on line {}", key.text(), first->second));
    return;
  }
  top.key = key.text();
  top.key_is_usable = true;
}

}  // namespace sconectl::yaml
