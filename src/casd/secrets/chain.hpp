// The order of certificates: every one before its issuer.
#pragma once

#include <vector>

#include "sconectl/crypto/certificate.hpp"

namespace sconectl::casd::secrets {

/// The first certificate, then its issuer among the others, and so on up to a self-signed one; then
/// what is left, in the order given. `:chain` must list first intermediate to root (SL-156), and
/// users write both orders.
[[nodiscard]] std::vector<crypto::Certificate> in_chain_order(
    std::vector<crypto::Certificate> certificates);

}  // namespace sconectl::casd::secrets
