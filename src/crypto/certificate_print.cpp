#include "sconectl/crypto/certificate_print.hpp"

#include "crypto/memo.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key_hash.hpp"

namespace sconectl::crypto {
namespace {

CertificatePrint computed(const std::string& pem) {
  const auto certificate = Certificate::from_pem(pem);
  return {key_digest(certificate.public_key()), hex(view(sha256(certificate.pem())))};
}

}  // namespace

CertificatePrint certificate_print(const std::string& pem) {
  static Memo<CertificatePrint> memo;
  if (auto known = memo.find(pem)) return *std::move(known);
  CertificatePrint print = computed(pem);
  memo.keep(pem, print);
  return print;
}

}  // namespace sconectl::crypto
