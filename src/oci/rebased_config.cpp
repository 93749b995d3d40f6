#include <fmt/core.h>

#include <algorithm>

#include "oci/config_json.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::oci {
namespace {

using Json = ConfigJson;

Json member(const Json& json, const std::string& key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return json.is_object() && found != json.end() ? *found : Json();
}

bool may_be_object(const Json& json) {
  return json.is_object() || json.is_null();
}

/// What `image` says other than `old_base` is its own; null is nothing.
Json moved(const Json& image, const Json& old_base, const Json& new_base) {
  if (image == old_base) return new_base;
  if (!image.is_object() || !may_be_object(old_base) || !may_be_object(new_base)) return image;
  Json keys = new_base.is_object() ? new_base : Json::object();
  keys.update(image);
  Json result = Json::object();
  for (const auto& [key, either] : keys.items()) {
    Json value = moved(member(image, key), member(old_base, key), member(new_base, key));
    // Docker writes members that are null, and what is built on its images has them, too.
    if (!value.is_null() ||
        (new_base.contains(key) && member(image, key).is_null() && image.contains(key)))
      result[key] = std::move(value);
  }
  return result;
}

/// Variables by name, in their order; null for what is no environment.
Json variables(const Json& environment) {
  if (!environment.is_array()) return {};
  Json result = Json::object();
  for (const Json& each : environment) {
    if (!each.is_string()) return {};
    const auto& text = each.get_ref<const std::string&>();
    const auto sign = text.find('=');
    result[text.substr(0, sign)] = text;
  }
  return result;
}

Json moved_environment(const Json& image, const Json& old_base, const Json& new_base) {
  const Json merged = moved(variables(image), variables(old_base), variables(new_base));
  Json result = Json::array();
  for (const auto& [name, text] : merged.items()) result.push_back(text);
  return result.empty() ? Json() : result;
}

Json moved_start(const Json& image, const Json& old_base, const Json& new_base) {
  constexpr const char* environment = "Env";
  Json result = moved(image, old_base, new_base);
  if (!result.is_object()) result = Json::object();
  Json variables = moved_environment(member(image, environment), member(old_base, environment),
                                     member(new_base, environment));
  if (variables.is_null()) {
    result.erase(environment);
  } else {
    result[environment] = std::move(variables);
  }
  return result;
}

void append_from(Json& to, const Json& list, std::size_t first) {
  if (!list.is_array()) return;
  for (std::size_t i = first; i < list.size(); ++i) to.push_back(list[i]);
}

}  // namespace

std::size_t layers_of_base(const std::vector<std::string>& image,
                           const std::vector<std::string>& base, const std::string& from) {
  if (base.size() > image.size() || !std::equal(base.begin(), base.end(), image.begin()))
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("image '{}' was not built on what is given as its base: its "
                                  "lowest layers are others; '--from' says what it was built on",
                                  from));
  return base.size();
}

std::string rebased_config(const std::string& image, const std::string& old_base,
                           const std::string& new_base, const std::string& from) {
  const Json own = parsed_config(image, from);
  const Json before = parsed_config(old_base, "the old base of " + from);
  Json result = parsed_config(new_base, "the new base of " + from);
  const auto all = diff_ids_in(own, from);
  const std::size_t below = layers_of_base(all, diff_ids_in(before, from), from);
  auto layers = diff_ids_in(result, from);
  layers.insert(layers.end(), all.begin() + static_cast<std::ptrdiff_t>(below), all.end());
  forget_builder(result);
  result["created"] = member(own, "created");
  if (result["created"].is_null()) result.erase("created");
  result["config"] =
      moved_start(member(own, "config"), member(before, "config"), member(result, "config"));
  object_at(result, "rootfs")["diff_ids"] = layers;
  const Json old_history = member(before, "history");
  append_from(array_at(result, "history"), member(own, "history"),
              old_history.is_array() ? old_history.size() : 0);
  return result.dump();
}

}  // namespace sconectl::oci
