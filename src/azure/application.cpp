// Who asks for a token: credentials and what is sent of them.
#include <nlohmann/json.hpp>

#include "sconectl/azure/token.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;
using Json = nlohmann::json;

namespace {

constexpr std::size_t sha1_size = 20;
constexpr std::size_t sha256_size = 32;
constexpr std::chrono::seconds assertion_life{600};

/// As the portal shows it, or with colons or blanks.
std::string thumbprint_of(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c != ':' && c != ' ') digits += c;
  auto raw = crypto::unhex(digits);
  if (!raw || (raw->size() != sha1_size && raw->size() != sha256_size))
    throw Error(ErrorKind::invalid,
                "'certificate_thumbprint' has to be the 40 (SHA-1) or 64 (SHA-256) hex digits of "
                "the certificate's thumbprint");
  return *std::move(raw);
}

/// Random, version 4 (RFC 9562).
std::string uuid() {
  auto random = crypto::random_bytes(16);
  const auto bytes = random.writable();
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  auto text = crypto::hex(random.view());
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, "-");
  return text;
}

std::string part(const Json& json) {
  return crypto::base64url(json.dump(), crypto::Padding::without);
}

}  // namespace

Application Application::of(const session::AadToken& secret) {
  const auto plain = [](const std::string& id) {
    return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
      return text::is_alphanumeric(c) || c == '-' || c == '.';
    });
  };
  if (!plain(secret.tenant_id))
    throw Error(ErrorKind::invalid, "'tenant_id' has to be a GUID or a domain of the tenant");
  if (!plain(secret.client_id)) throw Error(ErrorKind::invalid, "'client_id' has to be a GUID");
  if (secret.application_secret)
    return {secret.tenant_id, secret.client_id, crypto::Secret(*secret.application_secret)};
  return {secret.tenant_id, secret.client_id,
          CertificateKey{crypto::PrivateKey::from_pem(secret.private_key.value()),
                         thumbprint_of(secret.certificate_thumbprint.value())}};
}

std::string Application::digest() const {
  const auto* shared = std::get_if<crypto::Secret>(&credential);
  const auto* certificate = std::get_if<CertificateKey>(&credential);
  const auto of_credential =
      crypto::sha256(shared != nullptr ? shared->view() : certificate->key.public_key().spki_der());
  std::string all = tenant_id + '\n' + client_id + '\n';
  all += certificate == nullptr ? "secret" : certificate->thumbprint;
  all += crypto::view(of_credential);
  return std::string(crypto::view(crypto::sha256(all)));
}

std::string client_assertion(const Application& application, const CertificateKey& certificate,
                             std::string_view endpoint, std::chrono::system_clock::time_point now) {
  const bool sha1 = certificate.thumbprint.size() == sha1_size;
  const auto begin =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const Json header{{"alg", sha1 ? "RS256" : "PS256"},
                    {"typ", "JWT"},
                    {sha1 ? "x5t" : "x5t#S256",
                     crypto::base64url(certificate.thumbprint, crypto::Padding::without)}};
  const Json claims{{"aud", endpoint},
                    {"iss", application.client_id},
                    {"sub", application.client_id},
                    {"jti", uuid()},
                    {"nbf", begin},
                    {"iat", begin},
                    {"exp", begin + assertion_life.count()}};
  const std::string text = part(header) + "." + part(claims);
  const auto signature = sha1 ? certificate.key.sign(text) : certificate.key.sign_pss(text);
  return text + "." + crypto::base64url(signature, crypto::Padding::without);
}

}  // namespace sconectl::azure
