// Secrets of other sessions: those that a SecretReader imports, and those that it gives away.
#include <algorithm>

#include "casd/secrets/secret_labels.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "casd/tracing/trace.hpp"
#include "sconectl/crypto/openpgp.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// All secrets are looked at: a missing name takes no longer than one that may not be read
/// (RA-016).
const session::Secret* found_among_all(const LoadedSession& session, std::string_view name) {
  const session::Secret* found = nullptr;
  for (const auto& secret : session.session.secrets)
    if (secret.name == name) found = &secret;
  return found;
}

/// Counts the imports that are followed now.
class Hop {
 public:
  explicit Hop(std::size_t& hops) : hops_(hops) { ++hops_; }
  ~Hop() { --hops_; }
  Hop(const Hop&) = delete;
  Hop& operator=(const Hop&) = delete;

 private:
  std::size_t& hops_;
};

/// What may leave the exporter's session: a certificate or OpenPGP key without its private part,
/// unless that is exported to the same session (SL-162, SL-183).
SecretMaterialPtr for_importer(const SecretMaterialPtr& material, bool with_key) {
  const bool is_pgp = material->kind == session::SecretKind::pgp_key;
  if (with_key || (material->certificates.empty() && !is_pgp)) return material;
  auto copy = std::make_shared<SecretMaterial>();
  copy->kind = material->kind;
  copy->certificates = material->certificates;
  if (is_pgp) copy->bytes = crypto::Secret(crypto::pgp_public_key(material->bytes.view()));
  return copy;
}

SecretReference reference(const LoadedSession& importer, const session::SecretImport& import,
                          bool passed_on) {
  return {session::resolve(importer.session.name, import.session), import.session_hash,
          import.secret, passed_on};
}

}  // namespace

const LoadedSessionPtr& SecretReader::active(const std::string& session) {
  if (const auto found = sessions_.find(session); found != sessions_.end()) return found->second;
  return sessions_.emplace(session, sources_.sessions.active(session)).first->second;
}

ExportedSecret SecretReader::exported_secret(const Importer& importer,
                                             const SecretReference& wanted) {
  const bool same_cas = importer.cas_chain.empty();
  if (same_cas && wanted.session == importer.name)
    throw Error(ErrorKind::invalid, "session '" + wanted.session + "' imports from itself");
  ExportedSecret result;
  result.session_ = active(wanted.session);
  if (!result.session_) throw session_not_found(wanted.session);
  const auto* secret = found_among_all(*result.session_, wanted.secret);
  // Missing and forbidden answer alike: the exporter's secrets are nobody else's business.
  if (secret == nullptr || !exported_to(*result.session_, *secret, importer,
                                        wanted.passed_on ? ExportMatch::by_name : ExportMatch::any))
    throw Error(ErrorKind::refused, "secret '" + wanted.secret + "' of session '" + wanted.session +
                                        "' does not exist or is not exported to session '" +
                                        importer.name + (same_cas ? "'" : "' of that CAS"));
  // Last: whom nothing is exported to must not learn whether a guessed hash is right.
  if (wanted.hash && *wanted.hash != result.session_->stored.hash)
    throw Error(ErrorKind::refused, "session '" + wanted.session +
                                        "' is not the version that the import pins (session_hash)");
  result.secret_ = secret;
  result.with_certificate_key_ = key_exported_to(*result.session_, *secret, importer);
  result.with_pgp_key_ = exported_by_target(*result.session_, *secret, importer);
  return result;
}

SecretMaterialPtr SecretReader::read(const ExportedSecret& exported) {
  const Hop hop(hops_);
  const auto material = read_once(*exported.session_, *exported.secret_, true);
  return for_importer(material, material->kind == session::SecretKind::pgp_key
                                    ? exported.with_pgp_key_
                                    : exported.with_certificate_key_);
}

SecretMaterialPtr SecretReader::from_other_cas(const Importer& importer,
                                               const SecretReference& wanted,
                                               const session::RemoteCas& cas) {
  cas::ExportRequest request;
  request.importer = importer.name;
  request.importer_hash = importer.hash;
  request.passed_on = wanted.passed_on;
  request.session = wanted.session;
  request.session_hash = wanted.hash;
  request.secret = wanted.secret;
  const TracedStep traced(TraceStep::import);
  return std::make_shared<const SecretMaterial>(
      sources_.remote_secrets.fetch(cas, request, *imports_));
}

SecretMaterialPtr SecretReader::imported(const LoadedSession& session,
                                         const session::Secret& secret,
                                         const session::SecretImport& import, bool passed_on) {
  try {
    const Importer importer{session.session.name, session.stored.hash};
    const auto wanted = reference(session, import, passed_on);
    auto material = import.cas ? from_other_cas(importer, wanted, *import.cas)
                               : read(exported_secret(importer, wanted));
    if (import.kind && *import.kind != material->kind)
      throw Error(ErrorKind::refused, "it is of kind " + std::string(text::word(material->kind)) +
                                          ", not " + std::string(text::word(*import.kind)));
    return material;
  } catch (const Error& error) {
    throw error.within("can not import " + secret_label(session, secret.name));
  }
}

bool SecretReader::is_public(const LoadedSession& session, const session::Secret& secret,
                             std::size_t hops) {
  if (!secret.export_public) return false;
  const auto* import = std::get_if<session::SecretImport>(&secret.body);
  if (import == nullptr) return true;
  if (hops == 0 || import->cas) return false;
  const auto& source = active(session::resolve(session.session.name, import->session));
  const auto* origin = source ? source->secret(import->secret) : nullptr;
  return origin != nullptr && is_public(*source, *origin, hops - 1);
}

PublicSecrets SecretReader::public_secrets(const LoadedSessionPtr& session,
                                           const std::optional<std::string>& name) {
  std::vector<const session::Secret*> result;
  const auto add = [&](const session::Secret& secret) {
    if (is_public(*session, secret, most_import_hops)) result.push_back(&secret);
  };
  if (!name) {
    for (const auto& secret : session->session.secrets) add(secret);
  } else if (const auto* secret = found_among_all(*session, *name)) {
    add(*secret);
  }
  return {session, std::move(result)};
}

std::vector<std::string> SecretReader::check_imports(const LoadedSession& session) {
  if (session.session.secret_store && !sources_.azure.connected())
    throw Error(ErrorKind::unsupported, "not supported by this CAS",
                {"secret_config.store_in: !akv (it has no connection to services of Azure)"});
  if (auto faults = sources_.azure.faults(session.session); !faults.empty())
    throw Error(ErrorKind::invalid, "what the session wants from Azure can not work",
                std::move(faults));
  std::vector<std::string> warnings;
  const Importer importer{session.session.name, session.stored.hash};
  for (const auto& secret : session.session.secrets) {
    const auto* import = std::get_if<session::SecretImport>(&secret.body);
    if (import == nullptr) continue;
    try {
      const auto wanted = reference(session, *import, false);
      if (import->cas)
        (void)from_other_cas(importer, wanted, *import->cas);
      else
        (void)exported_secret(importer, wanted);
    } catch (const Error& error) {
      const bool not_yet =
          error.kind() == ErrorKind::not_found || error.kind() == ErrorKind::unavailable;
      if (!not_yet) throw error.within("can not import " + secret_label(session, secret.name));
      warnings.push_back(secret_label(session, secret.name) + " can not be imported yet: " +
                         (error.kind() == ErrorKind::not_found
                              ? "session '" + import->session + "' does not exist yet"
                              : error.text()));
    }
  }
  return warnings;
}

}  // namespace sconectl::casd
