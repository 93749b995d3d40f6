#include "sconectl/crypto/hash.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <array>
#include <span>

#include "crypto/native.hpp"

namespace sconectl::crypto {
namespace {

using DigestAlgorithmPtr = std::unique_ptr<EVP_MD, FreeWith<EVP_MD_free>>;
using MacPtr = std::unique_ptr<EVP_MAC, FreeWith<EVP_MAC_free>>;
using MacContextPtr = std::unique_ptr<EVP_MAC_CTX, FreeWith<EVP_MAC_CTX_free>>;

/// HMAC with a digest and no key yet.
MacContextPtr unkeyed_hmac(std::string digest) {
  const MacPtr mac{EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr)};
  MacContextPtr context{mac ? EVP_MAC_CTX_new(mac.get()) : nullptr};
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  if (!context || EVP_MAC_CTX_set_params(context.get(), parameters.data()) != 1)
    throw_failure("use HMAC");
  return context;
}

/// A digest, and HMAC with it. OpenSSL 3.0 looks an algorithm up by its name at every use, which
/// takes longer than to hash a short text; here it is done once.
struct Algorithm {
  explicit Algorithm(const char* name)
      : digest(EVP_MD_fetch(nullptr, name, nullptr)), hmac(unkeyed_hmac(name)) {
    if (!digest) throw_failure(std::string("use ") + name);
  }
  DigestAlgorithmPtr digest;
  MacContextPtr hmac;  ///< only copied
};

const Algorithm& sha1_algorithm() {
  static const Algorithm algorithm("SHA1");
  return algorithm;
}
const Algorithm& sha256_algorithm() {
  static const Algorithm algorithm("SHA256");
  return algorithm;
}

void digest(const EVP_MD* algorithm, std::string_view bytes, unsigned char* out) {
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &size, algorithm, nullptr) != 1) {
    throw_failure("hash");
  }
}

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::string out(static_cast<std::size_t>(EVP_MD_get_size(algorithm)), '\0');
  digest(algorithm, bytes, octets(out));
  return out;
}

void hmac(const Algorithm& algorithm, std::string_view key, std::string_view message,
          std::span<unsigned char> out) {
  const MacContextPtr context{EVP_MAC_CTX_dup(algorithm.hmac.get())};
  // A null key would mean that the key is already there.
  const unsigned char* key_bytes = octets(key.empty() ? std::string_view("") : key);
  std::size_t size = 0;
  if (!context || EVP_MAC_init(context.get(), key_bytes, key.size(), nullptr) != 1 ||
      EVP_MAC_update(context.get(), octets(message), message.size()) != 1 ||
      EVP_MAC_final(context.get(), out.data(), &size, out.size()) != 1 || size != out.size()) {
    throw_failure("compute a message authentication code");
  }
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest out;
  digest(sha256_algorithm().digest.get(), bytes, out.data());
  return out;
}

struct Sha256::State {
  DigestContextPtr context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  EVP_MD_CTX* const context = state_->context.get();
  if (context == nullptr ||
      EVP_DigestInit_ex(context, sha256_algorithm().digest.get(), nullptr) != 1)
    throw_failure("hash");
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1)
    throw_failure("hash");
}

Digest Sha256::finish() {
  Digest out;
  unsigned size = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), out.data(), &size) != 1) throw_failure("hash");
  return out;
}

std::string sha384(std::string_view bytes) {
  return digest(EVP_sha384(), bytes);
}
std::string sha512(std::string_view bytes) {
  return digest(EVP_sha512(), bytes);
}
std::string sha1(std::string_view bytes) {
  return digest(sha1_algorithm().digest.get(), bytes);
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
  Digest out;
  hmac(sha256_algorithm(), key, message, out);
  return out;
}

std::string hmac_sha1(std::string_view key, std::string_view message) {
  std::string out(20, '\0');
  hmac(sha1_algorithm(), key, message, {octets(out), out.size()});
  return out;
}

std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sconectl::crypto
