#include "mesh/revisions.hpp"

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

}  // namespace

Revisions::Revisions(const Application& application, const std::vector<session::Session>& sessions,
                     const Options& options)
    : application_(application), options_(options) {
  for (const session::Session& session : sessions) sessions_.emplace(session.name, &session);
  for (const SharedSecret& shared : application.secrets)
    shared_.emplace(shared.secret.name, &shared.secret);
}

/// The definitions of the shared secrets that a session imports, and of what those need, as a
/// session of their own.
session::Session Revisions::imported(const session::Session& importer) const {
  session::Session result;
  result.name = application_.secrets_session();
  std::vector<std::string> wanted;
  for (const session::Secret& secret : importer.secrets)
    if (const auto* import = std::get_if<session::SecretImport>(&secret.body);
        import != nullptr && import->session == result.name)
      wanted.push_back(import->secret);
  std::set<std::string> seen;
  while (!wanted.empty()) {
    const std::string name = std::move(wanted.back());
    wanted.pop_back();
    const auto shared = shared_.find(name);
    if (shared == shared_.end() || !seen.insert(name).second) continue;
    for (std::string& needed : needs(*shared->second)) wanted.push_back(std::move(needed));
  }
  for (const std::string& name : seen) {
    result.secrets.push_back(*shared_.at(name));
    result.secrets.back().exports.clear();  // who else imports it does not matter to this service
  }
  return result;
}

std::string Revisions::of(const ServiceInstance& service) const {
  const auto token = options_.tokens.find(service.session);
  const auto session = sessions_.find(service.session);
  if (token == options_.tokens.end() || token->second.empty() || session == sessions_.end())
    return "";
  const std::string text =
      session::text(*session->second) + session::text(imported(*session->second));
  const auto key = crypto::hmac_sha256(token->second, "sconectl revision of pods");
  return crypto::hex(crypto::view(crypto::hmac_sha256(crypto::view(key), text))).substr(0, digits);
}

}  // namespace sconectl::mesh
