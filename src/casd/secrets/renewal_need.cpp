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

/// When it was issued: it says that it began before (SL-145).
crypto::Time issued_at(const crypto::Certificate& certificate) {
  return std::min(certificate.not_before() + crypto::slow_clocks, certificate.not_after());
}

/// Its end is the one of its issuer: a new one would not live longer.
bool ends_with_issuer(const SecretMaterial& material) {
  const auto& all = material.certificates;
  return all.size() > 1 && all[0].not_after() >= all[1].not_after();
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
  if (!time || now < *time || issued_at(certificate) >= now) return RenewalNeed::none;
  if (now >= certificate.not_after()) return RenewalNeed::at_once;
  return ends_with_issuer(material) ? RenewalNeed::none : RenewalNeed::soon;
}

std::optional<crypto::Time> renewal_time(const SecretMaterial& material) {
  if (material.certificates.empty()) return std::nullopt;
  const auto& certificate = material.certificates.front();
  if (certificate.not_after() >= crypto::never_expires) return std::nullopt;
  const auto begin = issued_at(certificate);
  return begin + (certificate.not_after() - begin) * 2 / 3;
}

}  // namespace sconectl::casd::secrets
