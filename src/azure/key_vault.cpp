#include "sconectl/azure/key_vault.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "azure/json.hpp"
#include "azure/vault_refusal.hpp"
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

std::string version_in(const Json& bundle) {
  const auto id = text_or_none(bundle, "id", vault_answer);
  return id.substr(id.rfind('/') + 1);
}

VaultSecret read_bundle(host::HttpResponse& response) {
  auto answer = parse_json(response.body, vault_answer);
  crypto::wipe(response.body);
  return {take_secret(answer, "value", vault_answer),
          text_or_none(answer, "contentType", vault_answer), version_in(answer)};
}

host::HttpRequest request_of(const char* method, const Vault& vault, std::string_view name,
                             const crypto::Secret& token) {
  host::HttpRequest request;
  request.method = method;
  request.url = fmt::format("{}/secrets/{}{}", vault.url(), name, vault_api);
  constexpr std::string_view scheme = "Bearer ";
  std::string authorization;  // not copied on its way, so that there is one to wipe
  authorization.reserve(scheme.size() + token.size());
  authorization.append(scheme).append(token.view());
  request.headers.emplace_back("Authorization", std::move(authorization));
  request.headers.emplace_back("Accept", "application/json");
  request.response_limit = largest_bundle;
  return request;
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
template <typename Ask>
auto KeyVaults::with_token(const Vault& vault, const Application& application,
                           const Deadline& deadline, Ask ask) {
  const auto first = token(vault, application, deadline);
  try {
    return ask(first->value);
  } catch (const Unauthorized&) {
    tokens_.forget(first);
  }
  const auto second = token(vault, application, deadline);
  try {
    return ask(second->value);
  } catch (const Unauthorized& unauthorized) {
    tokens_.forget(second);
    throw unauthorized.error(application);
  }
}

VaultSecret KeyVaults::fetched(const Vault& vault, const std::string& name,
                               const Application& application) {
  const Deadline deadline = clock_.steady() + options_.patience;
  try {
    return with_token(vault, application, deadline, [&](const crypto::Secret& token) {
      auto response =
          send_in_time(http_, clock_, request_of("GET", vault, name, token), "the vault", deadline);
      if (response.status != 200) refused_by_vault(response, may_get);
      return read_bundle(response);
    });
  } catch (const Error& error) {
    throw within_secret(error, vault, name, "given");
  }
}

std::string KeyVaults::store(const Vault& vault, const std::string& name,
                             const NewVaultValue& value, const Application& application,
                             const Deadline& deadline) {
  try {
    return with_token(vault, application, deadline, [&](const crypto::Secret& token) {
      auto request = request_of("PUT", vault, name, token);
      request.headers.emplace_back("Content-Type", "application/json");
      request.body = Json{{"value", value.text}, {"contentType", value.content_type}}.dump();
      const auto response = send_in_time(http_, clock_, std::move(request), "the vault", deadline);
      if (response.status != 200) refused_by_vault(response, may_set);
      auto version = version_in(parse_json(response.body, vault_answer));
      if (version.empty())
        throw Error(ErrorKind::unavailable, "the vault does not say which version it has stored");
      return version;
    });
  } catch (const Error& error) {
    throw within_secret(error, vault, name, "stored");
  }
}

void KeyVaults::remove(const Vault& vault, const std::string& name, const Application& application,
                       const Deadline& deadline) {
  try {
    with_token(vault, application, deadline, [&](const crypto::Secret& token) {
      const auto response = send_in_time(http_, clock_, request_of("DELETE", vault, name, token),
                                         "the vault", deadline);
      if (response.status != 200) refused_by_vault(response, may_delete);
      return true;
    });
  } catch (const Error& error) {
    throw within_secret(error, vault, name, "deleted");
  }
}

}  // namespace sconectl::azure
