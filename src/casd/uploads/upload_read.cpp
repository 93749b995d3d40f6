// The first half of an upload: what the session says by itself.
#include "casd/uploads/unsupported.hpp"
#include "casd/uploads/upload.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/signed_session.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::string_view encryption_info = "open-cas encrypted session v1";  // RA-046

/// The session that the text holds; warnings go to the reply.
session::Session parsed(const std::string& text, std::vector<std::string>& warnings) {
  diag::Diagnostics found;
  auto session = session::parse_text("session", text, &found);
  for (const auto& warning : found.warnings()) warnings.push_back(warning.line());
  return session;
}

/// SL-347: whoever is named as creator without being the uploader should at least be seen.
void compare_creator(const session::Session& session, const session::Caller& caller,
                     std::vector<std::string>& warnings) {
  if (!session.creator || session.creator->signer || !caller.tls_key) return;
  const auto certificate = crypto::Certificate::from_pem(session.creator->text);
  if (crypto::key_digest(certificate.public_key()) != *caller.tls_key)
    warnings.emplace_back("creator: it is not the key that uploads this session");
}

void read_plain(const std::string& text, const Call& call, Upload& upload) {
  upload.session = parsed(text, upload.warnings);
  if (!call.request.peer.certificate_pem) {
    upload.caller = {};
    return;
  }
  upload.caller = call.caller;
  upload.session = session::with_certificate_as_creator(std::move(upload.session),
                                                        *call.request.peer.certificate_pem);
  compare_creator(upload.session, upload.caller, upload.warnings);
}

void read_signed(const std::string& json, Upload& upload) {
  const auto signed_session = session::parse_signed_session(json);
  upload.session = parsed(signed_session.session, upload.warnings);
  upload.caller.signers = session::verified_signers(signed_session, upload.session);
  if (session::needs_creator(upload.session))
    throw Error(
        ErrorKind::invalid,
        "the signed session's access policy refers to CREATOR, but it names no creator; set "
        "'creator: {signer: ...}' before signing (the CAS can not add it to signed bytes)");
  upload.signed_json = json;
}

void read_opened(const std::string& content, const Call& call, Upload& upload) {
  switch (session::form_of(content)) {
    case session::Form::yaml:
      return read_plain(content, call, upload);
    case session::Form::signed_session:
      return read_signed(content, upload);
    case session::Form::encrypted_session:
      throw Error(ErrorKind::invalid, "a session can be encrypted only once");
  }
}

std::string decrypted(const CasState& state, const std::string& json) {
  const auto encrypted = session::parse_encrypted_session(json);
  const auto key = crypto::unhex(encrypted.encryption_key);
  const auto& own = state.identity.session_encryption_key();
  if (!key || crypto::hex(*key) != own)
    throw Error(ErrorKind::invalid, "the session is encrypted for another CAS",
                {"this CAS has the session encryption key " + own});
  try {
    return std::string(crypto::hpke_open(state.identity.session_decryption_key(), encryption_info,
                                         "", encrypted.sealed)
                           .view());
  } catch (const Error&) {
    throw Error(ErrorKind::invalid, "the encrypted session can not be opened",
                {"its bytes were changed, or it was not encrypted with HPKE as this CAS expects"});
  }
}

Upload finished(Upload upload) {
  refuse_unsupported(upload.session);
  upload.hash = session::hash(upload.session);
  return upload;
}

void refuse_empty(const Call& call) {
  if (call.request.body.empty()) throw Error(ErrorKind::invalid, "the request has no body");
}

}  // namespace

Upload read_upload(const CasState& state, const Call& call) {
  refuse_empty(call);
  const auto& body = call.request.body;
  if (session::form_of(body) == session::Form::encrypted_session)
    return read_encrypted_upload(state, call);
  Upload upload;
  read_opened(body, call, upload);
  return finished(std::move(upload));
}

Upload read_encrypted_upload(const CasState& state, const Call& call) {
  refuse_empty(call);
  if (session::form_of(call.request.body) != session::Form::encrypted_session)
    throw Error(ErrorKind::invalid,
                "an encrypted session is expected: {\"encrypted_session\": ..., "
                "\"encryption_key\": ...}");
  Upload upload;
  auto content = decrypted(state, call.request.body);
  try {
    read_opened(content, call, upload);
  } catch (...) {
    crypto::wipe(content);
    throw;
  }
  crypto::wipe(content);
  return finished(std::move(upload));
}

}  // namespace sconectl::casd
