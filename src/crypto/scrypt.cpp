#include "sconectl/crypto/scrypt.hpp"

#include "crypto/native.hpp"

namespace sconectl::crypto {

Secret scrypt(std::string_view password, std::string_view salt, ScryptCost cost, std::size_t size) {
  constexpr std::uint64_t most_memory = 256U << 20U;
  Secret key = Secret::zeros(size);
  // No bytes have no address, which the library takes for "no password given".
  const char* const bytes = password.empty() ? "" : password.data();
  if (EVP_PBE_scrypt(bytes, password.size(), octets(salt), salt.size(), cost.n, cost.r, cost.p,
                     most_memory, key.writable().data(), size) != 1) {
    throw_invalid("these costs of scrypt can not be paid");
  }
  return key;
}

}  // namespace sconectl::crypto
