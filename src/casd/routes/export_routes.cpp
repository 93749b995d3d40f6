// Secrets for sessions of other CASes (SL-188).
#include "casd/routes/routes.hpp"
#include "casd/secrets/exported_material.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t longest_chain = 8;

/// What the connection proved, then what leads from there to the CAS's key. Whether it does is
/// judged for the key that an export names.
std::vector<std::string> certificates_of(const Call& call, const cas::ExportRequest& request) {
  if (!call.request.peer.certificate_pem)
    throw Error(ErrorKind::unauthenticated,
                "a CAS asks for a secret with the certificate of its server");
  std::vector<std::string> result{*call.request.peer.certificate_pem};
  for (const auto& certificate : crypto::certificates_from_pem(request.cas_chain))
    result.push_back(certificate.pem());
  if (result.size() > longest_chain)
    throw Error(ErrorKind::invalid, "the chain of certificates is too long");
  return result;
}

}  // namespace

Response export_secret(CasState& state, const Call& call, SecretReader& secrets,
                       const Authorization&) {
  const auto request = cas::decode_export_request(call.request.body);
  const auto chain = certificates_of(call, request);
  const Importer importer{request.importer, request.importer_hash, chain};
  const auto material = secrets.read_for(importer, request.passed_on, request.session,
                                         request.session_hash, request.secret);
  state.log(
      Level::info, "secret given to another CAS",
      {{"session", request.session}, {"secret", request.secret}, {"importer", request.importer}});
  return json_response(200, cas::encode(cas::ExportReply{crypto::hpke_seal(
                                request.public_key, cas::export_seal_info(request), "",
                                secrets::encode_exported(*material).view())}));
}

}  // namespace sconectl::casd
