#include "casd/secrets/exports.hpp"

#include <algorithm>

#include "sconectl/cas/trust.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

bool of_right_cas(const session::ExportTarget& target, const Importer& importer) {
  if (!target.cas || importer.cas_chain.empty()) return !target.cas && importer.cas_chain.empty();
  return cas::chain_refusal(cas::PinnedKey{target.cas->key}, importer.cas_chain).empty();
}

bool reaches(const LoadedSession& exporter, const session::ExportTarget& target,
             const Importer& importer, ExportMatch match) {
  if (!of_right_cas(target, importer)) return false;
  const auto path = session::resolve(exporter.session.name, target.session);
  if (target.whole_namespace)
    return match == ExportMatch::any && session::within(importer.name, path);
  if (path != importer.name) return false;
  return !target.session_hash || *target.session_hash == importer.hash;
}

bool any_target_reaches(const LoadedSession& exporter, const session::Secret& secret,
                        const Importer& importer, ExportMatch match) {
  return std::any_of(secret.exports.begin(), secret.exports.end(), [&](const auto& target) {
    return reaches(exporter, target, importer, match);
  });
}

}  // namespace

bool exported_to(const LoadedSession& exporter, const session::Secret& secret,
                 const Importer& importer, ExportMatch match) {
  // Whoever may read a public secret may pass it on too; is it public at its source? RA-057 asks.
  return secret.export_public || any_target_reaches(exporter, secret, importer, match);
}

bool exported_by_target(const LoadedSession& exporter, const session::Secret& secret,
                        const Importer& importer) {
  return any_target_reaches(exporter, secret, importer, ExportMatch::any);
}

bool key_exported_to(const LoadedSession& exporter, const session::Secret& certificate,
                     const Importer& importer) {
  const auto* x509 = std::get_if<session::X509>(&certificate.body);
  if (x509 == nullptr || !x509->private_key) return false;
  const auto* key = exporter.secret(*x509->private_key);
  return key != nullptr && exported_to(exporter, *key, importer, ExportMatch::any);
}

}  // namespace sconectl::casd
