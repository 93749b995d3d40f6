#include "sconectl/crypto/crl.hpp"

#include <mutex>

#include "crypto/native.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/pem.hpp"

namespace sconectl::crypto {

struct NativeCrl {
  std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>> list;
  mutable std::mutex mutex;
  mutable std::string issuer_key;  ///< whose signature was found right: it is asked for every quote
};

namespace {

std::string der_of_text(std::string_view text) {
  if (text.find("-----BEGIN") != std::string_view::npos) {
    while (const auto block = next_pem_block(text))
      if (block->label == "X509 CRL") return std::string(block->der.view());
    throw_invalid("expected a PEM block 'X509 CRL', found none");
  }
  std::string_view digits = text;  // DER may end in any byte, hex in the end of its line
  while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r'))
    digits.remove_suffix(1);
  if (auto bytes = unhex(digits)) return *std::move(bytes);
  return std::string(text);
}

}  // namespace

Crl Crl::from_text(std::string_view text) {
  std::string der = der_of_text(text);
  const unsigned char* at = octets(std::string_view(der));
  const ErrorQueueGuard guard;
  auto native = std::make_shared<NativeCrl>();
  native->list.reset(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  if (!native->list || at != octets(std::string_view(der)) + der.size())
    throw_invalid("not a list of revoked certificates (CRL)");
  Crl result(std::move(native));
  static_cast<void>(result.this_update());
  return result;
}

bool Crl::issued_by(const Certificate& issuer) const {
  const ErrorQueueGuard guard;
  X509* const certificate = mutable_x509(issuer.native());
  if (X509_NAME_cmp(X509_CRL_get_issuer(native_->list.get()), X509_get_subject_name(certificate)) !=
      0)
    return false;
  auto key = issuer.spki_der();
  const std::scoped_lock lock(native_->mutex);
  if (key == native_->issuer_key) return true;
  if (X509_CRL_verify(native_->list.get(), X509_get0_pubkey(certificate)) != 1) return false;
  native_->issuer_key = std::move(key);
  return true;
}

bool Crl::revokes(const Certificate& certificate) const {
  X509_REVOKED* entry = nullptr;
  return X509_CRL_get0_by_cert(native_->list.get(), &entry, mutable_x509(certificate.native())) ==
         1;
}

Time Crl::this_update() const {
  return time_of(X509_CRL_get0_lastUpdate(native_->list.get()), "a CRL");
}

Time Crl::next_update() const {
  const ASN1_TIME* const time = X509_CRL_get0_nextUpdate(native_->list.get());
  if (time == nullptr) throw_invalid("a CRL does not say when the next one comes");
  return time_of(time, "a CRL");
}

}  // namespace sconectl::crypto
