// Time-based one-time passwords: RFC 6238 with HMAC-SHA-1, 6 digits, steps of 30 s from 1970
// (SL-309).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sconectl/crypto/certificate.hpp"

namespace sconectl::crypto {

/// The number of the time step in which `now` lies; `now` must not be before 1970.
[[nodiscard]] std::uint64_t totp_step(Time now);

/// The six digits of a time step. `key` is the raw shared secret (decoded from base32).
[[nodiscard]] std::string totp(std::string_view key, std::uint64_t step);

}  // namespace sconectl::crypto
