#include "sconectl/cas/address.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::cas {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw diag::Error(diag::ErrorKind::invalid,
                    fmt::format("CAS address '{}': {}; expected is host, host:port or "
                                "https://host:port",
                                text, why));
}

}  // namespace

std::string url(const Address& address) {
  return "https://" + address.authority() + "/";
}

Address parse_address(std::string_view text, std::uint16_t default_port) {
  std::string_view rest = text;
  if (const auto scheme_end = rest.find("://"); scheme_end != std::string_view::npos) {
    const std::string scheme = text::lower(rest.substr(0, scheme_end));
    if (scheme == "http") refuse(text, "a CAS speaks https only");
    if (scheme != "https") refuse(text, "the scheme is not https");
    rest.remove_prefix(scheme_end + 3);
    if (rest.ends_with('/')) rest.remove_suffix(1);
  }
  try {
    return text::parse_address(rest, {.otherwise = default_port});
  } catch (const diag::Error& error) {
    refuse(text, error.text());
  }
}

}  // namespace sconectl::cas
