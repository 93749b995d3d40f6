#include <fmt/format.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::host {

using diag::Error;
using diag::ErrorKind;

namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::invalid, fmt::format("'{}' is not a usable URL: {}", text, why));
}

std::uint16_t default_port(Scheme scheme) {
  return scheme == Scheme::https ? 443 : 80;
}

/// Spaces and control characters would end up in the request's head as they are.
bool has_forbidden_byte(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f;
  });
}

}  // namespace

std::string Url::host() const {
  return server.port == default_port(scheme) ? server.bracketed_host() : server.authority();
}

Url parse_url(std::string_view text) {
  if (has_forbidden_byte(text)) refuse(text, "it contains a blank or a control character");
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) refuse(text, "it does not start with https://");
  const auto scheme = text::from_word<Scheme>(text.substr(0, colon));
  if (!scheme) refuse(text, "the scheme is not https");
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  if (authority.find('@') != std::string_view::npos)
    throw Error(ErrorKind::invalid, "a URL with a user name or password is not supported");
  Url url;
  url.scheme = *scheme;
  url.target = std::string(rest.substr(authority_end));
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  try {
    url.server = text::parse_address(authority, {.otherwise = default_port(*scheme)});
  } catch (const Error& error) {
    refuse(text, error.text());
  }
  return url;
}

}  // namespace sconectl::host
