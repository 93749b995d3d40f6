#include "action/mesh_plan.hpp"

#include <fmt/core.h>

#include "action/rollout_plan.hpp"
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

std::string kept(const host::Tree& previous, const std::string& name) {
  const auto found = previous.find(name);
  return found == previous.end() ? "" : found->second.bytes;
}

/// Signatures and encryptions are never the same twice: what says the same already stays.
void keep_forms(PlannedSession& planned, const MeshPlan& plan) {
  const cas::FileNames names = cas::file_names(planned.session.name);
  const std::string predecessor = kept(plan.previous, names.predecessor);
  planned.to_be_signed = planned.session;
  if (!predecessor.empty())
    planned.to_be_signed.predecessor = std::string(text::trimmed(predecessor));
  const auto before = signed_before(plan.previous, planned.session.name);
  if (!before ||
      !session::same_meaning(*before, planned.session, {.predecessor = true, .creator = true}))
    return;
  planned.kept_signed = kept(plan.previous, names.signed_json);
  planned.kept_predecessor = predecessor;
  const std::string encrypted = kept(plan.previous, names.encrypted_json);
  if (!encrypted.empty() &&
      session::parse_encrypted_session(encrypted).encryption_key == plan.cas.encryption_key)
    planned.kept_encrypted = encrypted;
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

/// Records the version that is applied, and lets the sessions accept those before it.
void roll_out(MeshPlan& plan, const MeshInputs& inputs, const mesh::Application& application,
              std::vector<session::Session>& sessions, const mesh::Options& options,
              diag::Diagnostics& out) {
  if (release_version(inputs).empty()) return;
  plan.rollout =
      next_record(inputs, plan.release,
                  {"", sessions, mesh::released_services(application, sessions, options)});
  if (inputs.options.dry_run && record_of(inputs) == nullptr)
    out.warning({},
                "a dry run does not ask the CAS what it accepts now: the sessions accept only "
                "this version");
  sessions = mesh::accepted_sessions(plan.rollout->versions, out);
  out.throw_if_errors();
  if (const RolloutRecord* record = record_of(inputs)) {
    diag::Diagnostics told_before;
    plan.recorded = mesh::accepted_sessions(record->versions, told_before);
  }
}

}  // namespace

std::optional<session::Session> signed_before(const host::Tree& previous,
                                              const std::string& session_name) {
  const std::string file = cas::file_names(session_name).signed_json;
  const std::string text = kept(previous, file);
  if (text.empty()) return std::nullopt;
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

Delivery delivery_of(UploadMode mode, bool dry_run) {
  if (dry_run) return Delivery::none;
  if (mode == UploadMode::upload) return Delivery::cas;
  return mode == UploadMode::signed_manifest ? Delivery::cluster : Delivery::none;
}

void add_sessions(MeshPlan& plan, std::vector<session::Session> sessions) {
  for (session::Session& session : sessions) {
    PlannedSession planned;
    planned.yaml = session::text(session);
    planned.session = std::move(session);
    if (plan.mode != UploadMode::upload) keep_forms(planned, plan);
    plan.sessions.push_back(std::move(planned));
  }
}

mesh::Options join_options(const MeshInputs& inputs) {
  mesh::Options result;
  result.release = inputs.options.release;
  result.release_version = release_version(inputs);
  result.policy_namespace = inputs.options.policy_namespace;
  result.attestation_provider = inputs.options.attestation_provider;
  result.mode = inputs.options.mode;
  result.cas_address = inputs.cas.service_address;
  result.cas_key = inputs.cas.key_hash;
  result.creator_key_hash = inputs.creator_key_hash;
  result.session_signing_key = inputs.session_signing_key;
  result.tokens = inputs.tokens;
  result.fspf_keys = inputs.fspf_keys;
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
  roll_out(plan, inputs, application, sessions, options, out);
  add_sessions(plan, std::move(sessions));
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
