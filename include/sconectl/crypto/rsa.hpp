// RSA as numbers: what structures need that carry a key and a signature without their usual forms.
#pragma once

#include <string>
#include <string_view>

#include "sconectl/crypto/key.hpp"

namespace sconectl::crypto {

/// Big-endian, without leading zeros.
struct RsaNumbers {
  std::string modulus;
  std::string exponent;
};

/// Throws Error{invalid} for a key of another type.
[[nodiscard]] RsaNumbers rsa_numbers(const PublicKey& key);

/// q1 = s² / n and q2 = (s² mod n) · s / n, rounded down: with them s³ mod n is computed without a
/// division (Intel SDM, SIGSTRUCT). Big-endian, each as long as the modulus.
struct CubeQuotients {
  std::string q1;
  std::string q2;
};

/// Of a signature s under a modulus n, both big-endian. Throws Error{invalid} for a modulus of zero
/// and for a signature that is not smaller than it.
[[nodiscard]] CubeQuotients cube_quotients(std::string_view signature, std::string_view modulus);

}  // namespace sconectl::crypto
