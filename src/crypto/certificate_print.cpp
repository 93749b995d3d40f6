#include "sconectl/crypto/certificate_print.hpp"

#include <mutex>
#include <unordered_map>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key_hash.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::size_t most_remembered = 1024;
constexpr std::size_t longest_remembered = std::size_t{16} << 10U;

CertificatePrint computed(const std::string& pem) {
  const auto certificate = Certificate::from_pem(pem);
  return {key_digest(certificate.public_key()), hex(view(sha256(certificate.pem())))};
}

struct Remembered {
  std::mutex mutex;
  std::unordered_map<std::string, CertificatePrint> prints;
};

}  // namespace

CertificatePrint certificate_print(const std::string& pem) {
  static Remembered remembered;
  {
    const std::scoped_lock guard(remembered.mutex);
    const auto found = remembered.prints.find(pem);
    if (found != remembered.prints.end()) return found->second;
  }
  CertificatePrint print = computed(pem);
  if (pem.size() > longest_remembered) return print;
  const std::scoped_lock guard(remembered.mutex);
  if (remembered.prints.size() >= most_remembered) remembered.prints.clear();
  remembered.prints.emplace(pem, print);
  return print;
}

}  // namespace sconectl::crypto
