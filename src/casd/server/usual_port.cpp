#include "casd/server/usual_port.hpp"

#include <fmt/format.h>

#include <charconv>

#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::casd {

namespace {

constexpr std::uint16_t ports_tried = 100;

/// The port of the first address, if it is one of 127.0.0.1.
std::optional<std::uint16_t> port_in(const yaml::Value* addresses) {
  constexpr std::string_view host = "127.0.0.1:";
  if (addresses == nullptr || addresses->items().empty()) return std::nullopt;
  const std::string& address = addresses->items().front().text();
  if (!address.starts_with(host)) return std::nullopt;
  std::uint16_t port = 0;
  const char* const last = address.data() + address.size();
  const auto [end, failure] = std::from_chars(address.data() + host.size(), last, port);
  if (failure != std::errc() || end != last || port == 0) return std::nullopt;
  return port;
}

}  // namespace

LastPorts last_ports(const host::Files& files, const std::filesystem::path& endpoint) {
  try {
    const auto text = files.read_if_exists(endpoint);
    if (!text) return {};
    const auto json = yaml::parse_document(endpoint.string(), *text);
    return {port_in(json.find("api")), port_in(json.find("enclave"))};
  } catch (const diag::Error&) {  // a damaged file is as good as none
    return {};
  }
}

std::uint16_t listen_on_usual_port(ConnectionServer& server,
                                   const std::shared_ptr<Protocol>& protocol,
                                   std::optional<std::uint16_t> last, std::uint16_t usual,
                                   std::string_view option) {
  if (last && server.try_listen(loopback(*last), protocol)) return *last;
  for (std::uint16_t i = 0; i < ports_tried; ++i) {
    const auto port = static_cast<std::uint16_t>(usual + i);
    if (server.try_listen(loopback(port), protocol)) return port;
  }
  throw diag::Error(diag::ErrorKind::unavailable,
                    fmt::format("the ports {} to {} of 127.0.0.1 are all taken; name another with "
                                "'{}'",
                                usual, usual + ports_tried - 1, option));
}

std::string loopback(std::uint16_t port) {
  return fmt::format("127.0.0.1:{}", port);
}

}  // namespace sconectl::casd
