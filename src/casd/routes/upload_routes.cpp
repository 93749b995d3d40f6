// Uploading and checking sessions (RA-025, RA-026, RA-034).
#include "casd/routes/routes.hpp"
#include "casd/uploads/upload.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

Response stored(CasState& state, Upload upload) {
  store_upload(state, upload);
  return json_response(201, cas::encode(cas::SessionAccepted{upload.hash, upload.warnings}));
}

}  // namespace

// The Authorization of the router knows only the TLS caller; store_upload() asks with the signers
// of a signed upload instead (RA-042), and only its answer opens the store.
Response upload_session(CasState& state, const Call& call, SecretReader&, const Authorization&) {
  return stored(state, read_upload(state, call));
}

Response upload_encrypted_session(CasState& state, const Call& call, SecretReader&,
                                  const Authorization&) {
  return stored(state, read_encrypted_upload(state, call));
}

Response check_session(CasState& state, const Call& call, SecretReader&, const Authorization&) {
  if (!call.request.peer.certificate_pem)
    throw diag::Error(diag::ErrorKind::unauthenticated,
                      "checking a session needs a TLS client certificate");
  const auto upload = read_upload(state, call);
  return json_response(200, cas::encode(cas::SessionAccepted{upload.hash, upload.warnings}));
}

}  // namespace sconectl::casd
