#include "sconectl/action/apply_mesh.hpp"

#include <fmt/core.h>

#include "action/attestation.hpp"
#include "action/manifests.hpp"
#include "action/mesh_cas.hpp"
#include "action/mesh_facts.hpp"
#include "action/mesh_files.hpp"
#include "action/mesh_upload.hpp"
#include "sconectl/cas/seal.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/mesh/chart.hpp"
#include "sconectl/mesh/compose.hpp"
#include "sconectl/mesh/defaults.hpp"
#include "sconectl/mesh/names.hpp"
#include "sconectl/mesh/sessions.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t policy_file_limit = std::size_t{4} << 20U;

std::string namespace_of(const manifest::Mesh& mesh, const MeshOptions& options) {
  return options.policy_namespace.empty() ? mesh.policy.name_space.text : options.policy_namespace;
}

/// One text per service that nobody else can guess and that is the same in every run: a keyed hash
/// of the session's name. One that was kept beside the session file wins, so that a token which the
/// user replaced stays.
std::map<std::string, std::string> tokens(System& system, cas::ConfigFile& config,
                                          const manifest::Mesh& mesh,
                                          const std::vector<std::optional<image::Facts>>& facts,
                                          const MeshOptions& options) {
  std::map<std::string, std::string> result;
  const crypto::Secret key = config.session_signing_key().pkcs8_der();
  for (std::size_t i = 0; i < mesh.services.size(); ++i) {
    if (!facts[i]) continue;
    const auto& given = mesh.services[i].name;
    const std::string session =
        namespace_of(mesh, options) + "/" + (given ? given->text : facts[i]->name);
    const auto kept = system.files.read_if_exists(environment_path(options.target, session));
    std::string token = kept ? mesh::access_token_in(*kept) : "";
    if (token.empty()) {
      const auto digest =
          crypto::hmac_sha256(key.view(), "sconectl service access token v1\n" + session);
      token = crypto::hex(crypto::view(digest));
    }
    result.emplace(session, std::move(token));
  }
  return result;
}

/// Reads the files and charts that the mesh names for the services that are known.
void read_files(System& system, const manifest::Mesh& mesh,
                const std::vector<std::optional<image::Facts>>& facts, mesh::Options& options) {
  for (std::size_t i = 0; i < mesh.services.size(); ++i) {
    const manifest::MeshService& service = mesh.services[i];
    if (!facts[i]) continue;
    for (const auto* file : {&service.env, &service.image_policy, &service.image_secrets}) {
      if (*file && options.files.count((*file)->text) == 0)
        options.files[(*file)->text] = system.files.read((*file)->text, policy_file_limit);
    }
    if (service.helm_chart && options.charts.count(service.helm_chart->text) == 0)
      options.charts[service.helm_chart->text] = text_tree(system.files, service.helm_chart->text);
  }
}

/// A mesh with all that was looked up for it.
struct Prepared {
  manifest::Mesh mesh;
  const manifest::Cas* cas = nullptr;
  MeshCas mesh_cas;
  mesh::Options options;
  std::vector<std::optional<image::Facts>> facts;
};

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

void prepare(System& system, cas::ConfigFile& config, const MeshOptions& options, bool contact,
             Prepared& result) {
  result.cas = &session_cas(result.mesh);
  MeshOptions look_up = options;
  look_up.dry_run = !contact;
  result.facts = mesh_facts(system, result.mesh, look_up);
  result.mesh_cas = contact ? trusted_cas(system, config, *result.cas, options)
                            : recorded_cas(system, config, *result.cas, options);
  result.options.release = options.release;
  result.options.policy_namespace = options.policy_namespace;
  result.options.mode = options.mode;
  result.options.cas_address = result.mesh_cas.service_address;
  result.options.cas_key = result.mesh_cas.key_hash;
  result.options.access_tokens = options.access_tokens;
  result.options.attestation_demands = attestation_demands(system, options.require_attestation);
  result.options.creator_key_hash = config.identity().key_hash();
  result.options.session_signing_key = config.session_signing_key().public_key().spki_pem();
  result.options.tokens = tokens(system, config, result.mesh, result.facts, options);
  read_files(system, result.mesh, result.facts, result.options);
}

void finish_diagnostics(System& system, const diag::Diagnostics& out) {
  out.throw_if_errors();
  for (const diag::Diagnostic& warning : out.warnings()) system.warn(warning);
}

}  // namespace

AppliedMesh apply_mesh(System& system, const Document& document, const MeshOptions& options) {
  cas::ConfigFile config = config_file(system, options);
  Prepared prepared;
  prepared.mesh =
      std::get<manifest::Mesh>(parsed_manifest(system, document, options.substitutions));
  if (session_cas(prepared.mesh).mode == manifest::UploadMode::sign_online)
    throw diag::Error(
        diag::ErrorKind::unsupported,
        "upload mode SignOnline needs a signing ceremony server and is not built in; use "
        "SignedManifest and sign with 'session sign'");
  if (session_cas(prepared.mesh).mode == manifest::UploadMode::encrypted_only) {
    system.warn({diag::Severity::warning, session_cas(prepared.mesh).mode_at,
                 "mode EncryptedOnly does not remove the other forms of the sessions yet"});
  }
  const auto lock = lock_target(system, options.target);
  prepare(system, config, options, !options.dry_run, prepared);

  diag::Diagnostics out;
  const mesh::Application application =
      mesh::resolve(prepared.mesh, prepared.facts, prepared.options, out);
  std::vector<session::Session> sessions;
  mesh::Chart chart;
  if (!out.has_errors()) {
    sessions = mesh::sessions(application, prepared.options, out);
    chart = mesh::chart(application, prepared.options, out);
  }
  finish_diagnostics(system, out);

  AppliedMesh result;
  result.release = application.release;
  if (result.release.empty()) result.release = mesh::release_name(application.name_space);
  if (result.release.empty()) result.release = "application";
  result.cas = prepared.mesh_cas.address;
  const Artefacts artefacts =
      make_artefacts(system, options, config, *prepared.cas, prepared.mesh_cas, sessions);
  add_hooks(chart, *prepared.cas, artefacts);
  write_mesh_files(system, options, application, artefacts, chart, result);
  upload_sessions(system, config, *prepared.cas, prepared.mesh_cas, sessions, options, result);
  return result;
}

std::string mesh_defaults(System& system, const Document& document, const MeshOptions& options) {
  cas::ConfigFile config = config_file(system, options);
  Prepared prepared;
  prepared.mesh =
      std::get<manifest::Mesh>(parsed_manifest(system, document, options.substitutions));
  prepare(system, config, options, false, prepared);
  diag::Diagnostics ignored;  // missing values are what the reader wants to see
  const mesh::Application application =
      mesh::resolve(prepared.mesh, prepared.facts, prepared.options, ignored);
  diag::Diagnostics out;
  return mesh::with_defaults(substituted(system, document, options.substitutions, out),
                             application);
}

}  // namespace sconectl::action
