#include "casd/exports.hpp"

#include <algorithm>

#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

bool reaches(const LoadedSession& exporter, const session::ExportTarget& target,
             const LoadedSession& importer, Reach reach) {
  if (target.cas) return false;  // a session of another CAS
  const auto path = session::resolve(exporter.session.name, target.session);
  if (target.whole_namespace)
    return reach == Reach::any && session::within(importer.session.name, path);
  if (path != importer.session.name) return false;
  return !target.session_hash || *target.session_hash == importer.stored.hash;
}

}  // namespace

bool exported_to(const LoadedSession& exporter, const session::Secret& secret,
                 const LoadedSession& importer, Reach reach) {
  // Whoever may read a public secret may pass it on too; is it public at its source? RA-057 asks.
  if (secret.export_public) return true;
  return std::any_of(secret.exports.begin(), secret.exports.end(), [&](const auto& target) {
    return reaches(exporter, target, importer, reach);
  });
}

bool key_exported_to(const LoadedSession& exporter, const session::Secret& certificate,
                     const LoadedSession& importer) {
  const auto* x509 = std::get_if<session::X509>(&certificate.body);
  if (x509 == nullptr || !x509->private_key) return false;
  const auto* key = exporter.session.find_secret(*x509->private_key);
  return key != nullptr && exported_to(exporter, *key, importer, Reach::any);
}

}  // namespace sconectl::casd
