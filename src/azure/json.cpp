#include "azure/json.hpp"

#include <fmt/format.h>

#include <set>
#include <vector>

namespace sconectl::azure {
namespace {

constexpr int deepest = 16;

[[noreturn]] void no_json(std::string_view what, std::string_view why) {
  throw diag::Error(diag::ErrorKind::invalid, fmt::format("the {} {}", what, why));
}

}  // namespace

Json parse_json(std::string_view text, std::string_view what) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (depth >= deepest) no_json(what, "is nested too deeply");
      keys.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys.pop_back();
    } else if (event == Event::key &&
               !keys.back().insert(parsed.get_ref<const std::string&>()).second) {
      no_json(what, "has a member twice");
    }
    return true;
  };
  auto result = Json::parse(text, watch, false);
  if (!result.is_object()) no_json(what, "is no JSON object");
  return result;
}

std::string text_or_none(const Json& object, const char* key, std::string_view what) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) no_json(what, fmt::format("has a member '{}' that is no text", key));
  return found->get<std::string>();
}

crypto::Secret take_secret(Json& object, const char* key, std::string_view what) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string())
    no_json(what, fmt::format("has no text '{}'", key));
  return crypto::Secret::adopt(std::move(found->get_ref<std::string&>()));
}

}  // namespace sconectl::azure
