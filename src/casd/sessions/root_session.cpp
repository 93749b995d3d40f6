#include "casd/sessions/root_session.hpp"

#include "sconectl/session/hash.hpp"
#include "sconectl/session/session.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::casd {

namespace {

using session::Keyword;

session::AccessEntries only(Keyword keyword) {
  return {{keyword, {}}};
}

session::Session root(Keyword update) {
  session::Session session;
  session.version = "0.3.12";
  session.name = "/";
  session::AccessPolicy policy;
  policy.read = only(Keyword::any);
  policy.update = only(update);
  policy.create_sessions = only(Keyword::any);
  policy.list_sessions = only(Keyword::none);
  session.access_policy = policy;
  return session;
}

session::Session sealed() {
  auto session = root(Keyword::none);
  session.predecessor = default_root_hash();
  return session;
}

/// The successor of the default root for the owner of the CAS.
session::Session owned_by(const std::string& key_hash) {
  auto session = root(Keyword::any);
  const session::AccessEntries owner{{session::KeyHashEntry{key_hash}, {}}};
  auto& policy = std::get<session::AccessPolicy>(session.access_policy);
  policy.update = policy.list_sessions.emplace(owner);
  policy.create_sessions = owner;
  session.predecessor = default_root_hash();
  return session;
}

StoredSession stored(const session::Session& session, crypto::Time now) {
  StoredSession result;
  result.name = session.name;
  result.hash = session::hash(session);
  result.predecessor = session.predecessor;
  result.created = now.time_since_epoch().count();
  result.text = session::text(session);
  return result;
}

}  // namespace

StoredSession default_root(crypto::Time now) {
  return stored(root(Keyword::any), now);
}

StoredSession sealed_root(crypto::Time now) {
  return stored(sealed(), now);
}

StoredSession owned_root(const std::string& key_hash, crypto::Time now) {
  return stored(owned_by(key_hash), now);
}

const std::string& default_root_hash() {
  static const std::string hash = session::hash(root(Keyword::any));
  return hash;
}

const std::string& sealed_root_hash() {
  static const std::string hash = session::hash(sealed());
  return hash;
}

}  // namespace sconectl::casd
