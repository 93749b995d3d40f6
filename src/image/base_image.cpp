#include "sconectl/image/base_image.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sconectl/text/number.hpp"
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

/// The keys of `{"6379/tcp": {}, "53/udp": {}}` that are TCP; without a protocol a port is.
std::vector<std::uint16_t> tcp_ports(const Json& config) {
  std::vector<std::uint16_t> result;
  const auto found = config.find("ExposedPorts");
  if (found == config.end() || !found->is_object()) return result;
  for (const auto& [key, nothing] : found->items()) {
    const auto [number, protocol] = text::cut(key, '/');
    const auto port = text::number<std::uint16_t>(number);
    if (port && *port != 0 && protocol.value_or("tcp") == "tcp") result.push_back(*port);
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::string text_of(const Json& config, const char* key) {
  const auto found = config.find(key);
  return found != config.end() && found->is_string() ? found->get<std::string>() : "";
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
  result.directory = text_of(config, "WorkingDir");
  result.ports = tcp_ports(config);
  result.user = text_of(config, "User");
  return result;
}

}  // namespace sconectl::image
