#include "action/mesh_inputs.hpp"

#include <fmt/core.h>

#include "action/attestation.hpp"
#include "action/manifests.hpp"
#include "action/scone_image.hpp"
#include "action/session_files.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/host/similar_file.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/mesh/compose.hpp"
#include "sconectl/mesh/overrides.hpp"
#include "sconectl/yaml/parse.hpp"

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

/// A text that nobody else can guess and that is the same in every run and directory: a keyed hash
/// of the CAS, the session's name, and how often its token was replaced.
std::string access_token(const crypto::Secret& key, const std::string& cas_key,
                         const std::string& session, std::uint64_t generation) {
  return crypto::hex(crypto::view(crypto::hmac_sha256(
      key.view(),
      fmt::format("sconectl service access token v2\n{}\n{}\n{}", cas_key, session, generation))));
}

/// As they were before they were bound to a CAS.
std::string first_access_token(const crypto::Secret& key, const std::string& session) {
  return crypto::hex(crypto::view(
      crypto::hmac_sha256(key.view(), "sconectl service access token v1\n" + session)));
}

/// What is beside the session file was put there by the user; not if an earlier run has made it, or
/// a dry run that showed what it would make.
bool is_own_token(const std::string& token, const crypto::Secret& key, const std::string& cas_key,
                  const std::string& session, std::uint64_t generation) {
  if (token.empty() || token == first_access_token(key, session)) return false;
  for (std::uint64_t other = 0; other <= generation + 1; ++other)
    if (token == access_token(key, cas_key, session, other)) return false;
  return true;
}

std::vector<yaml::Value> overrides(const System& system, const MeshOptions& options) {
  std::vector<yaml::Value> result;
  for (const std::filesystem::path& path : options.value_files) {
    const auto text = system.files.read_if_exists(path, policy_file_limit);
    if (!text)
      throw diag::Error(diag::ErrorKind::unavailable,
                        fmt::format("--values: there is no file '{}'{}", path.string(),
                                    host::did_you_mean_file(system.files, path.string())));
    result.push_back(yaml::parse_document(path.string(), *text));
    if (result.back().is_mapping()) continue;
    diag::Diagnostics out;
    out.error(result.back().location(), "values are a mapping: service to values of its chart");
    out.throw_if_errors();
  }
  for (const std::string& assignment : options.set_values)
    result.push_back(mesh::assigned_value(assignment));
  return result;
}

std::string generation_name(const MeshInputs& inputs) {
  return inputs.cas.key_hash + "/" +
         mesh::name_space_of(inputs.mesh, inputs.options.policy_namespace);
}

/// One per service. A token that the user has put beside the session file wins, for the CAS that it
/// was put there for and until all are replaced.
void set_tokens(MeshInputs& inputs, const crypto::PrivateKey& signing_key,
                std::uint64_t generation) {
  const crypto::Secret key = signing_key.pkcs8_der();
  const std::string& cas_key = inputs.cas.key_hash;
  const std::string name_space = mesh::name_space_of(inputs.mesh, inputs.options.policy_namespace);
  for (std::size_t i = 0; i < inputs.mesh.services.size(); ++i) {
    const auto& facts = inputs.facts.images[i];
    if (!facts) continue;
    const std::string session =
        name_space + "/" + mesh::service_name(inputs.mesh.services[i], *facts);
    const auto kept = inputs.kept.find(environment_file_name(session));
    std::string token = kept == inputs.kept.end() || inputs.options.new_access_tokens
                            ? ""
                            : mesh::access_token_in(kept->second.bytes, cas_key);
    if (!is_own_token(token, key, cas_key, session, generation))
      token = access_token(key, cas_key, session, generation);
    inputs.tokens.insert_or_assign(session, std::move(token));
  }
}

std::uint64_t recorded_generation(const cas::Config& state, const MeshInputs& inputs) {
  const auto found = state.token_generations.find(generation_name(inputs));
  return found == state.token_generations.end() ? 0 : found->second;
}

/// Recorded before the new tokens are written anywhere: the old ones never come back.
std::uint64_t next_generation(cas::ConfigFile& config, const MeshInputs& inputs) {
  return recorded_generation(config.update([&](cas::Config& state) {
    ++state.token_generations[generation_name(inputs)];
  }),
                             inputs);
}

void set_identity(MeshInputs& inputs, const cas::Identity& identity,
                  const crypto::PrivateKey& signing_key, std::uint64_t generation) {
  inputs.creator_key_hash = identity.key_hash();
  inputs.session_signing_key = signing_key.public_key().spki_pem();
  set_tokens(inputs, signing_key, generation);
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
  inputs.overrides = overrides(system, options);
  const auto files = host::files_beneath(system.files, options.target);
  inputs.kept = session_files(*files, options.target / session_directory);
  inputs.rollout = kept_record(inputs.kept);
  for (const auto& image : inputs.facts.images)
    if (image && image->fspf)
      if (auto key =
              kept_fspf_key(*files, options.target / "images" / image->name, image->fspf->tag))
        inputs.fspf_keys[image->fspf->tag] = *std::move(key);
  const cas::Config state = config.load();
  if (state.identity && state.session_signing_key)
    set_identity(inputs, *state.identity, *state.session_signing_key,
                 recorded_generation(state, inputs) + (options.new_access_tokens ? 1 : 0));
  return inputs;
}

MeshInputs with_some_identity(MeshInputs inputs) {
  set_identity(inputs, cas::make_identity(), crypto::PrivateKey::generate(crypto::KeyType::ed25519),
               0);
  return inputs;
}

bool complete(System& system, cas::ConfigFile& config, MeshInputs& inputs) {
  bool changed = false;
  if (inputs.creator_key_hash.empty()) {
    set_identity(inputs, config.identity(), config.session_signing_key(),
                 recorded_generation(config.load(), inputs));
    changed = true;
  }
  if (inputs.options.dry_run) return changed;
  MeshCas trusted = trusted_cas(system, config, session_cas(inputs.mesh), inputs.options);
  const bool other = trusted != inputs.cas;
  inputs.cas = std::move(trusted);
  if (!other && !inputs.options.new_access_tokens) return changed;
  set_tokens(inputs, config.session_signing_key(),
             inputs.options.new_access_tokens ? next_generation(config, inputs)
                                              : recorded_generation(config.load(), inputs));
  return true;
}

}  // namespace sconectl::action
