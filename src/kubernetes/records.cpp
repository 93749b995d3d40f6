#include "sconectl/kubernetes/records.hpp"

#include <fmt/format.h>

#include "kubernetes/object_json.hpp"

namespace sconectl::kubernetes {
namespace {

bool done(const host::HttpResponse& response) {
  return response.status >= 200 && response.status <= 299;
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Records::Records(ApiServer& server, std::string name_space, std::string name)
    : server_(server), name_space_(std::move(name_space)), name_(std::move(name)) {}

std::string Records::path() const {
  return fmt::format("/api/v1/namespaces/{}/configmaps", encoded(name_space_));
}

std::map<std::string, std::string> Records::load() {
  const host::HttpResponse response = server_.get(path() + "/" + encoded(name_));
  std::map<std::string, std::string> result;
  if (response.status == 404) return result;
  if (!done(response)) throw_status(response, fmt::format("read ConfigMap {}", name_));
  const Json object = parsed_object(response.body);
  const Json& data = member(object, "data");
  if (!data.is_object()) return result;
  for (const auto& [key, value] : data.items())
    if (value.is_string()) result.emplace(key, value.get<std::string>());
  return result;
}

void Records::put(const std::string& key, const std::string& value) {
  const Json data = {{"data", {{key, value}}}};
  host::HttpResponse response = server_.patch(path() + "/" + encoded(name_), json_text(data));
  if (response.status == 404) {
    Json object = data;
    object["apiVersion"] = "v1";
    object["kind"] = "ConfigMap";
    object["metadata"] = {{"name", name_}, {"namespace", name_space_}};
    response = server_.post(path(), json_text(object));
    // Somebody else has just made it.
    if (response.status == 409)
      response = server_.patch(path() + "/" + encoded(name_), json_text(data));
  }
  if (!done(response)) throw_status(response, fmt::format("write ConfigMap {}", name_));
}

void Records::change(const std::map<std::string, std::optional<std::string>>& entries) {
  Json data = Json::object();
  for (const auto& [key, value] : entries) data[key] = value ? Json(*value) : Json();
  const host::HttpResponse response =
      server_.patch(path() + "/" + encoded(name_), json_text({{"data", std::move(data)}}));
  if (response.status != 404 && !done(response))
    throw_status(response, fmt::format("write ConfigMap {}", name_));
}

}  // namespace sconectl::kubernetes
