#include "casd/routes/response_signature.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

std::string signed_text(int status, std::string_view target, std::string_view body) {
  return fmt::format("CAS-Signature v1\n{}\n{}\n{}\n", status, target,
                     crypto::hex(crypto::view(crypto::sha256(body))));
}

Authority parse_signer(std::string_view by) {
  if (by == "cas") return Authority::root;
  if (by == "cas-software") return Authority::software;
  throw diag::Error(diag::ErrorKind::invalid, "the query parameter 'sign' is cas or cas-software");
}

void sign_response(const Store& store, const Identity& identity, Authority by,
                   std::string_view target, Response& response) {
  const bool root = by == Authority::root;
  const auto key = identity.authority_key(store, by);
  response.headers.emplace_back(
      "CAS-Signature",
      fmt::format(R"(keyid="{}",alg="ecdsa-p256-sha256",sig="{}")",
                  root ? identity.key_hash() : identity.software_key_hash(),
                  crypto::base64(key.sign(signed_text(response.status, target, response.body)))));
}

}  // namespace sconectl::casd
