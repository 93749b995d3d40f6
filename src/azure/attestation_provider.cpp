#include "sconectl/azure/attestation_provider.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::string_view provider_scheme = "https://";
constexpr std::uint16_t provider_port = 443;

bool is_label(std::string_view label) {
  constexpr std::size_t longest = 63;
  return !label.empty() && label.size() <= longest && !label.starts_with('-') &&
         !label.ends_with('-') && std::all_of(label.begin(), label.end(), [](char c) {
           return text::is_alphanumeric(c) || c == '-';
         });
}

bool has_labels(std::string_view name) {
  const auto labels = text::split(name, '.');
  return std::all_of(labels.begin(), labels.end(), is_label);
}

[[noreturn]] void no_provider(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::invalid,
              fmt::format("'{}' is no provider of Azure Attestation: {}; the form is "
                          "https://TENANT.REGION.attest.azure.net",
                          text, why));
}

text::Address provider_address(std::string_view text) {
  std::string_view rest = text;
  if (!text::equal_ignoring_case(rest.substr(0, provider_scheme.size()), provider_scheme))
    no_provider(text, "it does not begin with https://");
  rest.remove_prefix(provider_scheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("@/?#\\ ") != std::string_view::npos)
    no_provider(text, "there is more in it than a host");
  text::Address server;
  try {
    server = text::parse_address(rest, {.otherwise = provider_port});
  } catch (const Error& error) {
    no_provider(text, error.text());
  }
  if (server.port != provider_port) no_provider(text, "its port is not 443");
  return server;
}

/// TENANT.REGION in front of it.
bool is_below(std::string_view host, std::string_view suffix) {
  if (!host.ends_with(suffix)) return false;
  host.remove_suffix(suffix.size());
  if (!host.ends_with('.')) return false;
  host.remove_suffix(1);
  return std::count(host.begin(), host.end(), '.') == 1 && has_labels(host);
}

}  // namespace

AttestationProviders::AttestationProviders(const std::vector<std::string>& more)
    : suffixes_{"attest.azure.net", "attest.azure.us"} {
  for (const auto& suffix : more) {
    if (suffix.find('.') == std::string::npos || !has_labels(suffix))
      throw Error(ErrorKind::usage,
                  fmt::format("'{}' is no domain of providers of Azure Attestation; the form is "
                              "attest.example.com",
                              suffix));
    suffixes_.push_back(text::lower(suffix));
  }
}

AttestationProvider AttestationProviders::provider(std::string_view text) const {
  auto server = provider_address(text);
  if (std::none_of(suffixes_.begin(), suffixes_.end(),
                   [&](const auto& suffix) { return is_below(server.host, suffix); }))
    throw Error(ErrorKind::refused,
                fmt::format("'{}' is no provider of a cloud that this CAS knows, and is not asked; "
                            "the form is https://TENANT.REGION.attest.azure.net, and the operator "
                            "of the CAS can name further domains than attest.azure.net",
                            text));
  auto url = std::string(provider_scheme) + server.host;
  return {std::move(url), std::move(server)};
}

}  // namespace sconectl::azure
