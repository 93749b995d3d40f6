// The one certificate profile of the program (SL-148).
#include <openssl/objects.h>

#include "crypto/key_native.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/certificate_name.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::crypto {
namespace {

using StringPtr = std::unique_ptr<ASN1_STRING, FreeWith<ASN1_STRING_free>>;
using NamePtr = std::unique_ptr<X509_NAME, FreeWith<X509_NAME_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;
using GeneralNamePtr = std::unique_ptr<GENERAL_NAME, FreeWith<GENERAL_NAME_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, FreeWith<ASN1_INTEGER_free>>;
using KeyIdPtr = std::unique_ptr<AUTHORITY_KEYID, FreeWith<AUTHORITY_KEYID_free>>;

constexpr std::string_view issuing = "issue a certificate";

void check(bool done) {
  if (!done) throw_failure(issuing);
}

/// RFC 5280, appendix A: countries and mail addresses are not UTF8String.
int string_type(int part) {
  if (part == NID_countryName) return V_ASN1_PRINTABLESTRING;
  return part == NID_pkcs9_emailAddress ? V_ASN1_IA5STRING : V_ASN1_UTF8STRING;
}

void add_part(X509_NAME* name, int part, const std::string& text, std::string_view what) {
  if (const auto fault = common_name_fault(text); !fault.empty())
    throw_invalid("the " + std::string(what) + " of a certificate " + fault);
  ASN1_STRING* raw = nullptr;
  if (ASN1_mbstring_ncopy(&raw, octets(text), static_cast<int>(text.size()), MBSTRING_UTF8,
                          B_ASN1_UTF8STRING, 1, 0) < 0) {
    throw_invalid("the " + std::string(what) + " of a certificate must be UTF-8 text");
  }
  const StringPtr checked{raw};
  check(X509_NAME_add_entry_by_NID(name, part, string_type(part),
                                   ASN1_STRING_get0_data(checked.get()),
                                   ASN1_STRING_length(checked.get()), -1, 0) == 1);
}

/// A CN, and in front of it the details that there are.
NamePtr name_of(const CertificateProfile& profile) {
  NamePtr name{X509_NAME_new()};
  check(name != nullptr);
  const SubjectDetails& details = profile.details;
  const std::pair<int, const std::string*> parts[] = {{NID_countryName, &details.country},
                                                      {NID_stateOrProvinceName, &details.state},
                                                      {NID_localityName, &details.locality},
                                                      {NID_organizationName, &details.organization},
                                                      {NID_pkcs9_emailAddress, &details.email}};
  for (const auto& [part, text] : parts)
    if (!text->empty()) add_part(name.get(), part, *text, "subject");
  add_part(name.get(), NID_commonName, profile.common_name, "common name");
  return name;
}

void set_serial(X509* x509, const std::optional<std::string>& wanted) {
  constexpr std::size_t random_size = 16;
  Secret drawn = random_bytes(random_size);
  // Positive, never zero, and always 16 bytes long.
  drawn.writable()[0] = static_cast<std::uint8_t>((drawn.bytes()[0] & 0x7FU) | 0x40U);
  const std::string_view bytes = wanted ? std::string_view(*wanted) : drawn.view();
  constexpr std::size_t longest = 20;  // RFC 5280 §4.1.2.2
  const NumberPtr number{BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr)};
  if (!number || bytes.size() > longest || BN_is_zero(number.get())) {
    throw_invalid("a serial number is positive and has at most 20 bytes");
  }
  const IntegerPtr serial{BN_to_ASN1_INTEGER(number.get(), nullptr)};
  check(serial && X509_set_serialNumber(x509, serial.get()) == 1);
}

void set_validity(X509* x509, const CertificateProfile& profile) {
  if (profile.not_after <= profile.not_before) {
    throw_invalid("a certificate must end after it begins");
  }
  const auto seconds = [](Time time) {
    return static_cast<time_t>(time.time_since_epoch().count());
  };
  check(ASN1_TIME_set(X509_getm_notBefore(x509), seconds(profile.not_before)) != nullptr &&
        ASN1_TIME_set(X509_getm_notAfter(x509), seconds(profile.not_after)) != nullptr);
}

/// Only for constant texts: what users wrote could hold more of OpenSSL's little language.
void add_constant(X509* x509, int nid, const char* value) {
  const ExtensionPtr extension{X509V3_EXT_conf_nid(nullptr, nullptr, nid, value)};
  check(extension && X509_add_ext(x509, extension.get(), -1) == 1);
}

GeneralNamePtr dns_name(const std::string& name) {
  const bool ascii = name.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                         "-_.* ") == std::string::npos;
  if (name.empty() || name.size() > 253 || !ascii) {
    throw_invalid("not a DNS name for a certificate: '" + name + "'");
  }
  GeneralNamePtr general{GENERAL_NAME_new()};
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  check(general && text != nullptr &&
        ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())) == 1);
  GENERAL_NAME_set0_value(general.get(), GEN_DNS, text);
  return general;
}

GeneralNamePtr ip_name(const std::string& address) {
  if (const auto fault = ip_address_fault(address); !fault.empty())
    throw_invalid("not an IP address for a certificate: '" + address + "' " + fault);
  GeneralNamePtr general{GENERAL_NAME_new()};
  ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(address.c_str());
  check(general && bytes != nullptr);
  GENERAL_NAME_set0_value(general.get(), GEN_IPADD, bytes);
  return general;
}

void add_alternative_names(X509* x509, const CertificateProfile& profile) {
  if (profile.dns_names.empty() && profile.ips.empty()) return;
  const GeneralNamesPtr names{sk_GENERAL_NAME_new_null()};
  check(names != nullptr);
  const auto add = [&names](GeneralNamePtr name) {
    check(sk_GENERAL_NAME_push(names.get(), name.get()) > 0);
    static_cast<void>(name.release());
  };
  for (const auto& name : profile.dns_names) add(dns_name(name));
  for (const auto& address : profile.ips) add(ip_name(address));
  check(X509_add1_ext_i2d(x509, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1);
}

/// SHA-1 of the key bits (RFC 5280 §4.2.1.2), or what the certificate says about itself.
StringPtr key_identifier(X509* x509) {
  const ASN1_OCTET_STRING* own = X509_get0_subject_key_id(x509);
  if (own != nullptr) return StringPtr{ASN1_STRING_dup(own)};
  std::string digest(20, '\0');
  unsigned size = 0;
  check(X509_pubkey_digest(x509, EVP_sha1(), octets(digest), &size) == 1);
  StringPtr identifier{ASN1_OCTET_STRING_new()};
  check(identifier && ASN1_STRING_set(identifier.get(), digest.data(), 20) == 1);
  return identifier;
}

void add_key_identifiers(X509* x509, const Certificate* issuer) {
  StringPtr own = key_identifier(x509);
  const KeyIdPtr authority{AUTHORITY_KEYID_new()};
  check(own && authority);
  authority->keyid = issuer == nullptr ? ASN1_STRING_dup(own.get())
                                       : key_identifier(mutable_x509(issuer->native())).release();
  check(authority->keyid != nullptr &&
        X509_add1_ext_i2d(x509, NID_subject_key_identifier, own.get(), 0, X509V3_ADD_DEFAULT) ==
            1 &&
        X509_add1_ext_i2d(x509, NID_authority_key_identifier, authority.get(), 0,
                          X509V3_ADD_DEFAULT) == 1);
}

void add_usage(X509* x509, const CertificateProfile& profile, bool rsa) {
  if (profile.is_ca) {
    if (!profile.dns_names.empty() || !profile.ips.empty() ||
        profile.usage != ExtendedKeyUsage::none) {
      throw_invalid("a CA certificate has neither alternative names nor an extended key usage");
    }
    add_constant(x509, NID_basic_constraints, "critical,CA:TRUE");
    add_constant(x509, NID_key_usage, "critical,keyCertSign,cRLSign");
    return;
  }
  add_constant(x509, NID_basic_constraints, "critical,CA:FALSE");
  add_constant(x509, NID_key_usage,
               rsa ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature");
  if (profile.usage == ExtendedKeyUsage::server)
    add_constant(x509, NID_ext_key_usage, "serverAuth");
  if (profile.usage == ExtendedKeyUsage::client)
    add_constant(x509, NID_ext_key_usage, "clientAuth");
}

bool is_rsa(KeyType type) {
  return type == KeyType::rsa2048 || type == KeyType::rsa3072 || type == KeyType::rsa_other;
}

}  // namespace

Certificate issue(const CertificateProfile& profile, const PublicKey& subject,
                  const PrivateKey& issuer_key, const Certificate* issuer) {
  const PublicKey expected = issuer == nullptr ? subject : issuer->public_key();
  if (!(expected == issuer_key.public_key())) {
    throw_invalid("the private key does not belong to the issuer of the certificate");
  }
  const X509Ptr x509{X509_new()};
  const NamePtr name = name_of(profile);
  X509_NAME* issuer_name =
      issuer == nullptr ? name.get() : X509_get_subject_name(mutable_x509(issuer->native()));
  check(x509 && X509_set_version(x509.get(), X509_VERSION_3) == 1 &&
        X509_set_subject_name(x509.get(), name.get()) == 1 &&
        X509_set_issuer_name(x509.get(), issuer_name) == 1 &&
        X509_set_pubkey(x509.get(), mutable_key(subject.native())) == 1);
  set_serial(x509.get(), profile.serial);
  set_validity(x509.get(), profile);
  add_usage(x509.get(), profile, is_rsa(subject.type()));
  add_alternative_names(x509.get(), profile);
  add_key_identifiers(x509.get(), issuer);
  EVP_PKEY* signer = mutable_key(issuer_key.native());
  check(X509_sign(x509.get(), signer, signature_digest(signer)) > 0);
  return Certificate::from_der(der_of(x509.get(), i2d_X509));
}

}  // namespace sconectl::crypto
