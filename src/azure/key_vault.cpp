#include "sconectl/azure/key_vault.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "azure/json.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::string_view vault_api = "?api-version=7.4";
constexpr std::string_view vault_answer = "answer of the key vault";
/// A value has at most 25 KiB; quotes and escapes in JSON, attributes and tags come to it.
constexpr std::size_t largest_bundle = std::size_t{256} << 10U;

/// The token was not good, and another may be.
struct Unauthorized {
  std::string tenant;  ///< that the vault takes tokens of, if it says so
};

struct Refusal {
  std::string code;
  std::string inner;
};

Refusal refusal_in(const std::string& body) {
  try {
    const auto answer = parse_json(body, vault_answer);
    const auto error = answer.find("error");
    if (error == answer.end() || !error->is_object()) return {};
    Refusal result{text_or_none(*error, "code", vault_answer), ""};
    for (const char* key : {"innererror", "innerError"})
      if (const auto inner = error->find(key); inner != error->end() && inner->is_object())
        result.inner = text_or_none(*inner, "code", vault_answer);
    return result;
  } catch (const Error&) {  // a page of a proxy, say
    return {};
  }
}

/// What to do about a 403 (azure.md 2.2).
std::string forbidden(const Refusal& refusal) {
  if (refusal.inner == "SecretDisabled") return "the secret is disabled";
  if (refusal.inner == "ForbiddenByFirewall")
    return "the firewall of the vault does not let this CAS in (ForbiddenByFirewall)";
  if (refusal.inner == "ForbiddenByPolicy")
    return "a policy of the vault forbids it (ForbiddenByPolicy)";
  return fmt::format(
      "the application lacks the right 'get' on secrets{}: give it the role 'Key Vault Secrets "
      "User', or an access policy with 'get'",
      refusal.inner.empty() ? "" : " (" + refusal.inner + ")");
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

[[noreturn]] void refused_by_vault(const host::HttpResponse& response) {
  const auto refusal = refusal_in(response.body);
  switch (response.status) {
    case 401:
      throw Unauthorized{tenant_in(response.header("WWW-Authenticate"))};
    case 403:
      throw Error(ErrorKind::refused, forbidden(refusal));
    case 404:
      throw Error(ErrorKind::not_found,
                  "the vault has no such secret, or it was deleted and not purged");
    case 429:
      throw Error(ErrorKind::unavailable,
                  "the vault refuses for now, as it gets too many requests (429)");
    default:
      throw Error(response.status >= 500 ? ErrorKind::unavailable : ErrorKind::refused,
                  fmt::format("it answers with status {}{}", response.status,
                              refusal.code.empty() ? "" : " (" + refusal.code + ")"));
  }
}

VaultSecret read_bundle(host::HttpResponse& response) {
  auto answer = parse_json(response.body, vault_answer);
  crypto::wipe(response.body);
  const auto id = text_or_none(answer, "id", vault_answer);
  VaultSecret secret{take_secret(answer, "value", vault_answer),
                     text_or_none(answer, "contentType", vault_answer),
                     id.substr(id.rfind('/') + 1)};
  return secret;
}

host::HttpRequest request_of(const Vault& vault, std::string_view name,
                             const crypto::Secret& token) {
  host::HttpRequest request;
  request.url = fmt::format("{}/secrets/{}{}", vault.url(), name, vault_api);
  request.headers = {{"Authorization", "Bearer " + std::string(token.view())},
                     {"Accept", "application/json"}};
  request.response_limit = largest_bundle;
  return request;
}

Error within_secret(const Error& error, const Vault& vault, std::string_view name) {
  const auto kind = error.kind() == ErrorKind::invalid || error.kind() == ErrorKind::failed
                        ? ErrorKind::unavailable
                        : error.kind();
  return Error(kind, error.text(), error.causes())
      .within(fmt::format("secret '{}' of the vault {} is not given", name, vault.server.host));
}

/// Throws Unauthorized, too.
VaultSecret read_secret(host::Http& http, host::Clock& clock, const Vault& vault,
                        std::string_view name, const crypto::Secret& token,
                        const Deadline& deadline) {
  try {
    auto response =
        send_in_time(http, clock, request_of(vault, name, token), "the vault", deadline);
    if (response.status != 200) refused_by_vault(response);
    return read_bundle(response);
  } catch (const Error& error) {
    throw within_secret(error, vault, name);
  }
}

}  // namespace

bool is_secret_name(std::string_view name) {
  constexpr std::size_t longest = 127;
  return !name.empty() && name.size() <= longest &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return text::is_alphanumeric(c) || c == '-'; });
}

std::shared_future<VaultSecretPtr> KeyVaults::secret(
    const Vault& vault, const std::string& name,
    const std::shared_ptr<const Application>& application, const Start& start) {
  const auto question =
      fmt::format("{}\n{}\n{}", vault.server.authority(), text::lower(name), application->digest());
  return secrets_.ask(
      question, [this] { return clock_.steady(); },
      [this, vault, name, application] {
        auto secret = fetched(vault, name, *application);
        return SharedAnswers<VaultSecret>::Fetched{std::move(secret),
                                                   clock_.steady() + options_.fresh};
      },
      start);
}

/// A token that ended on the way is replaced once.
VaultSecret KeyVaults::fetched(const Vault& vault, const std::string& name,
                               const Application& application) {
  const Deadline deadline = clock_.steady() + options_.patience;
  for (bool again = true;; again = false) {
    const auto with = token(vault, application, deadline);
    try {
      return read_secret(http_, clock_, vault, name, with->value, deadline);
    } catch (const Unauthorized& unauthorized) {
      tokens_.forget(with);
      if (again) continue;
      // A tenant that is named by its domain can not be compared.
      const bool other = !unauthorized.tenant.empty() &&
                         application.tenant_id.find('.') == std::string::npos &&
                         !text::equal_ignoring_case(unauthorized.tenant, application.tenant_id);
      throw within_secret(
          Error(ErrorKind::refused,
                other ? fmt::format("it takes tokens of tenant '{}', and the session names '{}'",
                                    unauthorized.tenant, application.tenant_id)
                      : "it does not take the token of the application (401)"),
          vault, name);
    }
  }
}

}  // namespace sconectl::azure
