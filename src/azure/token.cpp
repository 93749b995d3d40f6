#include "sconectl/azure/token.hpp"

#include <fmt/format.h>

#include "azure/entra_error.hpp"
#include "azure/json.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/percent.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::string_view token_answer = "answer of Entra ID";
constexpr std::size_t largest_token_answer = std::size_t{64} << 10U;
/// A token is not used any more when less of its life is left than this, or a fourth of it.
constexpr std::chrono::seconds least_left{300};

/// Every value but the unreserved characters is encoded: secrets have '~', '+', '&' and '='.
crypto::Secret token_form(const Application& application, std::string_view endpoint,
                          std::string_view scope, std::chrono::system_clock::time_point now) {
  crypto::Secret result("grant_type=client_credentials&client_id=");
  result.append(text::percent_encoded(application.client_id));
  result.append("&scope=");
  result.append(text::percent_encoded(scope));
  if (const auto* certificate = std::get_if<CertificateKey>(&application.credential)) {
    result.append(
        "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        "&client_assertion=");
    result.append(client_assertion(application, *certificate, endpoint, now));
    return result;
  }
  result.append("&client_secret=");
  auto encoded = text::percent_encoded(std::get<crypto::Secret>(application.credential).view());
  result.append(encoded);
  crypto::wipe(encoded);
  return result;
}

/// Seconds, as number or text.
std::chrono::seconds life_of(const Json& answer) {
  const auto found = answer.find("expires_in");
  if (found == answer.end()) return {};
  constexpr std::uint64_t longest = 7UL * 86'400;
  std::uint64_t seconds = 0;
  if (found->is_number_unsigned()) seconds = found->get<std::uint64_t>();
  if (found->is_string())
    seconds = text::number<std::uint64_t>(found->get_ref<const std::string&>()).value_or(0);
  return std::chrono::seconds(std::min(seconds, longest));
}

Token read_token(host::HttpResponse& response, std::chrono::steady_clock::time_point asked) {
  auto answer = parse_json(response.body, token_answer);
  crypto::wipe(response.body);
  if (text_or_none(answer, "token_type", token_answer) != "Bearer")
    throw Error(ErrorKind::invalid, "the answer of Entra ID holds no bearer token");
  Token token{take_secret(answer, "access_token", token_answer), asked + life_of(answer)};
  if (token.value.empty() ||
      token.value.view().find_first_of(std::string_view("\r\n\0 ", 4)) != std::string_view::npos)
    throw Error(ErrorKind::invalid, "the answer of Entra ID holds no usable token");
  return token;
}

}  // namespace

Token request_token(host::Http& http, host::Clock& clock, const Application& application,
                    std::string_view authority, std::string_view scope, const Deadline& deadline) {
  const auto endpoint = fmt::format("{}/{}/oauth2/v2.0/token", authority, application.tenant_id);
  const auto asker = fmt::format("application '{}' of tenant '{}' gets no token from {}",
                                 application.client_id, application.tenant_id, authority);
  const auto asked = clock.steady();
  host::HttpRequest request;
  request.method = "POST";
  request.url = endpoint;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.response_limit = largest_token_answer;
  const auto body = token_form(application, endpoint, scope, clock.now());
  request.body = body.view();
  try {
    auto response = send_in_time(http, clock, std::move(request), "Entra ID", deadline);
    if (response.status == 200) return read_token(response, asked);
    throw Error(response.status >= 500 || response.status == 429 ? ErrorKind::unavailable
                                                                 : ErrorKind::refused,
                entra_reason(response.status, response.body));
  } catch (const Error& error) {
    throw Error(error.kind() == ErrorKind::invalid ? ErrorKind::unavailable : error.kind(),
                error.text(), error.causes())
        .within(asker);
  }
}

TokenPtr TokenCache::token(const Application& application, std::string_view authority,
                           std::string_view scope, const Deadline& deadline) {
  const auto question = fmt::format("{}\n{}\n{}", authority, scope, application.digest());
  const auto fetch = [&] {
    auto token = request_token(http_, clock_, application, authority, scope, deadline);
    const auto life = token.end - clock_.steady();
    const auto end =
        token.end - std::min<std::chrono::steady_clock::duration>(least_left, life / 4);
    return SharedAnswers<Token>::Fetched{std::move(token), end};
  };
  const auto answer = answers_.ask(
      question, [this] { return clock_.steady(); }, fetch,
      [](const std::function<void()>& work) { work(); });
  // Who has asked before may have more time than this caller.
  if (answer.wait_for(deadline - clock_.steady()) != std::future_status::ready)
    throw Error(ErrorKind::unavailable, fmt::format("no token came from {} in time", authority));
  return answer.get();
}

}  // namespace sconectl::azure
