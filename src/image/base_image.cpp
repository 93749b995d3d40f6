#include "sconectl/image/base_image.hpp"

#include <nlohmann/json.hpp>

#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

using Json = nlohmann::json;

std::vector<std::string> texts(const Json& config, const char* key) {
  std::vector<std::string> result;
  const auto found = config.find(key);
  if (found == config.end() || !found->is_array()) return result;
  for (const Json& item : *found)
    if (item.is_string()) result.push_back(item.get<std::string>());
  return result;
}

}  // namespace

std::vector<std::string> BaseImage::words() const {
  std::vector<std::string> result = entrypoint;
  result.insert(result.end(), command.begin(), command.end());
  return result;
}

std::optional<BaseImage> parse_base_image(std::string_view json) {
  const Json config = Json::parse(json, nullptr, false);
  if (!config.is_object()) return std::nullopt;
  BaseImage result;
  result.entrypoint = texts(config, "Entrypoint");
  result.command = texts(config, "Cmd");
  for (const std::string& variable : texts(config, "Env")) {
    const auto [name, value] = text::cut(variable, '=');
    if (!name.empty()) text::set(result.environment, name, std::string(value.value_or("")));
  }
  if (const auto found = config.find("WorkingDir"); found != config.end() && found->is_string())
    result.directory = found->get<std::string>();
  return result;
}

}  // namespace sconectl::image
