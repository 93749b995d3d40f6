#include "sconectl/supply/dsse.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "supply/json.hpp"

namespace sconectl::supply {
namespace {

constexpr std::size_t most_signatures = 100;

/// The specification lets writers choose between the two alphabets.
std::optional<std::string> any_base64(const std::string& text) {
  auto bytes = crypto::unbase64(text);
  return bytes ? bytes : crypto::unbase64url(text);
}

[[noreturn]] void no_envelope(std::string_view why) {
  throw diag::Error(diag::ErrorKind::invalid, fmt::format("not a DSSE envelope: {}", why));
}

}  // namespace

std::string pre_authentication(std::string_view payload_type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(),
                     payload);
}

std::string signed_envelope(std::string_view payload_type, std::string_view payload,
                            const crypto::PrivateKey& key) {
  require_signing_key(key.public_key());
  const std::string signature = key.sign(pre_authentication(payload_type, payload));
  return compact(
      {{"payloadType", payload_type},
       {"payload", crypto::base64(payload)},
       {"signatures", Json::array({{{"keyid", ""}, {"sig", crypto::base64(signature)}}})}});
}

std::string verified_payload(std::string_view envelope, std::string_view payload_type,
                             const crypto::PublicKey& key) {
  const Json parts = parse_object(envelope, "the DSSE envelope");
  const std::string type = text_member(parts, "payloadType");
  if (type != payload_type) no_envelope(fmt::format("its payload is not of type {}", payload_type));
  auto payload = any_base64(text_member(parts, "payload"));
  if (!payload || payload->empty()) no_envelope("its payload is not base64");
  const Json& signatures = array_member(parts, "signatures");
  if (signatures.empty() || signatures.size() > most_signatures) {
    no_envelope(fmt::format("it has 1 to {} signatures", most_signatures));
  }
  const std::string message = pre_authentication(type, *payload);
  for (const Json& one : signatures) {
    const auto signature = any_base64(text_member(one, "sig"));
    if (signature && key.verify(message, *signature)) return std::move(*payload);
  }
  throw diag::Error(diag::ErrorKind::refused,
                    "the attestation is not signed with this key: it was changed, or somebody "
                    "else made it");
}

void require_signing_key(const crypto::PublicKey& key) {
  constexpr int least_rsa_bits = 2048;
  const crypto::KeyType type = key.type();
  const bool is_rsa = type == crypto::KeyType::rsa2048 || type == crypto::KeyType::rsa3072 ||
                      type == crypto::KeyType::rsa_other;
  if (type == crypto::KeyType::p256 || type == crypto::KeyType::ed25519 ||
      (is_rsa && key.bits() >= least_rsa_bits)) {
    return;
  }
  throw diag::Error(diag::ErrorKind::unsupported,
                    fmt::format("images are signed with a key P-256, Ed25519 or RSA of {} bits and "
                                "more, not with a key {} of {} bits",
                                least_rsa_bits, crypto::key_type_name(type), key.bits()));
}

}  // namespace sconectl::supply
