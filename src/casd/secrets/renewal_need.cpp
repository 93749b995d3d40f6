// When a certificate is issued anew (SL-146).
#include <algorithm>

#include "casd/secrets/secret_material.hpp"
#include "casd/secrets/x509.hpp"

namespace sconectl::casd::secrets {
namespace {

/// The chain that stands in the material is the one that its issuer has now.
bool follows_issuer(const session::X509& body, const SecretMaterial& material,
                    const SiblingLookup& siblings) {
  const std::string issuer = issuer_of(body);
  if (issuer.empty()) return true;
  const auto& now = siblings(issuer)->certificates;
  return std::equal(material.certificates.begin() + 1, material.certificates.end(), now.begin(),
                    now.end());
}

bool fits_key(const SecretMaterial& material) {
  return material.private_key &&
         material.private_key->public_key() == material.certificates.front().public_key();
}

}  // namespace

RenewalNeed renewal_need(const session::Secret& secret, const SecretMaterial& material,
                         const SiblingLookup& siblings, crypto::Time now) {
  if (material.certificates.empty()) return RenewalNeed::none;
  const auto* body = std::get_if<session::X509>(&secret.body);
  if (body != nullptr && !(fits_key(material) && follows_issuer(*body, material, siblings)))
    return RenewalNeed::at_once;
  const auto& certificate = material.certificates.front();
  const auto time = renewal_time(material);
  if (!time || now < *time || certificate.not_before() >= now) return RenewalNeed::none;
  return now < certificate.not_after() ? RenewalNeed::soon : RenewalNeed::at_once;
}

std::optional<crypto::Time> renewal_time(const SecretMaterial& material) {
  if (material.certificates.empty()) return std::nullopt;
  const auto& certificate = material.certificates.front();
  if (certificate.not_after() >= crypto::never_expires) return std::nullopt;
  const auto lifetime = certificate.not_after() - certificate.not_before();
  return certificate.not_before() + lifetime * 2 / 3;
}

}  // namespace sconectl::casd::secrets
