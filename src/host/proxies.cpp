#include "sconectl/host/proxies.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/percent.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::host {

namespace {

namespace ip = boost::asio::ip;
using diag::Error;
using diag::ErrorKind;

struct Variable {
  std::string name;
  std::string value;
};

std::optional<Variable> first_set(const Environment& environment,
                                  std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (auto value = environment.get_or(name, ""); !value.empty())
      return Variable{name, std::move(value)};
  return std::nullopt;
}

[[noreturn]] void refuse(const Variable& variable, std::string_view why) {
  throw Error(ErrorKind::usage,
              fmt::format("{} names no usable proxy: {}; the form is http://HOST:PORT or "
                          "http://USER:PASSWORD@HOST:PORT",
                          variable.name, why));
}

std::string basic_authorization(const std::string& credentials) {
  std::string result(4 * ((credentials.size() + 2) / 3) + 1, '\0');  // the NUL is written, too
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                   reinterpret_cast<const unsigned char*>(credentials.data()),
                                   static_cast<int>(credentials.size()));
  return "Basic " + result.substr(0, static_cast<std::size_t>(size));
}

Proxy proxy_of(const Variable& variable) {
  std::string_view rest = variable.value;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    if (text::lower(rest.substr(0, scheme)) != "http")
      refuse(variable, "only a proxy of scheme http is spoken to");
    rest.remove_prefix(scheme + 3);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  Proxy proxy{{}, variable.name, ""};
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    const auto credentials = text::percent_decoded(rest.substr(0, at));
    if (!credentials) refuse(variable, "its user and password are not percent-encoded");
    proxy.authorization = basic_authorization(*credentials);
    rest.remove_prefix(at + 1);
  }
  try {
    proxy.server = text::parse_address(rest, {.otherwise = std::nullopt});
  } catch (const Error& error) {
    refuse(variable, error.text());
  }
  return proxy;
}

template <typename Address, typename Network>
bool within(const Address& address, Network network) {
  const auto hosts = network.canonical();
  return Network(address, network.prefix_length()).canonical() == hosts;
}

/// Whether `network` is one (10.0.0.0/8) that holds `host`, an address.
bool in_network(const std::string& host, const std::string& network) {
  boost::system::error_code failure;
  const auto address = ip::make_address(host, failure);
  if (failure) return false;
  if (address.is_v4()) {
    const auto all = ip::make_network_v4(network, failure);
    return !failure && within(address.to_v4(), all);
  }
  const auto all = ip::make_network_v6(network, failure);
  return !failure && within(address.to_v6(), all);
}

bool is_excepted(const text::Address& server, const std::string& entry) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string::npos) return in_network(server.host, entry);
  std::string name = entry;
  try {
    const auto address = text::parse_address(entry, {.otherwise = server.port});
    if (address.port != server.port) return false;
    name = address.host;
  } catch (const Error&) {  // a name that begins with a dot, or none: compared as it is
  }
  if (name.starts_with('.')) name.erase(0, 1);
  return !name.empty() && (server.host == name || server.host.ends_with("." + name));
}

}  // namespace

Proxies Proxies::from(const Environment& environment) {
  Proxies result;
  const auto named =
      first_set(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  if (!named) return result;
  try {
    result.proxy_ = proxy_of(*named);
  } catch (const Error& error) {
    result.fault_ = error.text();
  }
  if (const auto without = first_set(environment, {"no_proxy", "NO_PROXY"}))
    for (const auto entry : text::split(without->value, ','))
      if (const auto name = text::trimmed(entry); !name.empty())
        result.without_.push_back(text::lower(name));
  return result;
}

std::optional<Proxy> Proxies::to(const text::Address& server) const {
  const auto excepted = [&](const std::string& entry) { return is_excepted(server, entry); };
  if (text::is_loopback(server.host) || std::any_of(without_.begin(), without_.end(), excepted))
    return std::nullopt;
  if (!fault_.empty()) throw Error(ErrorKind::usage, fault_);
  return proxy_;
}

}  // namespace sconectl::host
