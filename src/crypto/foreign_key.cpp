// Private keys in the forms of other programs.
#include <openssl/pem.h>

#include <exception>

#include "crypto/key_native.hpp"

namespace sconectl::crypto {
namespace {

using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free>>;

/// What the library's callback is given; an exception can not pass through it.
struct Asking {
  const std::function<Secret()>& passphrase;
  std::exception_ptr failure = nullptr;
  bool asked = false;
};

int give_passphrase(char* buffer, int size, int /*writing*/, void* data) {
  auto& asking = *static_cast<Asking*>(data);
  try {
    asking.asked = true;
    const Secret passphrase = asking.passphrase();
    const std::string_view bytes = passphrase.view();
    if (bytes.size() > static_cast<std::size_t>(size)) return -1;
    bytes.copy(buffer, bytes.size());  // no bytes have no address
    return static_cast<int>(bytes.size());
  } catch (...) {
    asking.failure = std::current_exception();
    return -1;
  }
}

}  // namespace

PrivateKey PrivateKey::from_any_pem(std::string_view pem,
                                    const std::function<Secret()>& passphrase) {
  const BioPtr text{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  if (!text) throw_failure("read a key");
  Asking asking{passphrase};
  KeyPtr key{PEM_read_bio_PrivateKey(text.get(), nullptr, give_passphrase, &asking)};
  if (asking.failure) {
    const ErrorQueueGuard guard;
    std::rethrow_exception(asking.failure);
  }
  if (!key)
    throw_invalid(asking.asked ? "the passphrase of the private key is wrong"
                               : "not a private key in PEM");
  return PrivateKey(std::make_shared<const NativeKey>(NativeKey{std::move(key)}));
}

}  // namespace sconectl::crypto
