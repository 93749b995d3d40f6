#include "sconectl/text/address.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::text {
namespace {

constexpr std::size_t longest_host = 253;

[[noreturn]] void refuse(std::string why) {
  throw diag::Error(diag::ErrorKind::invalid, std::move(why));
}

bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return is_hex_digit(c) || c == ':' || c == '.'; });
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= longest_host && host.front() != '-' &&
         host.front() != '.' && std::all_of(host.begin(), host.end(), [](char c) {
           return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
         });
}

struct Parts {
  std::string_view host;
  std::optional<std::string_view> port;
};

Parts in_brackets(std::string_view text) {
  const auto close = text.find(']');
  if (close == std::string_view::npos) refuse("']' is missing");
  Parts parts{text.substr(1, close - 1), std::nullopt};
  if (!is_ipv6(parts.host)) refuse("this is not an IPv6 address");
  const std::string_view rest = text.substr(close + 1);
  if (!rest.empty() && rest.front() != ':') refuse("only a port may follow ']'");
  if (!rest.empty()) parts.port = rest.substr(1);
  return parts;
}

Parts parts_of(std::string_view text) {
  if (text.starts_with('[')) return in_brackets(text);
  const auto colon = text.find(':');
  Parts parts{text.substr(0, colon), std::nullopt};
  if (colon != std::string_view::npos) parts.port = text.substr(colon + 1);
  if (parts.port && parts.port->find(':') != std::string_view::npos)
    refuse("an IPv6 address needs brackets");
  if (!is_host_name(parts.host)) refuse("this is not a host name");
  return parts;
}

}  // namespace

std::string Address::bracketed_host() const {
  return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

std::string Address::authority() const {
  return fmt::format("{}:{}", bracketed_host(), port);
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

Address parse_address(std::string_view text, const PortRule& ports) {
  const Parts parts = parts_of(text);
  if (!parts.port) {
    if (!ports.otherwise) refuse("the port is missing");
    return {lower(parts.host), *ports.otherwise};
  }
  const auto port = number<std::uint16_t>(*parts.port);
  if (!port || *port < ports.least)
    refuse(fmt::format("the port must be a number from {} to 65535", ports.least));
  return {lower(parts.host), *port};
}

}  // namespace sconectl::text
