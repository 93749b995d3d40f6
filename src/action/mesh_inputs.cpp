#include "action/mesh_inputs.hpp"

#include <fmt/core.h>

#include "action/attestation.hpp"
#include "action/manifests.hpp"
#include "action/session_files.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/host/similar_file.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/mesh/compose.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t policy_file_limit = std::size_t{4} << 20U;

/// Reads what the services that are known name, and collects what is not there.
class NamedFiles {
 public:
  NamedFiles(const System& system, MeshInputs& inputs) : system_(system), inputs_(inputs) {}

  void read() {
    for (std::size_t i = 0; i < inputs_.mesh.services.size(); ++i) {
      const manifest::MeshService& service = inputs_.mesh.services[i];
      if (!inputs_.facts.images[i]) continue;
      add_file(service.env, "env");
      add_file(service.image_policy, "image_policy");
      add_file(service.image_secrets, "image_secrets");
      add_chart(service.helm_chart);
    }
    if (missing_.empty()) return;
    throw diag::Error(diag::ErrorKind::unavailable, "files that the mesh names are missing",
                      missing_);
  }

 private:
  void add_file(const std::optional<manifest::Text>& name, std::string_view field) {
    if (!name || inputs_.files.count(name->text) > 0) return;
    if (auto text = system_.files.read_if_exists(name->text, policy_file_limit)) {
      inputs_.files[name->text] = *std::move(text);
    } else {
      add_missing(*name, field);
    }
  }

  void add_chart(const std::optional<manifest::Text>& name) {
    if (!name || inputs_.charts.count(name->text) > 0) return;
    if (system_.files.is_directory(name->text)) {
      inputs_.charts[name->text] = text_tree(system_.files, name->text);
    } else {
      add_missing(*name, "helm_chart");
    }
  }

  void add_missing(const manifest::Text& name, std::string_view field) {
    missing_.push_back(fmt::format("{}: '{}' names '{}', which does not exist{}", name.at.text(),
                                   field, name.text,
                                   host::did_you_mean_file(system_.files, name.text)));
  }

  const System& system_;
  MeshInputs& inputs_;
  std::vector<std::string> missing_;
};

/// One text per service that nobody else can guess and that is the same in every run: a keyed hash
/// of the session's name. One that was kept beside the session file wins, so that a token which the
/// user replaced stays.
void set_tokens(MeshInputs& inputs, const crypto::PrivateKey& signing_key) {
  const crypto::Secret key = signing_key.pkcs8_der();
  const std::string name_space = mesh::name_space_of(inputs.mesh, inputs.options.policy_namespace);
  for (std::size_t i = 0; i < inputs.mesh.services.size(); ++i) {
    const auto& facts = inputs.facts.images[i];
    if (!facts) continue;
    const std::string session =
        name_space + "/" + mesh::service_name(inputs.mesh.services[i], *facts);
    const auto kept = inputs.kept.find(environment_file_name(session));
    std::string token = kept == inputs.kept.end() ? "" : mesh::access_token_in(kept->second.bytes);
    if (token.empty()) {
      const auto digest =
          crypto::hmac_sha256(key.view(), "sconectl service access token v1\n" + session);
      token = crypto::hex(crypto::view(digest));
    }
    inputs.tokens.insert_or_assign(session, std::move(token));
  }
}

void set_identity(MeshInputs& inputs, const cas::Identity& identity,
                  const crypto::PrivateKey& signing_key) {
  inputs.creator_key_hash = identity.key_hash();
  inputs.session_signing_key = signing_key.public_key().spki_pem();
  set_tokens(inputs, signing_key);
}

}  // namespace

const manifest::Cas& session_cas(const manifest::Mesh& mesh) {
  const manifest::Cas* cas = mesh.role("cas");
  if (cas == nullptr && !mesh.cas.empty()) cas = &mesh.cas.front();
  if (cas == nullptr) {
    diag::Diagnostics out;
    out.error(mesh.at,
              "'cas' names no CAS: add one with name 'cas' and a 'cas_url' (or 'embedded')");
    out.throw_if_errors();
  }
  return *cas;
}

MeshInputs mesh_inputs(const System& system, const cas::ConfigFile& config, manifest::Mesh mesh,
                       MeshFacts facts, const MeshOptions& options) {
  MeshInputs inputs;
  inputs.mesh = std::move(mesh);
  inputs.options = options;
  inputs.facts = std::move(facts);
  inputs.cas = recorded_cas(system, config, session_cas(inputs.mesh), options);
  inputs.attestation_demands = attestation_demands(system, options.require_attestation);
  NamedFiles(system, inputs).read();
  const auto files = host::files_beneath(system.files, options.target);
  inputs.kept = session_files(*files, options.target / session_directory);
  const cas::Config state = config.load();
  if (state.identity && state.session_signing_key)
    set_identity(inputs, *state.identity, *state.session_signing_key);
  return inputs;
}

MeshInputs with_some_identity(MeshInputs inputs) {
  set_identity(inputs, cas::make_identity(),
               crypto::PrivateKey::generate(crypto::KeyType::ed25519));
  return inputs;
}

bool complete(System& system, cas::ConfigFile& config, MeshInputs& inputs) {
  bool changed = false;
  if (inputs.creator_key_hash.empty()) {
    set_identity(inputs, config.identity(), config.session_signing_key());
    changed = true;
  }
  if (inputs.options.dry_run) return changed;
  MeshCas trusted = trusted_cas(system, config, session_cas(inputs.mesh), inputs.options);
  if (trusted == inputs.cas) return changed;
  inputs.cas = std::move(trusted);
  return true;
}

}  // namespace sconectl::action
