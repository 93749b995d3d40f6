#include "action/session_forms.hpp"

#include "sconectl/cas/seal.hpp"
#include "sconectl/session/signed_session.hpp"

namespace sconectl::action {
namespace {

void sign(SessionForms& forms, const PlannedSession& planned, const crypto::PrivateKey& key) {
  forms.signed_json = planned.kept_signed;
  forms.predecessor = planned.kept_predecessor;
  if (!forms.signed_json.empty()) return;
  const cas::Sealed sealed = cas::signed_by(planned.to_be_signed, key);
  forms.signed_json = sealed.body;
  forms.predecessor = sealed.hash + "\n";
}

void encrypt(SessionForms& forms, const PlannedSession& planned,
             const std::string& encryption_key) {
  forms.encrypted_json = planned.kept_encrypted;
  if (!forms.encrypted_json.empty() || encryption_key.empty()) return;
  forms.encrypted_json = session::json(session::encrypt(forms.signed_json, encryption_key));
}

}  // namespace

std::vector<SessionForms> make_forms(const MeshPlan& plan, cas::ConfigFile& config) {
  std::vector<SessionForms> result;
  for (const PlannedSession& planned : plan.sessions) {
    SessionForms forms;
    forms.session_name = planned.session.name;
    forms.yaml = planned.yaml;
    result.push_back(std::move(forms));
  }
  if (plan.mode == manifest::UploadMode::upload) return result;
  const crypto::PrivateKey key = config.session_signing_key();
  const cas::Address address = cas::parse_address(plan.cas.address);
  for (std::size_t i = 0; i < result.size(); ++i) {
    SessionForms& forms = result[i];
    sign(forms, plan.sessions[i], key);
    const int weight = static_cast<int>(i);
    forms.signed_manifest = cas::signed_manifest(forms.session_name, address, weight,
                                                 session::parse_signed_session(forms.signed_json));
    encrypt(forms, plan.sessions[i], plan.cas.encryption_key);
    if (forms.encrypted_json.empty()) continue;
    forms.encrypted_manifest =
        cas::encrypted_manifest(forms.session_name, address, weight,
                                session::parse_encrypted_session(forms.encrypted_json));
  }
  return result;
}

}  // namespace sconectl::action
