#include "sconectl/cas/identity.hpp"

#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cas {

using diag::Error;
using diag::ErrorKind;

std::string Identity::key_hash() const {
  return crypto::key_hash(certificate.public_key());
}

crypto::Secret Identity::pem() const {
  crypto::Secret text = key.pkcs8_pem();
  text.append(certificate.pem());
  return text;
}

host::ClientCertificate Identity::client_certificate() const {
  return {certificate.pem(), std::string(key.pkcs8_pem().view())};
}

Identity parse_identity(std::string_view pem) {
  constexpr const char* expected =
      "an identity is a PKCS#8 private key and then its certificate, both PEM in one file";
  try {
    Identity identity{crypto::PrivateKey::from_pem(pem), crypto::Certificate::from_pem(pem)};
    if (!(identity.key.public_key() == identity.certificate.public_key()))
      throw Error(ErrorKind::invalid, "the certificate belongs to another key");
    return identity;
  } catch (const Error& error) {
    throw error.within(expected);
  }
}

Identity make_identity() {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  crypto::CertificateProfile profile;
  profile.common_name = "open-cas cli";
  profile.dns_names = {"scone cli"};
  profile.not_before = crypto::Time(std::chrono::sys_days{std::chrono::year{1975} / 1 / 1});
  profile.not_after = crypto::never_expires;
  return {key, crypto::issue(profile, key.public_key(), key)};
}

}  // namespace sconectl::cas
