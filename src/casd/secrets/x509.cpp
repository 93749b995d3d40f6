#include "casd/secrets/x509.hpp"

#include <algorithm>

#include "casd/secrets/chain.hpp"
#include "casd/secrets/secret_errors.hpp"
#include "casd/secrets/session_ca.hpp"
#include "sconectl/crypto/certificate_name.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/session/duration.hpp"

namespace sconectl::casd::secrets {
namespace {

using session::SecretKind;

constexpr std::string_view dns_prefix = "dns:";
constexpr std::string_view ip_prefix = "ip:";
/// Putting a chain in order verifies signatures, in the worst case of all pairs.
constexpr std::size_t longest_chain = 32;

void check_dns_name(const session::Secret& secret, const std::string& name) {
  if (const auto fault = crypto::dns_name_fault(name); !fault.empty())
    refuse(secret, "no client takes '" + name + "' for a DNS name: it " + fault);
}

void add_names(const session::Secret& secret, const session::X509& body,
               crypto::CertificateProfile& profile) {
  for (const auto& name : body.san) {
    if (name.starts_with(dns_prefix)) profile.dns_names.push_back(name.substr(dns_prefix.size()));
    if (name.starts_with(ip_prefix)) profile.ips.push_back(name.substr(ip_prefix.size()));
  }
  for (const auto& name : body.dns) {
    if (std::find(profile.dns_names.begin(), profile.dns_names.end(), name) ==
        profile.dns_names.end()) {
      profile.dns_names.push_back(name);  // both keys together: the union (SL-141)
    }
  }
  for (const auto& name : profile.dns_names) check_dns_name(secret, name);
}

/// The first DNS name that is not too long, else the secret's name (SL-138). A common name has less
/// room than either.
std::string default_common_name(const session::Secret& secret,
                                const std::vector<std::string>& dns_names) {
  for (const auto& name : dns_names)
    if (name.size() <= crypto::longest_common_name) return name;
  if (secret.name.size() <= crypto::longest_common_name) return secret.name;
  constexpr std::size_t digits = 16;  // keeps names apart that begin alike
  return secret.name.substr(0, crypto::longest_common_name - digits - 1) + "-" +
         crypto::hex(crypto::view(crypto::sha256(secret.name))).substr(0, digits);
}

}  // namespace

crypto::Time wanted_end(const session::X509& body, crypto::Time now) {
  if (!body.valid_for) return crypto::never_expires;
  return now +
         std::max<std::chrono::seconds>(session::parse_duration(*body.valid_for), shortest_life);
}

namespace {

crypto::CertificateProfile profile_of(const session::Secret& secret, const session::X509& body,
                                      crypto::Time now) {
  crypto::CertificateProfile profile;
  profile.is_ca = body.ca;
  add_names(secret, body, profile);
  profile.common_name = body.common_name.value_or(default_common_name(secret, profile.dns_names));
  if (body.endpoint) {
    profile.usage = *body.endpoint == session::Endpoint::server ? crypto::ExtendedKeyUsage::server
                                                                : crypto::ExtendedKeyUsage::client;
  }
  profile.not_before = now - crypto::slow_clocks;
  profile.not_after = wanted_end(body, now);
  return profile;
}

/// The material of the issuer, once it is sure that it can sign.
SecretMaterialPtr issuer_material(const session::Secret& secret, const std::string& issuer,
                                  const SiblingLookup& siblings) {
  auto material = siblings(issuer);
  const bool ca_kind =
      material->kind == SecretKind::x509_ca || material->kind == SecretKind::session_ca;
  if (!ca_kind || material->certificates.empty() || !material->certificates.front().is_ca()) {
    refuse(secret, "its issuer '" + issuer + "' is not a CA certificate (kind x509-ca)");
  }
  if (!material->private_key) {
    refuse(secret, "issuer private key not accessible: the private key of '" + issuer +
                       "' is needed to sign; an imported issuer's private-key secret must be "
                       "exported to this session too");
  }
  return material;
}

/// Nobody accepts a certificate after the one that signed it has ended (SL-145).
void end_with_issuer(const session::Secret& secret, const crypto::Certificate& issuer,
                     crypto::Time now, crypto::CertificateProfile& profile) {
  const auto end = issuer.not_after();
  if (end <= now)
    refuse(secret,
           "the certificate of its issuer has ended, so that nobody would accept what it "
           "signs; give the session another one");
  profile.not_after = std::min(profile.not_after, end);
}

/// A certificate's own key, if it names no secret for it: only in the legacy dialect (SL-327).
crypto::PrivateKey subject_key(const session::Secret& secret, const session::X509& body,
                               const SiblingLookup& siblings) {
  if (body.private_key) return key_of(secret, *body.private_key, siblings);
  return crypto::PrivateKey::generate(crypto::KeyType::p256);
}

/// An explicit certificate that came without its chain gets the one of its issuer.
void complete_chain(const session::Secret& secret, const session::X509& body,
                    const SiblingLookup& siblings, std::vector<crypto::Certificate>& certificates) {
  if (!body.issuer) return;
  const auto issuer = siblings(*body.issuer);
  if (issuer->certificates.empty() ||
      !certificates.front().issued_by(issuer->certificates.front())) {
    refuse(secret, "the certificate in 'value' was not issued by '" + *body.issuer + "'");
  }
  if (certificates.size() > 1) return;
  certificates.insert(certificates.end(), issuer->certificates.begin(), issuer->certificates.end());
}

}  // namespace

std::string issuer_of(const session::X509& body) {
  if (body.issuer) return *body.issuer;
  return body.private_key || body.value ? "" : std::string(session_ca_name);
}

crypto::PrivateKey key_of(const session::Secret& secret, const std::string& key,
                          const SiblingLookup& siblings) {
  const auto material = siblings(key);
  if (material->kind != SecretKind::private_key || !material->private_key) {
    refuse(secret, "'" + key + "' is not a secret of kind private-key");
  }
  return *material->private_key;
}

SecretMaterial issue_x509(const session::Secret& secret, const session::X509& body,
                          const SiblingLookup& siblings, crypto::Time now) {
  SecretMaterial material;
  material.kind = body.ca ? SecretKind::x509_ca : SecretKind::x509;
  material.private_key = subject_key(secret, body, siblings);
  auto profile = with_secret_name(secret, [&] { return profile_of(secret, body, now); });
  const auto subject = material.private_key->public_key();
  const std::string issuer_name = issuer_of(body);
  if (issuer_name.empty()) {
    material.certificates.push_back(with_secret_name(
        secret, [&] { return crypto::issue(profile, subject, *material.private_key); }));
    return material;
  }
  const auto issuer = issuer_material(secret, issuer_name, siblings);
  end_with_issuer(secret, issuer->certificates.front(), now, profile);
  material.certificates.push_back(with_secret_name(secret, [&] {
    return crypto::issue(profile, subject, *issuer->private_key, &issuer->certificates.front());
  }));
  material.certificates.insert(material.certificates.end(), issuer->certificates.begin(),
                               issuer->certificates.end());
  return material;
}

SecretMaterial explicit_x509(const session::Secret& secret, const session::X509& body,
                             const SiblingLookup& siblings) {
  SecretMaterial material;
  material.kind = body.ca ? SecretKind::x509_ca : SecretKind::x509;
  auto certificates =
      with_secret_name(secret, [&body] { return crypto::certificates_from_pem(*body.value); });
  if (certificates.empty()) refuse(secret, "'value' holds no PEM certificate");
  if (certificates.size() > longest_chain) {
    refuse(secret, "'value' holds more than " + std::to_string(longest_chain) + " certificates");
  }
  complete_chain(secret, body, siblings, certificates);
  material.certificates = in_chain_order(std::move(certificates));
  if (body.ca && !material.certificates.front().is_ca()) {
    refuse(secret, "the certificate in 'value' is not a CA certificate");
  }
  if (body.private_key) {
    material.private_key = key_of(secret, *body.private_key, siblings);
    if (!(material.private_key->public_key() == material.certificates.front().public_key())) {
      refuse(secret, "the private key '" + *body.private_key +
                         "' does not belong to the certificate in 'value'");
    }
  }
  return material;
}

}  // namespace sconectl::casd::secrets
