#include "sconectl/azure/cloud.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "azure/https_server.hpp"
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

text::Address vault_server(std::string_view text) {
  const bool has_scheme = text.find("://") != std::string_view::npos;
  auto server = https_server(has_scheme ? std::string(text) : std::string(https).append(text));
  if (!server)
    throw Error(ErrorKind::invalid,
                fmt::format("'{}' is no key vault: write its host, as my-vault.vault.azure.net, or "
                            "its https URL",
                            text));
  return *std::move(server);
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
  auto server = vault_server(text);
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
