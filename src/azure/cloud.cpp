#include "sconectl/azure/cloud.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::string_view https = "https://";
constexpr std::uint16_t https_port = 443;

/// The longest name of a vault has 24; a private cloud may differ.
bool is_vault_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return text::is_alphanumeric(c) || c == '-';
  });
}

[[noreturn]] void no_vault(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::invalid,
              fmt::format("'{}' is no key vault: {}; write its host, as my-vault.vault.azure.net",
                          text, why));
}

text::Address address_in(std::string_view text) {
  std::string_view rest = text;
  const auto scheme = rest.find("://");
  if (scheme != std::string_view::npos) {
    if (text::lower(rest.substr(0, scheme + 3)) != https) no_vault(text, "its scheme is not https");
    rest.remove_prefix(scheme + 3);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("@/?# ") != std::string_view::npos)
    no_vault(text, "there is more in it than a host");
  try {
    return text::parse_address(rest, {.otherwise = https_port});
  } catch (const Error& error) {
    no_vault(text, error.text());
  }
}

}  // namespace

Clouds::Clouds(const std::vector<std::string>& more)
    : clouds_{{"vault.azure.net", "https://login.microsoftonline.com"},
              {"vault.usgovcloudapi.net", "https://login.microsoftonline.us"},
              {"vault.azure.cn", "https://login.chinacloudapi.cn"},
              {"vault.microsoftazure.de", "https://login.microsoftonline.de"}} {
  for (const auto& text : more) {
    const auto equals = text.find('=');
    const std::string authority = equals == std::string::npos ? "" : text.substr(equals + 1);
    if (equals == 0 || !authority.starts_with(https) || authority.size() == https.size() ||
        authority.find_first_of("@?# ") != std::string::npos)
      throw Error(ErrorKind::usage,
                  fmt::format("'{}' is no cloud of Azure; the form is SUFFIX=AUTHORITY, as "
                              "vault.example.com=https://login.example.com",
                              text));
    clouds_.push_back(
        {text::lower(text.substr(0, equals)),
         authority.ends_with('/') ? authority.substr(0, authority.size() - 1) : authority});
  }
}

Vault Clouds::vault(std::string_view text) const {
  auto server = address_in(text);
  const auto dot = server.host.find('.');
  const auto name = server.host.substr(0, dot);
  const auto suffix = dot == std::string::npos ? "" : server.host.substr(dot + 1);
  const auto cloud = std::find_if(clouds_.begin(), clouds_.end(),
                                  [&](const Cloud& each) { return each.vault_suffix == suffix; });
  if (cloud == clouds_.end() || !is_vault_name(name))
    throw Error(ErrorKind::refused,
                fmt::format("'{}' is no vault of a cloud that this CAS knows, and gets no token; "
                            "its operator can name further clouds (--azure-cloud)",
                            text));
  return {std::move(server), std::string(https) + cloud->vault_suffix, cloud->authority};
}

Vault Clouds::usual() const {
  const auto& cloud = clouds_.front();
  return {
      {cloud.vault_suffix, https_port}, std::string(https) + cloud.vault_suffix, cloud.authority};
}

}  // namespace sconectl::azure
