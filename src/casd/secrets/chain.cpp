#include "casd/secrets/chain.hpp"

#include <algorithm>

namespace sconectl::casd::secrets {

std::vector<crypto::Certificate> in_chain_order(std::vector<crypto::Certificate> certificates) {
  for (auto at = certificates.begin(); at != certificates.end(); ++at) {
    if (at->self_signed()) break;
    const auto issuer = std::find_if(at + 1, certificates.end(),
                                     [at](const auto& other) { return at->issued_by(other); });
    if (issuer == certificates.end()) break;
    std::rotate(at + 1, issuer, issuer + 1);
  }
  return certificates;
}

}  // namespace sconectl::casd::secrets
