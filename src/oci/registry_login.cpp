// How a registry is told who asks (the distribution project's token authentication).
#include <fmt/format.h>

#include <map>

#include "oci/registry_host.hpp"
#include "oci/wiped_json.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/registry.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::oci {
namespace {

using diag::Error;
using diag::ErrorKind;

/// `realm="https://…",service="…",scope="a:b:pull"`: names in lower case.
std::map<std::string, std::string> challenge_parameters(std::string_view text) {
  std::map<std::string, std::string> result;
  while (!text.empty()) {
    while (!text.empty() && (text::is_blank(text.front()) || text.front() == ','))
      text.remove_prefix(1);
    const auto equal = text.find('=');
    if (equal == std::string_view::npos) break;
    const std::string name = text::lower(text::trimmed(text.substr(0, equal)));
    text.remove_prefix(equal + 1);
    const bool quoted = text.starts_with('"');
    if (quoted) text.remove_prefix(1);
    const auto end = std::min(text.find(quoted ? '"' : ','), text.size());
    result[name] = std::string(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string basic(const Login& login) {
  std::string pair = login.user + ":";
  pair += login.password.view();
  std::string result = "Basic " + crypto::base64(pair);
  crypto::wipe(pair);
  return result;
}

/// The parameters of the question for a token: one `scope` for each that is wanted.
std::string token_query(const std::map<std::string, std::string>& parameters) {
  std::string query;
  const auto add = [&](std::string_view name, std::string_view value) {
    query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, query_value(value));
  };
  if (const auto service = parameters.find("service"); service != parameters.end())
    add("service", service->second);
  if (const auto scope = parameters.find("scope"); scope != parameters.end())
    for (const std::string_view each : text::words_in(scope->second)) add("scope", each);
  return query;
}

crypto::Secret token_in(host::HttpResponse& response) {
  const WipedJson json(response.body);
  for (const char* key : {"token", "access_token"})
    if (const auto found = json.get().find(key); found != json.get().end() && found->is_string())
      return crypto::Secret(found->get_ref<const std::string&>());
  return {};
}

}  // namespace

void Registry::ask_for_token(const std::string& challenge, ErrorKind refused) {
  const auto parameters = challenge_parameters(challenge);
  const auto realm = parameters.find("realm");
  if (realm == parameters.end())
    throw Error(ErrorKind::failed, fmt::format("{} does not say who gives tokens", name()));
  const auto login = credentials_.login(image_.registry, image_.repository);
  host::HttpRequest request;
  request.way = host::Way::outside;
  const std::string query = token_query(parameters);
  if (login && login->is_token) {
    request.method = "POST";
    request.url = realm->second;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    std::string secret = query_value(login->password.view());
    request.body = fmt::format("grant_type=refresh_token&client_id=sconectl&{}&refresh_token={}",
                               query, secret);
    crypto::wipe(secret);
  } else {
    request.url = fmt::format("{}{}{}", realm->second,
                              realm->second.find('?') == std::string::npos ? "?" : "&", query);
    if (login) request.headers = {{"Authorization", basic(*login)}};
  }
  const host::Tls trust = origin(request.url) == base_ ? tls_ : host::Tls{};
  host::HttpResponse response = http_.send(request, trust);
  crypto::wipe(request.body);
  for (auto& [name, value] : request.headers) crypto::wipe(value);
  constexpr int server_error = 500;
  const crypto::Secret token = response.status == 200 ? token_in(response) : crypto::Secret();
  crypto::wipe(response.body);
  if (token.empty())
    throw Error(
        response.status >= server_error ? ErrorKind::unavailable : refused,
        fmt::format("{} gives no token ({} answers with status {}){}", this->name(),
                    origin(realm->second), response.status,
                    login ? fmt::format(": is the login for {} still right?", image_.registry)
                          : fmt::format("; run 'docker login {}', or write "
                                        "~/.docker/config.json",
                                        image_.registry)));
  constexpr std::string_view scheme = "Bearer ";
  authorization_.reserve(scheme.size() + token.size());  // so that nothing of it is left behind
  authorization_ = scheme;
  authorization_ += token.view();
}

bool Registry::authorize(const std::string& challenge, ErrorKind refused) {
  const auto [scheme, rest] = text::cut(challenge, ' ');
  crypto::wipe(authorization_);
  if (text::equal_ignoring_case(scheme, "bearer")) {
    ask_for_token(std::string(rest.value_or("")), refused);
    return true;
  }
  if (!text::equal_ignoring_case(scheme, "basic")) return false;
  const auto login = credentials_.login(image_.registry, image_.repository);
  if (!login) return false;
  authorization_ = basic(*login);
  return true;
}

}  // namespace sconectl::oci
