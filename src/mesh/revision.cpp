#include "mesh/revision.hpp"

#include <set>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::mesh {
namespace {

constexpr std::size_t digits = 16;

/// The key and the issuer of a certificate, by name.
std::vector<std::string> needs(const session::Secret& secret) {
  std::vector<std::string> result;
  const auto* x509 = std::get_if<session::X509>(&secret.body);
  if (x509 != nullptr && x509->private_key) result.push_back(*x509->private_key);
  if (x509 != nullptr && x509->issuer) result.push_back(*x509->issuer);
  return result;
}

/// The definitions of the shared secrets that a session imports, and of what those need, as a
/// session of their own.
session::Session imported(const session::Session& importer, const Application& application) {
  session::Session result;
  result.name = application.secrets_session();
  std::vector<std::string> wanted;
  for (const session::Secret& secret : importer.secrets)
    if (const auto* import = std::get_if<session::SecretImport>(&secret.body);
        import != nullptr && import->session == result.name)
      wanted.push_back(import->secret);
  std::set<std::string> seen;
  while (!wanted.empty()) {
    const std::string name = std::move(wanted.back());
    wanted.pop_back();
    if (!seen.insert(name).second) continue;
    for (const SharedSecret& shared : application.secrets)
      if (shared.secret.name == name)
        for (std::string& needed : needs(shared.secret)) wanted.push_back(std::move(needed));
  }
  for (const SharedSecret& shared : application.secrets)
    if (seen.contains(shared.secret.name)) result.secrets.push_back(shared.secret);
  // Who else imports them does not matter to this service.
  for (session::Secret& secret : result.secrets) secret.exports.clear();
  return result;
}

}  // namespace

std::string revision(const ServiceInstance& service, const Application& application,
                     const std::vector<session::Session>& sessions, const Options& options) {
  const auto token = options.tokens.find(service.session);
  if (token == options.tokens.end() || token->second.empty()) return "";
  std::string text;
  for (const session::Session& session : sessions)
    if (session.name == service.session)
      text += session::text(session) + session::text(imported(session, application));
  const auto key = crypto::hmac_sha256(token->second, "sconectl revision of pods");
  return crypto::hex(crypto::view(crypto::hmac_sha256(crypto::view(key), text))).substr(0, digits);
}

}  // namespace sconectl::mesh
