#include "supply/json.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::supply {
namespace {

constexpr auto replacing = Json::error_handler_t::replace;

/// The member if it is there and of this type, else `otherwise`.
const Json& member_or(const Json& object, const char* name, Json::value_t type,
                      const Json& otherwise) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->type() == type ? *found : otherwise;
}

}  // namespace

std::optional<Json> json_object(std::string_view text) {
  Json value = Json::parse(text, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  return value;
}

Json parse_object(std::string_view text, std::string_view what) {
  auto value = json_object(text);
  if (!value) {
    throw diag::Error(diag::ErrorKind::invalid, fmt::format("{} is not a JSON object", what));
  }
  return std::move(*value);
}

std::string text_member(const Json& object, const char* name) {
  static const Json none = "";
  return member_or(object, name, Json::value_t::string, none).get<std::string>();
}

const Json& object_member(const Json& object, const char* name) {
  static const Json none = Json::object();
  return member_or(object, name, Json::value_t::object, none);
}

const Json& array_member(const Json& object, const char* name) {
  static const Json none = Json::array();
  return member_or(object, name, Json::value_t::array, none);
}

std::string compact(const Json& value) {
  return value.dump(-1, ' ', false, replacing);
}

std::string indented(const Json& value) {
  return value.dump(2, ' ', false, replacing) + "\n";
}

}  // namespace sconectl::supply
