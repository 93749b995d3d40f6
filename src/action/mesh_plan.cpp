#include "action/mesh_plan.hpp"

#include <fmt/core.h>

#include "action/session_files.hpp"
#include "sconectl/cas/seal.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/mesh/application.hpp"
#include "sconectl/mesh/compose.hpp"
#include "sconectl/mesh/names.hpp"
#include "sconectl/mesh/sessions.hpp"
#include "sconectl/session/compare.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/signed_session.hpp"
#include "sconectl/session/write.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::action {
namespace {

using manifest::UploadMode;

std::string kept(const MeshInputs& inputs, const std::string& name) {
  const auto found = inputs.kept.find(name);
  return found == inputs.kept.end() ? "" : found->second.bytes;
}

/// The session in a signed form of the last run; one that was changed since is refused.
session::Session signed_before(const std::string& file, const std::string& text) {
  try {
    const session::SignedSession signed_session = session::parse_signed_session(text);
    session::Session result = session::parse_text(file, signed_session.session);
    (void)session::verified_signers(signed_session, result);
    return result;
  } catch (const diag::Error& error) {
    throw error.within(
        fmt::format("'{}/{}' is not what an earlier run signed; remove it to sign "
                    "again",
                    session_directory, file));
  }
}

/// Signatures and encryptions are never the same twice: what says the same already stays.
void keep_forms(PlannedSession& planned, const MeshInputs& inputs) {
  const cas::FileNames names = cas::file_names(planned.session.name);
  const std::string signed_json = kept(inputs, names.signed_json);
  const std::string predecessor = kept(inputs, names.predecessor);
  planned.to_be_signed = planned.session;
  if (!predecessor.empty())
    planned.to_be_signed.predecessor = std::string(text::trimmed(predecessor));
  if (signed_json.empty()) return;
  if (!session::same_meaning(signed_before(names.signed_json, signed_json), planned.session,
                             {.predecessor = true, .creator = true}))
    return;
  planned.kept_signed = signed_json;
  planned.kept_predecessor = predecessor;
  const std::string encrypted = kept(inputs, names.encrypted_json);
  if (!encrypted.empty() &&
      session::parse_encrypted_session(encrypted).encryption_key == inputs.cas.encryption_key)
    planned.kept_encrypted = encrypted;
}

Delivery delivery_of(UploadMode mode, bool dry_run) {
  if (dry_run) return Delivery::none;
  if (mode == UploadMode::upload) return Delivery::cas;
  return mode == UploadMode::signed_manifest ? Delivery::cluster : Delivery::none;
}

void check_mode(const manifest::Cas& cas, diag::Diagnostics& out) {
  if (cas.mode == UploadMode::sign_online)
    throw diag::Error(
        diag::ErrorKind::unsupported,
        "upload mode SignOnline needs a signing ceremony server and is not built in; use "
        "SignedManifest and sign with 'session sign'");
  if (cas.mode == UploadMode::encrypted_only)
    out.warning(cas.mode_at,
                "mode EncryptedOnly does not remove the other forms of the sessions yet");
}

/// A name for `helm install`, whatever the user said.
std::string release_for(const mesh::Application& application) {
  if (!application.release.empty()) return application.release;
  std::string name = mesh::release_name(application.name_space);
  return name.empty() ? "application" : name;
}

void add_sessions(MeshPlan& plan, const MeshInputs& inputs,
                  std::vector<session::Session> sessions) {
  for (session::Session& session : sessions) {
    PlannedSession planned;
    planned.yaml = session::text(session);
    planned.session = std::move(session);
    if (plan.mode != UploadMode::upload) keep_forms(planned, inputs);
    plan.sessions.push_back(std::move(planned));
  }
}

}  // namespace

mesh::Options join_options(const MeshInputs& inputs) {
  mesh::Options result;
  result.release = inputs.options.release;
  result.policy_namespace = inputs.options.policy_namespace;
  result.mode = inputs.options.mode;
  result.cas_address = inputs.cas.service_address;
  result.cas_key = inputs.cas.key_hash;
  result.creator_key_hash = inputs.creator_key_hash;
  result.session_signing_key = inputs.session_signing_key;
  result.tokens = inputs.tokens;
  result.access_tokens = inputs.options.access_tokens;
  result.signed_sessions = session_cas(inputs.mesh).mode != UploadMode::upload;
  result.attestation_demands = inputs.attestation_demands;
  result.files = inputs.files;
  result.charts = inputs.charts;
  result.overrides = inputs.overrides;
  return result;
}

void warn_of_unknown_images(const MeshInputs& inputs, diag::Diagnostics& out,
                            std::vector<std::string>& left_out) {
  for (std::size_t i = 0; i < inputs.mesh.services.size(); ++i) {
    if (inputs.facts.images[i]) continue;
    const manifest::MeshService& service = inputs.mesh.services[i];
    left_out.push_back(service.name ? service.name->text : service.image.text);
    out.warning(service.image.at,
                fmt::format("image '{}' is not known: {}; service '{}' is left out of sessions and "
                            "chart",
                            service.image.text, inputs.facts.unknown_because, left_out.back()));
  }
}

MeshPlan plan_mesh(const MeshInputs& inputs) {
  const manifest::Cas& cas = session_cas(inputs.mesh);
  diag::Diagnostics out;
  check_mode(cas, out);
  MeshPlan plan;
  plan.options = inputs.options;
  plan.cas = inputs.cas;
  plan.mode = cas.mode;
  plan.previous = inputs.kept;
  plan.delivery = delivery_of(cas.mode, inputs.options.dry_run);
  warn_of_unknown_images(inputs, out, plan.left_out);

  const mesh::Options options = join_options(inputs);
  const mesh::Application application =
      mesh::resolve(inputs.mesh, inputs.facts.images, options, out);
  out.throw_if_errors();
  std::vector<session::Session> sessions = mesh::sessions(application, options, out);
  plan.chart = mesh::chart(application, sessions, options, out);
  out.throw_if_errors();

  plan.release = release_for(application);
  add_sessions(plan, inputs, std::move(sessions));
  for (const mesh::ServiceInstance& service : application.services)
    plan.environment_files[environment_file_name(service.session)] =
        mesh::environment_file(application, service);
  if (inputs.options.output == MeshOutput::compose) {
    const auto path = [](const mesh::ServiceInstance& service) {
      return fmt::format("{}/{}", session_directory, environment_file_name(service.session));
    };
    plan.compose = mesh::compose(application, plan.chart, {path, inputs.cas.socket}, out);
    plan.compose_project = mesh::compose_project(application);
    out.throw_if_errors();
  }
  plan.warnings = out.warnings();
  return plan;
}

}  // namespace sconectl::action
