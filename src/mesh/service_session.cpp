#include "mesh/service_session.hpp"

#include <algorithm>

#include "mesh/secrets.hpp"
#include "sconectl/crypto/file_list.hpp"

namespace sconectl::mesh {
namespace {

constexpr const char* injected_image = "app_image";
constexpr const char* access_secret = "access_policy";
constexpr const char* security_secret = "security_policy";
constexpr const char* attestation_secret = "attestation_service";

session::Secret import_of(const std::string& name, const std::string& from,
                          const std::string& remote,
                          std::optional<session::SecretKind> kind = std::nullopt) {
  session::SecretImport import;
  import.session = from;
  import.secret = remote;
  import.kind = kind;
  session::Secret secret;
  secret.name = name;
  secret.body = import;
  return secret;
}

/// What is tolerated of an enclave, and who judges it: a provider does not tell the state of the
/// platform, so that is the provider's to judge (SL-303).
session::SecurityAttestation enclave_attestation(const Application& application) {
  const manifest::Policy& policy = application.mesh->policy;
  session::SecurityAttestation result;
  result.tolerate.assign(policy.tolerate.begin(), policy.tolerate.end());
  for (const manifest::Text& advisory : policy.ignore_advisories)
    result.ignore_advisories.push_back(advisory.text);
  if (application.attestation_provider.empty()) return result;
  result.mode = session::AttestationMode::maa;
  result.url = application.attestation_provider;
  const session::Setting<session::Tolerance> managed = session::Tolerance::maa_managed_tcb;
  if (std::find(result.tolerate.begin(), result.tolerate.end(), managed) == result.tolerate.end())
    result.tolerate.push_back(managed);
  return result;
}

session::Security security(const ServiceInstance& service, const Application& application) {
  session::SecurityAttestation attestation;
  if (service.native()) {
    attestation.mode = session::AttestationMode::none;
  } else {
    attestation = enclave_attestation(application);
  }
  session::Security result;
  result.attestation = attestation;
  if (!service.access_token.empty()) result.service_access_token = service.access_token;
  return result;
}

/// This very program, by this signer, in this version or a later one.
session::AttestationVariant variant_of(const image::EnclaveIdentity& enclave) {
  session::EnclaveSigner signer;
  signer.mrsigner = enclave.mr_signer;
  signer.isvprodid = std::uint32_t{enclave.product_id};
  signer.isvsvn_min = session::Number(std::uint32_t{enclave.svn});
  session::AttestationVariant variant;
  variant.mrenclave.emplace_back(enclave.mr_enclave);
  variant.signer = signer;
  return variant;
}

session::Service program(const ServiceInstance& service) {
  session::Service result;
  result.name = service.session_service;
  result.command = session::Command(service.command);
  result.pwd = service.facts.pwd.empty() ? "/" : service.facts.pwd;
  for (const auto& variable : service.environment)
    result.environment.push_back({variable.name, variable.value});
  // The launcher of a native image compares with it before it starts the program.
  if (service.native() && !service.facts.file_list.empty())
    result.environment.push_back(
        {std::string(crypto::file_list_variable), service.facts.file_list});
  if (const auto& fspf = service.facts.fspf)
    result.fspf = session::Fspf{fspf->path, service.fspf_key, fspf->tag};
  if (!service.files.empty()) result.image_name = injected_image;
  if (service.measured()) {
    result.attestation.emplace_back(variant_of(*service.facts.enclave));
  } else if (!service.native()) {
    result.attestation.emplace_back(session::Placeholder(attestation_secret));
  }
  return result;
}

session::Image image_with(const std::vector<image::InjectedFile>& files) {
  session::Image result;
  result.name = injected_image;
  for (const image::InjectedFile& file : files) {
    session::InjectionFile injected;
    injected.path = file.path;
    injected.content = file.content;
    injected.permission = file.permission.value_or(injected.permission);
    result.injection_files.push_back(injected);
  }
  return result;
}

}  // namespace

session::Session service_session(const ServiceInstance& service, const Application& application,
                                 const SecretKinds& kinds) {
  const manifest::Policy& policy = application.mesh->policy;
  session::Session result;
  result.name = service.session;
  result.services.push_back(program(service));
  if (!service.files.empty()) result.images.push_back(image_with(service.files));
  const auto is_defined = [&](std::string_view name) { return kinds.find(name) != kinds.end(); };
  for (const std::string& name : used_secrets(service, is_defined)) {
    const auto kind = kinds.find(name);
    if (kind == kinds.end()) continue;  // reported by shared_secrets
    result.secrets.push_back(import_of(name, application.secrets_session(), name, kind->second));
  }
  if (policy.access_policy_name) {
    result.secrets.push_back(
        import_of(access_secret, policy.access_policy_name->text, access_secret));
    result.access_policy = session::Placeholder(access_secret);
  }
  if (!service.native() && !service.measured()) {
    const std::string* image_policy = service.variables.find("image_policy_name");
    result.secrets.push_back(
        import_of(attestation_secret, *image_policy, "mrsigner_mrenclave_versions"));
  }
  if (policy.security_policy_name && !service.native()) {
    result.secrets.push_back(
        import_of(security_secret, policy.security_policy_name->text, security_secret));
    result.security = session::Placeholder(security_secret);
  } else {
    result.security = security(service, application);
  }
  return result;
}

}  // namespace sconectl::mesh
