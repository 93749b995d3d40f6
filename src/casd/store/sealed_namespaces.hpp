// Namespaces that are sealed with a key of their owner, and those keys that are known now.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sconectl/crypto/secret.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

/// What is asked for lies in a sealed namespace whose key is not known now.
class NamespaceLocked : public diag::Error {
 public:
  explicit NamespaceLocked(const std::string& name);
  /// The same for a row: it is not sealed with the key that is known.
  NamespaceLocked(const std::string& name, const std::string& why);
};

[[nodiscard]] diag::Error namespace_not_sealed(const std::string& name);

/// The key of one namespace. What is made with it is good for this namespace alone.
class NamespaceKey {
 public:
  /// `owners_key`: cas::namespace_key_bytes.
  NamespaceKey(std::string name, const crypto::Secret& owners_key);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// By which a CAS knows the key again: 64 hex digits, from which it can not be computed.
  [[nodiscard]] const std::string& check() const { return check_; }

  /// What a row holds inside of the seal of the database. `place`: as that seal has it.
  [[nodiscard]] std::string seal(std::string_view plaintext, std::string_view place) const;
  /// Nothing if it was not made by seal() with this key and `place`.
  [[nodiscard]] std::optional<crypto::Secret> open(std::string_view inside,
                                                   std::string_view place) const;

 private:
  std::string name_;
  crypto::Secret rows_;
  std::string check_;
};
using NamespaceKeyPtr = std::shared_ptr<const NamespaceKey>;

/// The key of a sealed namespace, shown by somebody: only SealedNamespaces::proven() makes one.
class ProvenNamespaceKey {
 public:
  [[nodiscard]] const std::string& name() const { return key_->name(); }

 private:
  friend class SealedNamespaces;
  explicit ProvenNamespaceKey(NamespaceKeyPtr key) : key_(std::move(key)) {}
  NamespaceKeyPtr key_;
};

/// What is sealed is said twice: by a state of the root session for each namespace, which tells the
/// writer what to do, and by each row itself, which tells its readers, whenever they read it. Of
/// two namespaces that are sealed none lies in the other. Safe to use from several threads.
class SealedNamespaces {
 public:
  /// Name -> NamespaceKey::check().
  using Checks = std::map<std::string, std::string>;

  struct Sealed {
    std::string name;
    bool locked = true;
  };
  /// The sealed namespace that a session is or lies in.
  [[nodiscard]] std::optional<Sealed> around(std::string_view session) const;
  /// Throws NamespaceLocked.
  void require_open(std::string_view session) const;
  [[nodiscard]] std::vector<Sealed> all() const;

  /// Nothing if it is another key. Throws Error{not_found} if this namespace is not sealed.
  [[nodiscard]] std::optional<ProvenNamespaceKey> proven(const std::string& name,
                                                         const crypto::Secret& owners_key) const;
  /// From now on its key is known. Throws Error{conflict} if it has another key meanwhile.
  void unlock(const ProvenNamespaceKey& key);
  /// It is not any more. False: it was not.
  bool lock(const std::string& name);

  /// What the seal of the database held of a row, as it was written. Throws NamespaceLocked, also
  /// for a row that is not sealed with the key that is known: one of a moment ago, or of somebody
  /// who has the key of the database.
  [[nodiscard]] crypto::Secret opened(std::string_view session, crypto::Secret inside,
                                      std::string_view place) const;
  /// The row says that it is sealed with the key of a namespace.
  [[nodiscard]] static bool is_sealed(std::string_view inside);

  // Of the writer alone, within its transaction:

  /// As around(), with what the transaction has done so far. Throws NamespaceLocked.
  [[nodiscard]] bool is_sealed_itself(const std::string& session) const;

  /// What the seal of the database has to hold; nothing: the text itself. Throws NamespaceLocked.
  [[nodiscard]] std::optional<std::string> closed(std::string_view session,
                                                  std::string_view plaintext,
                                                  std::string_view place) const;
  /// The present key of just this namespace; a null pointer: it is not sealed. Throws
  /// NamespaceLocked; Error{conflict} if one around it is sealed or, if `to_seal`, one in it.
  [[nodiscard]] NamespaceKeyPtr key_to_replace(const std::string& name, bool to_seal) const;
  /// From the end of the transaction on; for the writer at once. A null pointer: it is not sealed.
  void replace(const std::string& name, const NamespaceKeyPtr& key);
  void transaction_ended(bool stored);

  /// As others have stored it: `read` gives all. Returns those that are sealed and were not, or
  /// have another key.
  std::vector<std::string> load(const std::function<Checks()>& read);

 private:
  struct Entry {
    std::string check;
    NamespaceKeyPtr key;  ///< a null pointer: it is locked
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  [[nodiscard]] static Entries::const_iterator around(const Entries& entries,
                                                      std::string_view session);
  /// As the writer sees it.
  [[nodiscard]] const Entries& written() const { return staged_ ? *staged_ : entries_; }

  mutable std::shared_mutex mutex_;
  Entries entries_;
  std::optional<Entries> staged_;  ///< by the writer's transaction
  std::atomic<bool> any_ = false;  ///< of both; without one nobody waits for the mutex
  std::mutex loading_;
};

}  // namespace sconectl::casd
