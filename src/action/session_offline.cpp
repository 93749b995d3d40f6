#include "sconectl/action/session_offline.hpp"

#include "sconectl/action/cas_attest.hpp"
#include "sconectl/cas/seal.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/check.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t key_file_limit = std::size_t{1} << 16U;

/// The certificate that stands for a TLS identity; of --identity a certificate alone is enough
/// (CL-017).
std::string creator_certificate(System& system, cas::ConfigFile& config,
                                const std::optional<std::string>& identity_file) {
  if (!identity_file) return config.identity().certificate.pem();
  const crypto::Secret pem(system.files.read(*identity_file, key_file_limit));
  return crypto::Certificate::from_pem(pem.view()).pem();
}

/// Signs with our key. The signer becomes the creator where one is needed, which the rest of the
/// session must allow (SL-267): better said here than by the CAS.
std::string signed_json(const session::Session& session, const crypto::PrivateKey& key) {
  diag::Diagnostics out;
  session::check(session::with_signer_as_creator(session, key.public_key().spki_pem()), out);
  out.throw_if_errors();
  return cas::signed_by(session, key).body;
}

/// The signed session of the input; a template becomes one without signatures.
session::SignedSession to_be_signed(const LoadedSession& loaded, const session::Session& session) {
  if (loaded.signed_session) return *loaded.signed_session;
  return {session::text(session), {}};
}

}  // namespace

std::string calculate_hash(System& system, cas::ConfigFile& config, const SessionInput& input,
                           SelfAsCreator self_as_creator,
                           const std::optional<std::string>& identity_file) {
  const LoadedSession loaded = load_session(system, input);
  session::Session session = readable_session(loaded);
  if (loaded.signed_session) return session::hash(session);
  if (self_as_creator == SelfAsCreator::tls) {
    session = session::with_certificate_as_creator(
        session, creator_certificate(system, config, identity_file));
  } else if (self_as_creator == SelfAsCreator::signer) {
    session = session::with_signer_as_creator(session,
                                              config.session_signing_key().public_key().spki_pem());
  }
  if (session::needs_creator(session)) {
    throw diag::Error(
        diag::ErrorKind::invalid,
        "Cannot calculate session hash! The session, explicitly or through the default "
        "access policy, references its creator. Use '--with-self-as-creator tls' (or "
        "'signer') if you will upload (or sign) it yourself, or set 'creator'");
  }
  return session::hash(session);
}

std::string sign(System& system, cas::ConfigFile& config, const SessionInput& input) {
  const LoadedSession loaded = load_session(system, input);
  const crypto::PrivateKey key = config.session_signing_key();
  session::Session session = readable_session(loaded);
  if (!loaded.signed_session) return signed_json(session, key);
  session::SignedSession result = *loaded.signed_session;
  session::add_signature(
      result, session,
      {key.public_key().spki_pem(), key.sign(session::message_to_be_signed(session))});
  return session::json(result);
}

std::string signer_key(System& system, const std::string& file) {
  try {
    return crypto::PublicKey::from_pem(system.files.read(file, key_file_limit)).spki_pem();
  } catch (const diag::Error& error) {
    throw error.within("signer '" + file + "'");
  }
}

std::string message_to_be_signed(System& system, const SessionInput& input,
                                 const std::optional<std::string>& signer_file) {
  session::Session session = readable_session(load_session(system, input));
  if (signer_file)
    session = session::with_signer_as_creator(session, signer_key(system, *signer_file));
  if (session::needs_creator(session)) {
    throw diag::Error(
        diag::ErrorKind::invalid,
        "the session refers to its creator: name the SIGNER, who becomes the creator");
  }
  return session::message_to_be_signed(session);
}

std::string add_signature(System& system, const SessionInput& input, const std::string& signer_file,
                          const std::string& signature) {
  const LoadedSession loaded = load_session(system, input);
  const std::string signer = signer_key(system, signer_file);
  session::Session session = readable_session(loaded);
  if (!loaded.signed_session) session = session::with_signer_as_creator(session, signer);
  session::SignedSession result = to_be_signed(loaded, session);
  session::add_signature(result, session, {signer, signature});
  return session::json(result);
}

std::string encrypt(System& system, cas::ConfigFile& config, const SessionInput& input,
                    const std::string& cas_key) {
  const LoadedSession loaded = load_session(system, input);
  const std::string plaintext =
      loaded.signed_session ? loaded.text
                            : signed_json(readable_session(loaded), config.session_signing_key());
  return session::json(session::encrypt(plaintext, cas_key));
}

}  // namespace sconectl::action
