#include "enclave/merge.hpp"

#include <algorithm>
#include <array>

namespace sconectl::enclave {
namespace {

/// Variables that hold lists.
constexpr std::array<std::string_view, 3> joined{"loader.env.LD_LIBRARY_PATH", "loader.env.PATH",
                                                 "loader.env.LD_PRELOAD"};

bool holds(const toml::array& list, const toml::node& value) {
  for (const toml::node& each : list) {
    const auto* text = each.as_string();
    if (text != nullptr && value.is_string() && *text == *value.as_string()) return true;
  }
  return false;
}

void join(toml::array& stronger, const toml::array& weaker) {
  for (const toml::node& value : weaker)
    if (!holds(stronger, value)) stronger.push_back(value);
}

bool same(const toml::node& a, const toml::node& b) {
  if (a.type() != b.type()) return false;
  if (a.is_string()) return *a.as_string() == *b.as_string();
  if (a.is_integer()) return *a.as_integer() == *b.as_integer();
  if (a.is_boolean()) return *a.as_boolean() == *b.as_boolean();
  return a.is_floating_point() && *a.as_floating_point() == *b.as_floating_point();
}

void merge_at(toml::table& stronger, const toml::table& weaker, const std::string& path,
              TomlReading& reading) {
  for (const auto& [key, theirs] : weaker) {
    const std::string name = path.empty() ? std::string(key) : path + "." + std::string(key);
    toml::node* const ours = stronger.get(key);
    const bool is_joined = std::find(joined.begin(), joined.end(), name) != joined.end();
    if (ours == nullptr) {
      stronger.insert(key, theirs);
    } else if (ours->is_table() && theirs.is_table()) {
      merge_at(*ours->as_table(), *theirs.as_table(), name, reading);
    } else if (ours->is_array() && theirs.is_array()) {
      join(*ours->as_array(), *theirs.as_array());
    } else if (is_joined && ours->is_string() && theirs.is_string()) {
      std::string& text = ours->as_string()->get();
      if (!text.empty() && !theirs.as_string()->get().empty()) text += ":";
      text += theirs.as_string()->get();
    } else if (!same(*ours, theirs)) {
      reading.out().warning(reading.at(ours),
                            fmt::format("'{}' stays as it is here; a weaker layer (ours, or the "
                                        "environment of the image) says something else",
                                        name));
    }
  }
}

}  // namespace

void merge(toml::table& stronger, const toml::table& weaker, TomlReading& reading) {
  merge_at(stronger, weaker, "", reading);
}

}  // namespace sconectl::enclave
