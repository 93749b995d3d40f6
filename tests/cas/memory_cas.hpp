// A small CAS in memory: keeps the versions of sessions and fills in the creator, no policies.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sconectl/cas/identity.hpp"
#include "sconectl/cas/upload.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/signed_session.hpp"
#include "sconectl/session/write.hpp"
#include "sconectl/text/percent.hpp"
#include "scripted_http.hpp"

namespace sconectl::test {

class MemoryCas {
 public:
  explicit MemoryCas(cas::Identity client) : client_(std::move(client)) {}

  bool readable = true;                      ///< false: 403 for reads, hashes are still public
  std::string lie_hash;                      ///< if set, the hash in replies to uploads
  int creates = 0;                           ///< accepted uploads
  std::vector<std::string> extensions = {};  ///< of the language, as it announces them
  crypto::X25519Pair session_encryption = crypto::generate_x25519();

  /// Stores a version as if somebody had uploaded it.
  std::string store(session::Session session) {
    session = cas::with_creator(std::move(session), client_);
    const std::string hash = session::hash(session);
    versions_[session.name].push_back(std::move(session));
    return hash;
  }
  [[nodiscard]] const std::vector<session::Session>& versions(const std::string& name) {
    return versions_[name];
  }

  host::HttpResponse operator()(const host::HttpRequest& request) {
    try {
      return answer(request);
    } catch (const diag::Error& error) {
      return {cas::http_status(error.kind()), {}, cas::encode(cas::error_body(error, "1")), {}};
    }
  }

 private:
  const session::Session& active(const std::string& name) {
    const auto found = versions_.find(name);
    if (found == versions_.end() || found->second.empty())
      throw diag::Error(diag::ErrorKind::not_found, std::string(cas::message::session_not_found));
    return found->second.back();
  }

  host::HttpResponse answer(const host::HttpRequest& request) {
    const std::string target =
        text::percent_decoded(request.url.substr(request.url.find('/', 8))).value();
    if (request.method != "GET") return upload(request.body);
    if (target == cas::path::version)
      return {200, {}, cas::encode(cas::Version{"7.0.0", "", {}, extensions}), {}};
    if (target.starts_with(cas::path::session_hashes)) {
      const auto& session = active(target.substr(cas::path::session_hashes.size()));
      return {200, {}, cas::encode(cas::HashReply{session::hash(session), false}), {}};
    }
    const auto& session = active(target.substr(cas::path::one_session.size()));
    if (!readable) throw diag::Error(diag::ErrorKind::refused, "no permission to read");
    return {200,
            {},
            cas::encode(cas::SessionText{session::text(session), session::hash(session), {}}),
            {}};
  }

  host::HttpResponse upload(const std::string& body) {
    std::string text = body;
    if (session::form_of(text) == session::Form::encrypted_session) {
      const auto encrypted = session::parse_encrypted_session(text);
      text = crypto::hpke_open(session_encryption.private_key.view(),
                               "open-cas encrypted session v1", "", encrypted.sealed)
                 .view();
    }
    if (session::form_of(text) == session::Form::signed_session) {
      const auto signed_session = session::parse_signed_session(text);
      text = signed_session.session;
      (void)session::verified_signers(signed_session, session::parse_text("upload", text));
    }
    session::Session session = session::parse_text("upload", text);
    const bool exists = !versions_[session.name].empty();
    if (exists != session.predecessor.has_value() ||
        (exists && session::hash(versions_[session.name].back()) != session.predecessor))
      throw diag::Error(diag::ErrorKind::conflict, std::string(cas::message::session_exists));
    ++creates;
    const std::string hash = store(std::move(session));
    return {201, {}, cas::encode(cas::SessionAccepted{lie_hash.empty() ? hash : lie_hash, {}}), {}};
  }

  cas::Identity client_;
  std::map<std::string, std::vector<session::Session>> versions_;
};

}  // namespace sconectl::test
