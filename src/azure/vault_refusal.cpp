#include "azure/vault_refusal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "azure/json.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::string_view vault_error = "error of the key vault";

struct VaultError {
  std::string code;
  std::string inner;
};

VaultError vault_error_in(const std::string& body) {
  try {
    const auto answer = parse_json(body, vault_error);
    const auto error = answer.find("error");
    if (error == answer.end() || !error->is_object()) return {};
    VaultError result{text_or_none(*error, "code", vault_error), ""};
    for (const char* key : {"innererror", "innerError"})
      if (const auto inner = error->find(key); inner != error->end() && inner->is_object())
        result.inner = text_or_none(*inner, "code", vault_error);
    return result;
  } catch (const Error&) {  // a page of a proxy, say
    return {};
  }
}

/// What to do about a 403.
std::string forbidden(const VaultError& error, const VaultRight& right) {
  if (error.inner == "SecretDisabled") return "the secret is disabled";
  if (error.inner == "ForbiddenByFirewall")
    return "the firewall of the vault does not let this CAS in (ForbiddenByFirewall)";
  if (error.inner == "ForbiddenByPolicy")
    return "a policy of the vault forbids it (ForbiddenByPolicy)";
  return fmt::format(
      "the application lacks the right '{0}' on secrets{1}: give it the role '{2}', or an access "
      "policy with '{0}'",
      right.word, error.inner.empty() ? "" : " (" + error.inner + ")", right.role);
}

/// The tenant in `Bearer authorization="https://login.microsoftonline.com/TENANT", …`.
std::string tenant_in(std::string_view challenge) {
  constexpr std::string_view key = "authorization=\"https://";
  const auto at = challenge.find(key);
  if (at == std::string_view::npos) return {};
  challenge.remove_prefix(at + key.size());
  challenge = challenge.substr(0, challenge.find('"'));
  const auto slash = challenge.find('/');
  const auto tenant = slash == std::string_view::npos ? "" : challenge.substr(slash + 1);
  const bool plain = std::all_of(tenant.begin(), tenant.end(), text::is_unreserved);
  return plain ? std::string(tenant) : "";
}

}  // namespace

Error Unauthorized::error(const Application& application) const {
  // A tenant that is named by its domain can not be compared.
  const bool other = !tenant.empty() && application.tenant_id.find('.') == std::string::npos &&
                     !text::equal_ignoring_case(tenant, application.tenant_id);
  return {ErrorKind::refused,
          other ? fmt::format("it takes tokens of tenant '{}', and the session names '{}'", tenant,
                              application.tenant_id)
                : "it does not take the token of the application (401)"};
}

void refused_by_vault(const host::HttpResponse& response, const VaultRight& right) {
  const auto error = vault_error_in(response.body);
  switch (response.status) {
    case 401:
      throw Unauthorized{tenant_in(response.header("WWW-Authenticate"))};
    case 403:
      throw Error(ErrorKind::refused, forbidden(error, right));
    case 404:
      throw Error(ErrorKind::not_found,
                  "the vault has no such secret, or it was deleted and not purged");
    case 429:
      throw Error(ErrorKind::unavailable,
                  "the vault refuses for now, as it gets too many requests (429)");
    default:
      throw Error(response.status >= 500 ? ErrorKind::unavailable : ErrorKind::refused,
                  fmt::format("it answers with status {}{}", response.status,
                              error.code.empty() ? "" : " (" + error.code + ")"));
  }
}

Error within_secret(const Error& error, const Vault& vault, std::string_view name,
                    std::string_view what) {
  const auto kind = error.kind() == ErrorKind::invalid || error.kind() == ErrorKind::failed
                        ? ErrorKind::unavailable
                        : error.kind();
  return Error(kind, error.text(), error.causes())
      .within(fmt::format("secret '{}' of the vault {} is not {}", name, vault.server.host, what));
}

}  // namespace sconectl::azure
