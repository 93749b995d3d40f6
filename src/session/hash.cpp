#include "sconectl/session/hash.hpp"

#include <algorithm>

#include "json_canonical.hpp"
#include "reader.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/session/access_policy.hpp"
#include "tree.hpp"

namespace sconectl::session {
namespace {

constexpr std::string_view prefix = "open-cas/session/v1\n";

/// CREATOR or a placeholder, at any depth.
bool may_be_creator(const AccessEntries& entries) {
  return std::any_of(entries.begin(), entries.end(), [](const AccessEntry& entry) {
    if (const auto* keyword = std::get_if<Keyword>(&entry.rule))
      return *keyword == Keyword::creator;
    if (const auto* require = std::get_if<Require>(&entry.rule))
      return may_be_creator(require->members);
    return std::holds_alternative<Placeholder>(entry.rule);
  });
}

}  // namespace

bool ConfigFragment::operator==(const ConfigFragment& other) const {
  return canonical_json(yaml::Node::from(value)) == canonical_json(yaml::Node::from(other.value));
}

std::string canonical_json(const Session& session) {
  return canonical_json(tree(session, Style::canonical));
}

std::string hash(const Session& session) {
  return crypto::hex(crypto::view(crypto::sha256(std::string(prefix) + canonical_json(session))));
}

bool references_creator(const Session& session) {
  const auto* policy = std::get_if<AccessPolicy>(&session.access_policy);
  if (policy == nullptr) return true;
  return may_be_creator(policy->read) || may_be_creator(policy->update) ||
         (policy->create_sessions && may_be_creator(*policy->create_sessions)) ||
         (policy->list_sessions && may_be_creator(*policy->list_sessions));
}

bool needs_creator(const Session& session) {
  return !session.creator && references_creator(session);
}

Session with_certificate_as_creator(Session session, const std::string& pem) {
  if (needs_creator(session))
    session.creator = Creator{false, crypto::Certificate::from_pem(pem).pem()};
  return session;
}

Session with_signer_as_creator(Session session, const std::string& signer) {
  if (!needs_creator(session)) return session;
  session.creator = Creator{true, signer_key(signer).spki_pem()};
  return session;
}

}  // namespace sconectl::session
