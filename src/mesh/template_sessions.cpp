#include "mesh/template_sessions.hpp"

#include <fmt/core.h>

#include "sconectl/session/parse.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::mesh {
namespace {

/// A rendered template, read like any session of a user.
void add_session(const std::string& name, const std::string& text, const ServiceInstance& service,
                 std::vector<session::Session>& sessions, diag::Diagnostics& out) {
  diag::Diagnostics faults;
  const std::string yaml_text = rendered(name, text, service.variables, faults);
  if (!faults.has_errors()) {
    const auto documents = yaml::parse_documents(name, yaml_text, faults);
    if (documents.size() == 1) {
      sessions.push_back(session::parse_and_check(documents.front(), faults));
    } else if (!faults.has_errors()) {
      faults.error(diag::whole_file(name), "must hold one document");
    }
  }
  out.add(faults);
}

/// What a session takes over from another one (a placeholder) is not known here.
bool is_unattested(const session::Session& session) {
  const auto* security = std::get_if<session::Security>(&session.security);
  if (security == nullptr) return false;
  const auto* attestation = std::get_if<session::SecurityAttestation>(&security->attestation);
  return attestation != nullptr && session::is(attestation->mode, session::AttestationMode::none);
}

}  // namespace

std::string rendered(const std::string& name, const std::string& text,
                     const render::Variables& variables, diag::Diagnostics& out) {
  const auto source = std::make_shared<const diag::Source>(name, text);
  return render::render_yaml(source, variables, render::Dialect::handlebars, out);
}

std::vector<session::Session> template_sessions(const ServiceInstance& service,
                                                const Application& application,
                                                const Options& options, diag::Diagnostics& out) {
  std::vector<session::Session> result;
  const image::PolicyTexts& policy = service.facts.policy;
  const std::string fragment =
      options.mode ? fmt::format("fragment_{}", text::word(*options.mode)) : "fragment";
  const auto found = policy.config_fragments.find(fragment);
  if (found != policy.config_fragments.end()) {
    add_session(fmt::format("{}:/scone/config-fragments/{}", service.image, fragment),
                found->second, service, result, out);
  }
  std::string name = service.image + ":/scone/policy/template-policy.yaml";
  std::string text = policy.template_policy;
  if (const auto& file = service.given->image_policy) {
    name = file->text;
    text = options.files.at(file->text);
  }
  add_session(name, text, service, result, out);
  if (!application.attestation_demanded_by.empty()) {
    for (const session::Session& session : result)
      if (is_unattested(session))
        out.error(
            service.at(),
            fmt::format("attestation is demanded by {}, and session '{}' of service '{}' "
                        "says 'mode: none'; change its template {}, or drop the demand",
                        application.attestation_demanded_by, session.name, service.name, name));
  }
  return result;
}

}  // namespace sconectl::mesh
