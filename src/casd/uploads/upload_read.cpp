// The first half of an upload: what the session says by itself.
#include "casd/uploads/upload.hpp"
#include "casd/uploads/upload_cost.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/certificate_print.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/placeholder.hpp"
#include "sconectl/session/signed_session.hpp"
#include "sconectl/session/write.hpp"

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

/// What a placeholder stands for is judged when it is used.
void refuse_short_token(const session::Session& session) {
  const auto* security = std::get_if<session::Security>(&session.security);
  if (security == nullptr || !security->service_access_token) return;
  const auto& token = *security->service_access_token;
  if (!session::whole_placeholder(token) && token.size() < session::shortest_access_token)
    throw Error(ErrorKind::invalid, "security.service_access_token has fewer than " +
                                        std::to_string(session::shortest_access_token) +
                                        " characters: it could be found out by trying");
}

/// What is stored has to be readable again, and its form is often longer than what was sent: names
/// are written out, and every value has a line of its own.
void refuse_unreadable(const Upload& upload) {
  if (upload.text.size() > session::most_text_bytes)
    throw Error(ErrorKind::invalid, "the session has " + std::to_string(upload.text.size()) +
                                        " bytes as it is stored; at most " +
                                        std::to_string(session::most_text_bytes) +
                                        " are possible: divide it into several sessions");
}

/// SL-347: whoever is named as creator without being the uploader should at least be seen.
void compare_creator(const session::Session& session, const session::Caller& caller,
                     std::vector<std::string>& warnings) {
  if (!session.creator || session.creator->signer || !caller.tls_key) return;
  if (crypto::certificate_print(session.creator->text).key != *caller.tls_key)
    warnings.emplace_back("creator: it is not the key that uploads this session");
}

/// Who sent the upload.
struct Sender {
  const Peer& peer;
  const session::Caller& caller;
};

void read_plain(const std::string& text, const Sender& sender, Upload& upload) {
  upload.session = parsed(text, upload.warnings);
  if (!sender.peer.certificate_pem) {
    upload.caller = {};
    return;
  }
  upload.caller = sender.caller;
  upload.session =
      session::with_certificate_as_creator(std::move(upload.session), *sender.peer.certificate_pem);
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

/// Who uploads an encrypted session may have only its file: the author is who signed it.
void read_decrypted(const std::string& content, Upload& upload) {
  switch (session::form_of(content)) {
    case session::Form::yaml:
      throw Error(ErrorKind::invalid,
                  "the encrypted session is not signed inside: whoever has the file could become "
                  "its creator",
                  {"sign it before it is encrypted ('session encrypt' does both)"});
    case session::Form::signed_session:
      return read_signed(content, upload);
    case session::Form::encrypted_session:
      throw Error(ErrorKind::invalid, "a session can be encrypted only once");
  }
}

std::string decrypted(const Identity& identity, const std::string& json) {
  const auto encrypted = session::parse_encrypted_session(json);
  const auto key = crypto::unhex(encrypted.encryption_key);
  const auto own = key ? identity.session_decryption_key(*key) : nullptr;
  if (!own)
    throw Error(ErrorKind::invalid, "the session is encrypted for another CAS",
                {"this CAS has the session encryption key " + identity.session_encryption_key()});
  try {
    return std::string(
        crypto::hpke_open(own->view(), encryption_info, "", encrypted.sealed).view());
  } catch (const Error&) {
    throw Error(ErrorKind::invalid, "the encrypted session can not be opened",
                {"its bytes were changed, or it was not encrypted with HPKE as this CAS expects"});
  }
}

void read_encrypted(const Identity& identity, const std::string& body, Upload& upload) {
  auto content = decrypted(identity, body);
  try {
    read_decrypted(content, upload);
  } catch (...) {
    crypto::wipe(content);
    throw;
  }
  crypto::wipe(content);
}

}  // namespace

Upload read_upload(const Identity& identity, const std::string& body, UploadForm form,
                   const Peer& peer, const session::Caller& sender) {
  if (body.empty()) throw Error(ErrorKind::invalid, "the request has no body");
  const bool encrypted = session::form_of(body) == session::Form::encrypted_session;
  if (form == UploadForm::encrypted && !encrypted)
    throw Error(ErrorKind::invalid,
                "an encrypted session is expected: {\"encrypted_session\": ..., "
                "\"encryption_key\": ...}");
  Upload upload;
  if (encrypted)
    read_encrypted(identity, body, upload);
  else if (session::form_of(body) == session::Form::signed_session)
    read_signed(body, upload);
  else
    read_plain(body, {peer, sender}, upload);
  refuse_costly(upload.session);
  refuse_short_token(upload.session);
  upload.text = session::text(upload.session);
  refuse_unreadable(upload);
  upload.hash = session::hash(upload.session);
  return upload;
}

}  // namespace sconectl::casd
