#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::host {

using diag::Error;
using diag::ErrorKind;

namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::invalid, fmt::format("'{}' is not a usable URL: {}", text, why));
}

bool is_port(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 && number < 65536;
}

/// Spaces and control characters would end up in the request's head as they are.
bool has_forbidden_byte(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f;
  });
}

}  // namespace

std::string Url::authority() const {
  const bool literal = host.find(':') != std::string::npos;
  return literal ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Url parse_url(std::string_view text) {
  if (has_forbidden_byte(text)) refuse(text, "it contains a blank or a control character");
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) refuse(text, "it does not start with https://");
  Url url;
  url.scheme = std::string(text.substr(0, colon));
  if (url.scheme != "https" && url.scheme != "http") refuse(text, "the scheme is not https");
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, authority_end);
  url.target = std::string(rest.substr(authority_end));
  if (url.target.empty() || url.target[0] != '/') url.target.insert(0, "/");

  if (authority.find('@') != std::string_view::npos) {
    throw Error(ErrorKind::invalid, "a URL with a user name or password is not supported");
  }
  std::string_view port;
  if (!authority.empty() && authority[0] == '[') {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) refuse(text, "the bracket '[' is never closed");
    url.host = std::string(authority.substr(1, bracket - 1));
    port = authority.substr(bracket + 1);
  } else {
    const std::size_t port_start = std::min(authority.find(':'), authority.size());
    url.host = std::string(authority.substr(0, port_start));
    port = authority.substr(port_start);
  }
  if (url.host.empty()) refuse(text, "it has no host name");
  if (port.empty()) {
    url.port = url.scheme == "https" ? "443" : "80";
  } else if (port[0] == ':' && is_port(port.substr(1))) {
    url.port = std::string(port.substr(1));
  } else {
    refuse(text, "the port is not a number from 1 to 65535");
  }
  return url;
}

}  // namespace sconectl::host
