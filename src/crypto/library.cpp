#include "sconectl/crypto/library.hpp"

#include <openssl/crypto.h>

#include "crypto/native.hpp"

namespace sconectl::crypto {

void ignore_configuration() {
  if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1)
    throw_failure("start without a configuration");
}

}  // namespace sconectl::crypto
