#include <fmt/core.h>

#include "action/mesh_files.hpp"
#include "sconectl/cas/seal.hpp"
#include "sconectl/session/compare.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/signed_session.hpp"
#include "sconectl/session/write.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::action {
namespace {

bool wants_signed(manifest::UploadMode mode) {
  return mode != manifest::UploadMode::upload;
}

/// What the last run left for a session.
struct Earlier {
  std::string signed_json;
  std::string predecessor;
  std::string encrypted_json;
};

Earlier earlier(System& system, const std::filesystem::path& directory,
                const cas::FileNames& names) {
  const auto text = [&](const std::string& name) {
    return system.files.read_if_exists(directory / name).value_or("");
  };
  return {text(names.signed_json), text(names.predecessor), text(names.encrypted_json)};
}

void sign(Artefact& artefact, const session::Session& session, const Earlier& before,
          const crypto::PrivateKey& key) {
  if (!before.signed_json.empty()) {
    const auto old = session::parse_signed_session(before.signed_json);
    if (session::same_meaning(session::parse_text("signed session of the last run", old.session),
                              session, {.predecessor = true, .creator = true})) {
      artefact.signed_json = before.signed_json;
      artefact.predecessor = before.predecessor;
      return;
    }
  }
  session::Session next = session;
  if (!before.predecessor.empty())
    next.predecessor = std::string(text::trimmed(before.predecessor));
  const cas::Sealed sealed = cas::signed_by(next, key);
  artefact.signed_json = sealed.body;
  artefact.predecessor = sealed.hash + "\n";
}

/// Encryption is never the same twice: what was encrypted from the same text for the same key
/// stays.
void encrypt(Artefact& artefact, const Earlier& before, const std::string& encryption_key) {
  if (encryption_key.empty()) return;
  if (artefact.signed_json == before.signed_json && !before.encrypted_json.empty() &&
      session::parse_encrypted_session(before.encrypted_json).encryption_key == encryption_key) {
    artefact.encrypted_json = before.encrypted_json;
    return;
  }
  artefact.encrypted_json = session::json(session::encrypt(artefact.signed_json, encryption_key));
}

}  // namespace

Artefacts make_artefacts(System& system, const MeshOptions& options, cas::ConfigFile& config,
                         const manifest::Cas& cas, const MeshCas& mesh_cas,
                         const std::vector<session::Session>& sessions) {
  Artefacts result;
  const auto directory = options.target / "session_files";
  const crypto::PrivateKey key = config.session_signing_key();
  int weight = 0;
  for (const session::Session& session : sessions) {
    Artefact artefact;
    artefact.session_name = session.name;
    artefact.yaml = session::text(session);
    if (wants_signed(cas.mode)) {
      const Earlier before = earlier(system, directory, cas::file_names(session.name));
      const cas::Address address = cas::parse_address(mesh_cas.address);
      sign(artefact, session, before, key);
      artefact.signed_manifest = cas::signed_manifest(
          session.name, address, weight, session::parse_signed_session(artefact.signed_json));
      encrypt(artefact, before, mesh_cas.encryption_key);
      if (!artefact.encrypted_json.empty()) {
        artefact.encrypted_manifest =
            cas::encrypted_manifest(session.name, address, weight,
                                    session::parse_encrypted_session(artefact.encrypted_json));
      }
    }
    ++weight;
    result.push_back(std::move(artefact));
  }
  return result;
}

}  // namespace sconectl::action
