#include "sconectl/crypto/certificate.hpp"

#include "crypto/memo.hpp"
#include "crypto/native.hpp"
#include "sconectl/crypto/pem.hpp"

namespace sconectl::crypto {
namespace {

using ObjectPtr = std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>>;

std::string text_of(const ASN1_STRING* string) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, string);
  if (size < 0) return {};
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return text;
}

Certificate from_block(const PemBlock& block) {
  return Certificate::from_der(block.der.view());
}

bool is_certificate(const PemBlock& block) {
  return block.label == "CERTIFICATE";
}

}  // namespace

Certificate Certificate::from_pem(std::string_view pem) {
  while (const auto block = next_pem_block(pem)) {
    if (is_certificate(*block)) return from_block(*block);
  }
  throw_invalid("expected a PEM block 'CERTIFICATE', found none");
}

Certificate Certificate::from_der(std::string_view der) {
  static Memo<Certificate> memo;
  if (auto known = memo.find(der)) return *std::move(known);
  const unsigned char* at = octets(der);
  X509Ptr x509{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
  if (!x509 || at != octets(der) + der.size()) throw_invalid("not an X.509 certificate");
  // Fills OpenSSL's cache of extensions now, so that reads from several threads only read.
  if (X509_check_purpose(x509.get(), -1, 0) != 1) {
    throw_invalid("a certificate has extensions that contradict each other");
  }
  Certificate certificate{
      std::make_shared<const NativeCertificate>(NativeCertificate{std::move(x509)})};
  const ErrorQueueGuard guard;
  if (X509_get0_pubkey(mutable_x509(certificate.native())) == nullptr) {
    throw_invalid("the certificate has a public key that cannot be read");
  }
  static_cast<void>(certificate.not_before());
  static_cast<void>(certificate.not_after());
  memo.keep(der, certificate);
  return certificate;
}

std::string Certificate::pem() const {
  return std::string(pem_text("CERTIFICATE", der()).view());
}

std::string Certificate::der() const {
  return der_of(mutable_x509(*native_), i2d_X509);
}

PublicKey Certificate::public_key() const {
  KeyPtr key{X509_get_pubkey(mutable_x509(*native_))};
  if (!key) throw_failure("read the key of a certificate");
  return PublicKey(std::make_shared<const NativeKey>(NativeKey{std::move(key)}));
}

std::string Certificate::spki_der() const {
  return der_of(X509_get_X509_PUBKEY(mutable_x509(*native_)), i2d_X509_PUBKEY);
}

std::string Certificate::common_name() const {
  const X509_NAME* name = X509_get_subject_name(mutable_x509(*native_));
  int last = -1;
  for (int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) {
    last = at;
  }
  if (last < 0) return {};
  const ErrorQueueGuard guard;
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
}

Time Certificate::not_before() const {
  return time_of(X509_get0_notBefore(mutable_x509(*native_)), "a certificate");
}

Time Certificate::not_after() const {
  return time_of(X509_get0_notAfter(mutable_x509(*native_)), "a certificate");
}

bool Certificate::is_ca() const {
  // Other non-zero answers are guesses for certificates without BasicConstraints.
  return X509_check_ca(mutable_x509(*native_)) == 1;
}

std::string Certificate::serial() const {
  const NumberPtr number{
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(mutable_x509(*native_)), nullptr)};
  if (!number) throw_failure("read a serial number");
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), octets(bytes));
  return bytes;
}

std::string Certificate::subject_der() const {
  return der_of(X509_get_subject_name(mutable_x509(*native_)), i2d_X509_NAME);
}

std::string Certificate::issuer_der() const {
  return der_of(X509_get_issuer_name(mutable_x509(*native_)), i2d_X509_NAME);
}

bool Certificate::self_signed() const {
  return issued_by(*this);
}

bool Certificate::issued_by(const Certificate& issuer) const {
  const ErrorQueueGuard guard;
  X509* x509 = mutable_x509(*native_);
  X509* by = mutable_x509(*issuer.native_);
  return X509_NAME_cmp(X509_get_issuer_name(x509), X509_get_subject_name(by)) == 0 &&
         X509_verify(x509, X509_get0_pubkey(by)) == 1;
}

std::optional<std::string> Certificate::extension(std::string_view oid) const {
  const ErrorQueueGuard guard;
  const ObjectPtr object{OBJ_txt2obj(std::string(oid).c_str(), 1)};
  if (!object) throw_invalid("not an object identifier: " + std::string(oid));
  const int at = X509_get_ext_by_OBJ(mutable_x509(*native_), object.get(), -1);
  if (at < 0) return std::nullopt;
  const ASN1_OCTET_STRING* content =
      X509_EXTENSION_get_data(X509_get_ext(mutable_x509(*native_), at));
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(content)),
                     static_cast<std::size_t>(ASN1_STRING_length(content)));
}

std::vector<CertificateExtension> Certificate::extensions() const {
  std::vector<CertificateExtension> result;
  X509* x509 = mutable_x509(*native_);
  for (int i = 0; i < X509_get_ext_count(x509); ++i) {
    X509_EXTENSION* extension = X509_get_ext(x509, i);
    constexpr std::size_t longest = 256;
    std::string oid(longest, '\0');
    const int size =
        OBJ_obj2txt(oid.data(), static_cast<int>(longest), X509_EXTENSION_get_object(extension), 1);
    if (size <= 0 || static_cast<std::size_t>(size) >= longest)
      throw_invalid("a certificate has an extension whose object identifier cannot be read");
    oid.resize(static_cast<std::size_t>(size));
    const ASN1_OCTET_STRING* content = X509_EXTENSION_get_data(extension);
    result.push_back({std::move(oid), X509_EXTENSION_get_critical(extension) == 1,
                      std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(content)),
                                  static_cast<std::size_t>(ASN1_STRING_length(content)))});
  }
  return result;
}

std::string Certificate::signature_algorithm() const {
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, mutable_x509(*native_));
  return der_of(algorithm, i2d_X509_ALGOR);
}

bool Certificate::operator==(const Certificate& other) const {
  return X509_cmp(mutable_x509(*native_), mutable_x509(*other.native_)) == 0;
}

std::vector<Certificate> certificates_from_pem(std::string_view pem) {
  std::vector<Certificate> all;
  while (const auto block = next_pem_block(pem)) {
    if (is_certificate(*block)) all.push_back(from_block(*block));
  }
  return all;
}

}  // namespace sconectl::crypto
