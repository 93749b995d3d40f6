#include "sconectl/azure/attestation_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "azure/attestation_claims.hpp"
#include "azure/plain.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::size_t largest_jwt = std::size_t{192} << 10U;
constexpr std::size_t largest_jwt_header = std::size_t{8} << 10U;
constexpr std::chrono::seconds clock_leeway{60};
constexpr std::chrono::hours longest_life{24};
/// 9999-12-31T23:59:59Z.
constexpr std::uint64_t last_second = 253'402'300'799;

[[noreturn]] void wrong_token(const std::string& why) {
  throw Error(ErrorKind::refused, why);
}

/// A compact JWS (RFC 7515 §7.1), as text.
struct JwtParts {
  std::string_view header, claims, signature;
  std::string_view signed_text;
};

JwtParts parts_of(std::string_view jwt) {
  if (jwt.size() > largest_jwt) wrong_token(fmt::format("it is larger than {} bytes", largest_jwt));
  const auto parts = text::split(jwt, '.');
  if (parts.size() != 3) wrong_token("it has not three parts with '.' between them");
  if (parts[0].size() > largest_jwt_header)
    wrong_token(fmt::format("its header is larger than {} bytes", largest_jwt_header));
  return {parts[0], parts[1], parts[2], jwt.substr(0, parts[0].size() + 1 + parts[1].size())};
}

std::string decoded_part(std::string_view part, std::string_view what) {
  auto raw = part.ends_with('=') ? std::nullopt : crypto::unbase64url(part);
  if (!raw) wrong_token(fmt::format("its {} is not base64url without padding", what));
  return *std::move(raw);
}

/// The provider's URL, whatever the case of its host.
bool is_url_of(std::string_view text, const AttestationProvider& provider) {
  return text::equal_ignoring_case(text, provider.url);
}

bool is_key_url_of(std::string_view text, const AttestationProvider& provider) {
  constexpr std::string_view path = "/certs";
  if (!text.ends_with(path)) return false;
  text.remove_suffix(path.size());
  return is_url_of(text, provider);
}

/// Only what says which of the provider's own keys it is may be there (azure.md 3.5, 2 and 3).
Json checked_header(const JwtParts& parts, const AttestationProvider& provider) {
  constexpr std::string_view what = "header of the token";
  auto header = parse_json(decoded_part(parts.header, "header"), what);
  if (text_or_none(header, "alg", what) != "RS256") wrong_token("its algorithm (alg) is not RS256");
  if (text_or_none(header, "typ", what) != "JWT") wrong_token("its type (typ) is not JWT");
  for (const char* name : {"jwk", "x5c", "x5u", "crit"})
    if (header.contains(name))
      wrong_token(fmt::format("its header has '{}', which is not taken from a token", name));
  if (header.contains("jku") && !is_key_url_of(text_or_none(header, "jku", what), provider))
    wrong_token("its keys (jku) are not at /certs of the provider");
  if (text_or_none(header, "kid", what).empty()) wrong_token("it does not name its key (kid)");
  return header;
}

void check_issuer(const Json& claims, const AttestationProvider& provider) {
  const auto issuer = text_or_none(claims, "iss", "token");
  std::string_view url = issuer;
  if (url.ends_with('/')) url.remove_suffix(1);
  if (!is_url_of(url, provider))
    wrong_token("its issuer (iss) is not the provider" + after_colon(issuer));
}

std::chrono::sys_seconds time_claim(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number_unsigned() ||
      found->get<std::uint64_t>() > last_second)
    wrong_token(fmt::format("its claim '{}' is no time in seconds", name));
  return std::chrono::sys_seconds(std::chrono::seconds(found->get<std::uint64_t>()));
}

void check_times(const Json& claims, std::chrono::system_clock::time_point when) {
  const auto now = std::chrono::floor<std::chrono::seconds>(when);
  const auto issued = time_claim(claims, "iat");
  const auto begin = time_claim(claims, "nbf");
  const auto end = time_claim(claims, "exp");
  if (end <= now - clock_leeway) wrong_token("it has ended (exp)");
  if (begin > now + clock_leeway)
    wrong_token("it is not valid yet (nbf): is the clock of this CAS right?");
  if (issued > now + clock_leeway)
    wrong_token("it is from the future (iat): is the clock of this CAS right?");
  if (end < issued || end - issued > longest_life)
    wrong_token("it is not valid for a day at most (from iat to exp)");
}

AttestationClaims judged_token(std::string_view jwt, const AttestationKeys& keys,
                               const AttestationProvider& provider, AttestedTee tee,
                               std::chrono::system_clock::time_point now) {
  const auto parts = parts_of(jwt);
  const auto header = checked_header(parts, provider);
  const auto& key = keys.key(text_or_none(header, "kid", "header of the token"));
  if (!key.verify(parts.signed_text, decoded_part(parts.signature, "signature")))
    wrong_token("its signature is not by the key that it names");
  const auto claims = parse_json(decoded_part(parts.claims, "content"), "content of the token");
  check_issuer(claims, provider);
  check_times(claims, now);
  auto result = read_claims(claims, tee);
  result.issued = time_claim(claims, "iat");
  result.ends = time_claim(claims, "exp");
  return result;
}

/// Whatever is wrong, the token is refused.
template <typename Judge>
auto named(const AttestationProvider& provider, Judge judge) {
  try {
    return judge();
  } catch (const Error& error) {
    throw Error(ErrorKind::refused, fmt::format("the attestation token of {} is refused: {}",
                                                provider.url, error.text()));
  }
}

}  // namespace

std::string attestation_token_kid(std::string_view jwt, const AttestationProvider& provider) {
  return named(provider, [&] {
    return text_or_none(checked_header(parts_of(jwt), provider), "kid", "header of the token");
  });
}

AttestationClaims verify_attestation_token(std::string_view jwt, const AttestationKeys& keys,
                                           const AttestationProvider& provider, AttestedTee tee,
                                           std::chrono::system_clock::time_point now) {
  return named(provider, [&] { return judged_token(jwt, keys, provider, tee, now); });
}

}  // namespace sconectl::azure
