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

void sign_response(const Store& store, const Identity& identity, const std::string& by,
                   std::string_view target, Response& response) {
  if (by != "cas" && by != "cas-software")
    throw diag::Error(diag::ErrorKind::invalid,
                      "the query parameter 'sign' is cas or cas-software");
  const bool root = by == "cas";
  const auto key = authority_key(store, root ? Authority::root : Authority::software);
  response.headers.emplace_back(
      "CAS-Signature",
      fmt::format(R"(keyid="{}",alg="ecdsa-p256-sha256",sig="{}")",
                  root ? identity.key_hash() : identity.software_key_hash(),
                  crypto::base64(key.sign(signed_text(response.status, target, response.body)))));
}

}  // namespace sconectl::casd
