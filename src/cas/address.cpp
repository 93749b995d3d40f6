#include "sconectl/cas/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "sconectl/diag/error.hpp"

namespace sconectl::cas {
namespace {

constexpr std::size_t max_host_bytes = 253;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw diag::Error(diag::ErrorKind::invalid,
                    fmt::format("CAS address '{}': {}; expected is host, host:port or "
                                "https://host:port",
                                text, why));
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool hex_digit(char c) {
  return digit(c) || (c >= 'a' && c <= 'f');
}
bool host_character(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool ipv6_text(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return hex_digit(c) || c == ':' || c == '.'; });
}

bool host_text(std::string_view host) {
  return !host.empty() && host.size() <= max_host_bytes && host.front() != '-' &&
         host.front() != '.' && std::all_of(host.begin(), host.end(), host_character);
}

}  // namespace

std::string Address::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string Address::url() const {
  return "https://" + authority() + "/";
}

Address parse_address(std::string_view text, std::uint16_t default_port) {
  std::string_view rest = text;
  if (const auto scheme_end = rest.find("://"); scheme_end != std::string_view::npos) {
    const std::string scheme = lower(rest.substr(0, scheme_end));
    if (scheme == "http") refuse(text, "a CAS speaks https only");
    if (scheme != "https") refuse(text, "the scheme is not https");
    rest.remove_prefix(scheme_end + 3);
    if (rest.ends_with('/')) rest.remove_suffix(1);
  }
  Address address;
  address.port = default_port;
  std::optional<std::string_view> port;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) refuse(text, "']' is missing");
    address.host = lower(rest.substr(1, close - 1));
    if (!ipv6_text(address.host)) refuse(text, "this is not an IPv6 address");
    rest.remove_prefix(close + 1);
    if (!rest.empty() && rest.front() != ':') refuse(text, "only a port may follow ']'");
    if (!rest.empty()) port = rest.substr(1);
  } else {
    const auto colon = rest.find(':');
    address.host = lower(rest.substr(0, colon));
    if (colon != std::string_view::npos) port = rest.substr(colon + 1);
    if (port && port->find(':') != std::string_view::npos)
      refuse(text, "an IPv6 address needs brackets");
    if (!host_text(address.host)) refuse(text, "this is not a host name");
  }
  if (port) {
    const auto number = port_number(*port);
    if (!number) refuse(text, "the port must be a number from 1 to 65535");
    address.port = *number;
  }
  return address;
}

}  // namespace sconectl::cas
