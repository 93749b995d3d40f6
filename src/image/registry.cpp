#include "image/registry.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/text/address.hpp"

namespace sconectl::image {
namespace {

constexpr std::chrono::milliseconds patience{5'000};

/// Engines speak plain HTTP to registries on loopback, and only to these unless told otherwise.
host::Scheme scheme_of(std::string_view registry) {
  const auto address = text::parse_address(registry, {.otherwise = 443});
  return text::is_loopback(address.host) ? host::Scheme::http : host::Scheme::https;
}

}  // namespace

std::optional<std::string> registry_of(std::string_view reference) {
  const auto slash = reference.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view first = reference.substr(0, slash);
  const bool is_host = first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
  return is_host ? std::optional(std::string(first)) : std::nullopt;
}

bool registry_answers(host::Http& http, std::string_view reference) {
  const auto registry = registry_of(reference);
  if (!registry) return true;
  host::HttpRequest request;
  request.connect_timeout = patience;
  request.timeout = patience;
  host::Tls tls;
  tls.trust = host::Unverified{};  // nothing is sent; whose it is, is the engine's business
  try {
    request.url = fmt::format("{}://{}/v2/", text::word(scheme_of(*registry)), *registry);
    (void)http.send(request, tls);
    return true;
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return error.kind() != diag::ErrorKind::unavailable;
  }
}

}  // namespace sconectl::image
