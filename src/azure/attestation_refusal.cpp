// Why Azure Attestation gives no token.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "azure/json.hpp"
#include "azure/plain.hpp"
#include "sconectl/azure/attestation_request.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::string_view attestation_error = "error of Azure Attestation";
constexpr std::size_t largest_attestation_error = std::size_t{64} << 10U;

struct ProviderError {
  std::string code;     ///< "PolicyEvaluationError"; "" for an answer of somebody else
  std::string message;  ///< not for showing as it is
};

ProviderError error_in(std::string_view body) {
  if (body.size() > largest_attestation_error) return {};
  try {
    const auto answer = parse_json(body, attestation_error);
    const auto error = answer.find("error");
    if (error == answer.end() || !error->is_object()) return {};
    ProviderError result{text_or_none(*error, "code", attestation_error),
                         text_or_none(*error, "message", attestation_error)};
    constexpr std::size_t longest_code = 64;
    if (result.code.size() > longest_code ||
        !std::all_of(result.code.begin(), result.code.end(), text::is_alphanumeric))
      result.code.clear();
    return result;
  } catch (const Error&) {  // a page of a proxy, say
    return {};
  }
}

/// What the policy engine says, in "... Msg:[Policy Engine Exception: WORDS] ...".
std::string_view words_of_policy(std::string_view message) {
  constexpr std::string_view begin = "Msg:[";
  constexpr std::string_view speaker = "Policy Engine Exception: ";
  const auto at = message.find(begin);
  if (at == std::string_view::npos) return message;
  message.remove_prefix(at + begin.size());
  message = message.substr(0, message.find(']'));
  if (message.starts_with(speaker)) message.remove_prefix(speaker.size());
  return message;
}

struct Cause {
  const char* mark;  ///< stands in the message
  const char* meaning;
};
constexpr std::array causes{
    Cause{"OE_MISSING_CERTIFICATE_CHAIN",
          "the quote holds no certificate chain of its platform (OE_MISSING_CERTIFICATE_CHAIN); it "
          "has to have certification data of type 5"},
    Cause{"OE_VERIFY_FAILED",
          "the quote can not be verified (OE_VERIFY_FAILED): its platform is no machine of Azure, "
          "or its collateral is older than the provider's baseline"},
};

std::string words_of_invalid(const ProviderError& error) {
  for (const auto& cause : causes)
    if (error.message.find(cause.mark) != std::string::npos) return cause.meaning;
  return "is the machine one of Azure with this kind of TEE, does the quote hold its certificate "
         "chain, and is its collateral as new as the provider's baseline?" +
         (plain_line(error.message).empty() ? "" : " It says" + after_colon(error.message));
}

std::string bad_request(const AttestationProvider& provider, const ProviderError& error) {
  if (error.code == "PolicyEvaluationError")
    return fmt::format("the policy of {} refuses the evidence ({}){}", provider.url, error.code,
                       after_colon(words_of_policy(error.message)));
  if (error.code == "InvalidParameter")
    return fmt::format("{} does not take the evidence ({}): {}", provider.url, error.code,
                       words_of_invalid(error));
  return fmt::format("{} answers with status 400{}{}", provider.url,
                     error.code.empty() ? "" : " (" + error.code + ")", after_colon(error.message));
}

}  // namespace

diag::Error attestation_refusal(const AttestationProvider& provider, int status,
                                std::string_view body) {
  const auto& url = provider.url;
  switch (status) {
    case 400:
      return {ErrorKind::refused, bad_request(provider, error_in(body))};
    case 401:
      return {ErrorKind::refused,
              fmt::format("{} wants credentials to attest (401), and this CAS has none for it; "
                          "providers usually attest for everybody",
                          url)};
    case 403:
      return {ErrorKind::refused,
              fmt::format("{} does not let this CAS in (403): see its network rules", url)};
    case 404:
      return {ErrorKind::refused,
              fmt::format("{} does not attest this kind of TEE (404), or there is no such provider",
                          url)};
    case 429:
      return {ErrorKind::unavailable,
              fmt::format("{} refuses for now, as it gets too many requests (429)", url)};
    default:
      return {status >= 500 ? ErrorKind::unavailable : ErrorKind::refused,
              fmt::format("{} answers with status {}", url, status)};
  }
}

}  // namespace sconectl::azure
