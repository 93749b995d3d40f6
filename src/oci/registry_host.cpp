#include "oci/registry_host.hpp"

#include <fmt/format.h>

#include "sconectl/text/address.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::oci {
namespace {

constexpr std::size_t largest_authority = std::size_t{1} << 20U;

}  // namespace

std::string registry_base(const std::string& registry) {
  if (registry == "docker.io") return "https://registry-1.docker.io";
  const auto address = text::parse_address(registry, {.otherwise = 443});
  return fmt::format("{}://{}", text::is_loopback(address.host) ? "http" : "https", registry);
}

host::Tls registry_trust(const std::string& registry, const host::Files& files) {
  host::Tls tls;
  std::vector<std::string> roots;
  for (const char* directory : {"/etc/docker/certs.d", "/etc/containers/certs.d"}) {
    const auto place = std::filesystem::path(directory) / registry;
    if (!files.is_directory(place)) continue;
    for (const std::string& name : files.list(place))
      if (name.ends_with(".crt")) roots.push_back(files.read(place / name, largest_authority));
  }
  if (!roots.empty()) tls.trust = host::ChainTo{std::move(roots), host::HostName::compared};
  return tls;
}

std::string_view origin(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find('/', scheme + 3));
}

std::string query_value(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (text::is_unreserved(c)) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

}  // namespace sconectl::oci
