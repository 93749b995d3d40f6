// What the store keeps of a session.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "casd/store/journal.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// One version of a session as it is stored. Immutable.
struct StoredSession {
  std::string name;
  std::int64_t sequence = 0;  ///< 1, 2, 3 ... within a name
  std::string hash;           ///< 64 lower-case hex digits
  std::optional<std::string> predecessor;
  std::int64_t created = 0;  ///< seconds since 1970
  bool salted = false;       ///< this version or one before it has a salt (SL-055, SL-056)
  std::string text;          ///< normalised YAML (SL-337)
  std::string upload;        ///< the signed upload (JSON) as it came, or ""
  /// The TLS key (raw digest) that may read this version whatever its placeholders stand for, or
  /// "": then only the policy can tell. Sessions are mostly read by who uploaded them, and so need
  /// not be parsed for it.
  std::string sure_reader;
};
using StoredSessionPtr = std::shared_ptr<const StoredSession>;

/// A session as somebody has seen it. What he does with it is refused when that version was deleted
/// since, whoever has stored another one of the name; without a hash, only when there is none.
struct SessionVersion {
  SessionVersion(std::string the_name, std::string the_hash = {})
      : name(std::move(the_name)), hash(std::move(the_hash)) {}
  SessionVersion(const char* the_name) : name(the_name) {}
  SessionVersion(const StoredSession& stored) : name(stored.name), hash(stored.hash) {}
  std::string name;
  std::string hash;
};

/// Secret name -> what the CAS made for it, in the secrets' own encoding.
using SecretValues = std::map<std::string, crypto::Secret>;

/// A version to be stored, and what the decision to store it was based on.
struct NewSession {
  StoredSession session;  ///< `sequence` is set by the store
  SecretValues values;
  /// Subjects of the session whose states end with the version before (SL-228).
  std::vector<std::string> ended_states;
  /// Stored together with it: the root session when the first other session seals it (SL-045).
  std::optional<StoredSession> sealed_root;
  /// Who stores it, and how many versions may be stored in his name; "": nobody counts.
  std::string creator;
  std::int64_t most_of_creator = 0;
  /// How many sessions there may be beside the root, with this one if its name is new; nothing: no
  /// bound.
  std::optional<std::int64_t> most_sessions;
  /// Session name -> hash that must (still) be its active one; nothing: it must not exist.
  std::map<std::string, std::optional<std::string>> based_on;
  /// For the journal, if it is stored.
  Notes notes;
};

struct SessionPage {
  std::vector<std::string> names;
  bool more = false;
};

}  // namespace sconectl::casd
