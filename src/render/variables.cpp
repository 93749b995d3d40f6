#include <algorithm>

#include "sconectl/render/render.hpp"

namespace sconectl::render {
namespace {

bool same_with_underscores(std::string_view dotted, std::string_view name) {
  return dotted.size() == name.size() &&
         std::equal(dotted.begin(), dotted.end(), name.begin(),
                    [](char a, char b) { return a == b || (a == '.' && b == '_'); });
}

}  // namespace

void Variables::set(std::string name, std::string value) {
  values_.insert_or_assign(std::move(name), Value{std::move(value), false});
}

void Variables::set_yaml(std::string name, std::string yaml) {
  values_.insert_or_assign(std::move(name), Value{std::move(yaml), true});
}

const Variables::Value* Variables::value(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return &found->second;
  const auto dotted = std::find_if(values_.begin(), values_.end(), [&](const auto& entry) {
    return same_with_underscores(entry.first, name);
  });
  return dotted == values_.end() ? nullptr : &dotted->second;
}

const std::string* Variables::find(std::string_view name) const {
  const Value* const found = value(name);
  return found == nullptr ? nullptr : &found->text;
}

bool Variables::is_yaml(std::string_view name) const {
  const Value* const found = value(name);
  return found != nullptr && found->is_yaml;
}

std::vector<std::string> Variables::names() const {
  std::vector<std::string> result;
  for (const auto& [name, value] : values_) result.push_back(name);
  return result;
}

}  // namespace sconectl::render
