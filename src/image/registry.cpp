#include "image/registry.hpp"

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/oci/registry_address.hpp"

namespace sconectl::image {
namespace {

constexpr std::chrono::milliseconds registry_patience{5'000};

}  // namespace

std::optional<std::string> registry_of(std::string_view reference) {
  const auto slash = reference.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view first = reference.substr(0, slash);
  const bool is_host = first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
  return is_host ? std::optional(std::string(first)) : std::nullopt;
}

bool is_on_loopback(std::string_view reference) {
  const auto registry = registry_of(reference);
  try {
    return registry && oci::registry_base(*registry).starts_with("http://");
  } catch (const diag::Error&) {
    return false;  // no address at all: the engine says what it makes of it
  }
}

bool registry_answers(host::Http& http, std::string_view reference) {
  const auto registry = registry_of(reference);
  if (!registry) return true;
  host::HttpRequest request;
  request.connect_timeout = registry_patience;
  request.timeout = registry_patience;
  host::Tls tls;
  tls.trust = host::Unverified{};  // nothing is sent; whose it is, is the engine's business
  try {
    request.url = oci::registry_base(*registry) + "/v2/";
    (void)http.send(request, tls);
    return true;
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return error.kind() != diag::ErrorKind::unavailable;
  }
}

}  // namespace sconectl::image
