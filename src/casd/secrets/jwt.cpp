#include "casd/secrets/jwt.hpp"

#include "casd/secrets/secret_errors.hpp"
#include "casd/secrets/x509.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/session/duration.hpp"

namespace sconectl::casd::secrets {
namespace {

using crypto::Padding;
using session::Placeholder;

bool asks_for_identity(const Placeholder& placeholder) {
  return placeholder.name == "self" &&
         (placeholder.suffix == "software_identity" || placeholder.suffix == ":software_identity");
}

std::string payload_value(const session::Secret& secret, const std::string& written,
                          const session::Lookup& values,
                          const std::optional<std::string>& identity) {
  if (!session::whole_placeholder(written)) return written;
  return session::substitute(written, [&](const Placeholder& placeholder) {
    if (!asks_for_identity(placeholder)) return values(placeholder);
    if (identity) return *identity;
    throw diag::Error(diag::ErrorKind::refused,
                      "secret '" + secret.name +
                          "' holds the identity of the attested software, but the service was not "
                          "attested");
  });
}

/// Quoted and escaped. Throws Error{invalid} for a text that is not UTF-8, as the encoding of
/// placeholders does.
std::string json_text(std::string_view text) {
  static const std::string escaped = Placeholder("text", "", "escape(json)").text();
  return '"' + session::substitute(escaped, [text](const auto&) { return std::string(text); }) +
         '"';
}

std::string claim(std::string_view name, crypto::Time time) {
  return json_text(name) + ":" + std::to_string(time.time_since_epoch().count());
}

}  // namespace

crypto::Secret make_jwt(const session::Secret& secret, const session::Jwt& jwt,
                        const SiblingLookup& siblings, const session::Lookup& values,
                        const std::optional<std::string>& software_identity, crypto::Time now) {
  const auto signer = key_of(secret, jwt.signer, siblings);
  if (signer.type() != crypto::KeyType::p384) {
    refuse(secret, "its signer '" + jwt.signer + "' is not a P-384 key, which ES384 needs");
  }
  std::string payload = "{";
  for (const auto& claimed : jwt.payload) {
    std::string value = payload_value(secret, claimed.second, values, software_identity);
    payload += with_secret_name(
        secret, [&] { return json_text(claimed.first) + ":" + json_text(value) + ","; });
    crypto::wipe(value);
  }
  const auto expires =
      with_secret_name(secret, [&] { return now + session::parse_duration(jwt.valid_for); });
  payload += claim("iat", now) + "," + claim("nbf", now) + "," + claim("exp", expires) + "}";
  std::string token = crypto::base64url(R"({"alg":"ES384","typ":"JWT"})", Padding::without) + "." +
                      crypto::base64url(payload, Padding::without);
  crypto::wipe(payload);
  token += "." + crypto::base64url(signer.sign_raw_ecdsa(token), Padding::without);
  return crypto::Secret::adopt(std::move(token));
}

}  // namespace sconectl::casd::secrets
