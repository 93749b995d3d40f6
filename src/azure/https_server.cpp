#include "azure/https_server.hpp"

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::azure {

std::optional<text::Address> https_server(std::string_view url) {
  if (url.find('#') != std::string_view::npos) return std::nullopt;
  try {
    auto parsed = host::parse_url(text::lower(url));
    if (parsed.scheme != host::Scheme::https || parsed.target != "/") return std::nullopt;
    return std::move(parsed.server);
  } catch (const diag::Error&) {  // its reason is about URLs of any kind
    return std::nullopt;
  }
}

}  // namespace sconectl::azure
