#include "casd/store/sealed_namespaces.hpp"

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/seal.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// No row begins so by itself: texts and values begin with sizes, tags or digits, and nothing that
/// does not is written (closed()).
constexpr std::string_view mark{"\xff\x00sealed namespace 1", 20};

crypto::Secret derived(const crypto::Secret& key, const std::string& what) {
  return crypto::Secret(crypto::view(crypto::hmac_sha256(key.view(), what)));
}

std::string quoted(const std::string& name) {
  return "namespace '" + name + "'";
}

bool lies_in(std::string_view session, const std::string& name) {
  return session.size() > name.size() && session.starts_with(name) && session[name.size()] == '/';
}

}  // namespace

NamespaceLocked::NamespaceLocked(const std::string& name)
    : Error(ErrorKind::unavailable,
            quoted(name) + " is sealed and locked: this CAS does not know its key now",
            {"whoever has the key unlocks it with 'sconectl cas namespace unlock " + name + "'"}) {}

NamespaceLocked::NamespaceLocked(const std::string& name, const std::string& why)
    : Error(ErrorKind::unavailable, quoted(name) + " " + why) {}

diag::Error namespace_not_sealed(const std::string& name) {
  return {ErrorKind::not_found, "there is no sealed " + quoted(name)};
}

NamespaceKey::NamespaceKey(std::string name, const crypto::Secret& owners_key)
    : name_(std::move(name)),
      rows_(derived(owners_key, "sconectl namespace rows v1/" + name_)),
      check_(crypto::hex(derived(owners_key, "sconectl namespace check v1/" + name_).view())) {}

std::string NamespaceKey::seal(std::string_view plaintext, std::string_view place) const {
  return std::string(mark) + crypto::seal(rows_.view(), plaintext, place);
}

std::optional<crypto::Secret> NamespaceKey::open(std::string_view inside,
                                                 std::string_view place) const {
  try {
    return crypto::open(rows_.view(), inside.substr(mark.size()), place);
  } catch (const Error&) {
    return std::nullopt;
  }
}

SealedNamespaces::Entries::const_iterator SealedNamespaces::around(const Entries& entries,
                                                                   std::string_view session) {
  if (entries.empty()) return entries.end();
  for (auto name = session;;) {
    if (const auto found = entries.find(name); found != entries.end()) return found;
    const auto slash = name.rfind('/');
    if (slash == std::string_view::npos) return entries.end();
    name = name.substr(0, slash);
  }
}

std::optional<SealedNamespaces::Sealed> SealedNamespaces::around(std::string_view session) const {
  if (!any_) return std::nullopt;
  const std::shared_lock lock(mutex_);
  const auto found = around(entries_, session);
  if (found == entries_.end()) return std::nullopt;
  return Sealed{found->first, found->second.key == nullptr};
}

void SealedNamespaces::require_open(std::string_view session) const {
  if (const auto sealed = around(session); sealed && sealed->locked)
    throw NamespaceLocked(sealed->name);
}

std::vector<SealedNamespaces::Sealed> SealedNamespaces::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<Sealed> result;
  for (const auto& [name, entry] : entries_) result.push_back({name, entry.key == nullptr});
  return result;
}

std::optional<ProvenNamespaceKey> SealedNamespaces::proven(const std::string& name,
                                                           const crypto::Secret& owners_key) const {
  auto key = std::make_shared<const NamespaceKey>(name, owners_key);
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw namespace_not_sealed(name);
  if (!crypto::constant_time_equal(found->second.check, key->check())) return std::nullopt;
  return ProvenNamespaceKey(std::move(key));
}

void SealedNamespaces::unlock(const ProvenNamespaceKey& key) {
  const std::unique_lock lock(mutex_);
  const auto found = entries_.find(key.name());
  if (found == entries_.end() || found->second.check != key.key_->check())
    throw Error(ErrorKind::conflict, quoted(key.name()) + " has another key meanwhile, or none");
  found->second.key = key.key_;
  // A transaction that others of the namespace wait for goes on with what it has.
  if (!staged_) return;
  if (const auto staged = staged_->find(key.name());
      staged != staged_->end() && staged->second.check == key.key_->check())
    staged->second.key = key.key_;
}

bool SealedNamespaces::lock(const std::string& name) {
  const std::unique_lock lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end() || !found->second.key) return false;
  found->second.key = nullptr;
  if (!staged_) return true;
  if (const auto staged = staged_->find(name); staged != staged_->end())
    staged->second.key = nullptr;
  return true;
}

bool SealedNamespaces::is_sealed(std::string_view inside) {
  return inside.starts_with(mark);
}

/// A row that is not sealed where all are may be one that somebody with the key of the database has
/// put there, to have it believed; or it was read just before the others were sealed.
crypto::Secret SealedNamespaces::opened(std::string_view session, crypto::Secret inside,
                                        std::string_view place) const {
  if (!any_ && !is_sealed(inside.view())) return inside;
  std::vector<NamespaceKeyPtr> keys;
  std::string name(session);
  {
    const std::shared_lock lock(mutex_);
    const auto found = around(entries_, session);
    const auto staged = around(written(), session);
    if (!is_sealed(inside.view())) {
      if (found == entries_.end() || staged == written().end()) return inside;
      throw NamespaceLocked(found->first, "is just being sealed, or an entry of it is not sealed");
    }
    if (found != entries_.end()) name = found->first;
    if (found != entries_.end() && found->second.key) keys.push_back(found->second.key);
    if (staged_ && staged != staged_->end() && staged->second.key)
      keys.push_back(staged->second.key);
  }
  if (keys.empty()) throw NamespaceLocked(name);
  for (const auto& key : keys)
    if (auto text = key->open(inside.view(), place)) return std::move(*text);
  throw NamespaceLocked(name, "has just got another key, or an entry of it is not sealed with it");
}

std::optional<std::string> SealedNamespaces::closed(std::string_view session,
                                                    std::string_view plaintext,
                                                    std::string_view place) const {
  NamespaceKeyPtr key;
  if (any_) {
    const std::shared_lock lock(mutex_);
    const auto found = around(written(), session);
    if (found != written().end()) {
      if (!found->second.key) throw NamespaceLocked(found->first);
      key = found->second.key;
    }
  }
  if (key) return key->seal(plaintext, place);
  if (is_sealed(plaintext))
    throw Error(ErrorKind::invalid, "a value that begins as sealed ones do can not be stored");
  return std::nullopt;
}

bool SealedNamespaces::is_sealed_itself(const std::string& session) const {
  const std::shared_lock lock(mutex_);
  const auto found = around(written(), session);
  if (found == written().end()) return false;
  if (!found->second.key) throw NamespaceLocked(found->first);
  return found->first == session;
}

NamespaceKeyPtr SealedNamespaces::key_to_replace(const std::string& name, bool to_seal) const {
  const std::shared_lock lock(mutex_);
  const auto found = around(written(), name);
  if (found != written().end() && found->first != name)
    throw Error(ErrorKind::conflict,
                quoted(name) + " lies in " + quoted(found->first) + ", which is sealed already");
  if (found != written().end()) {
    if (!found->second.key) throw NamespaceLocked(name);
    return found->second.key;
  }
  for (const auto& [other, entry] : written())
    if (to_seal && lies_in(other, name))
      throw Error(ErrorKind::conflict,
                  quoted(other) + " in it is sealed already: unseal that first");
  return nullptr;
}

void SealedNamespaces::replace(const std::string& name, const NamespaceKeyPtr& key) {
  const std::unique_lock lock(mutex_);
  if (!staged_) staged_ = entries_;
  any_ = true;
  if (!key)
    staged_->erase(name);
  else
    staged_->insert_or_assign(name, Entry{key->check(), key});
}

void SealedNamespaces::transaction_ended(bool stored) {
  const std::lock_guard turn(loading_);
  const std::unique_lock lock(mutex_);
  if (!staged_) return;
  if (stored) entries_ = std::move(*staged_);
  staged_.reset();
  any_ = !entries_.empty();
}

std::vector<std::string> SealedNamespaces::load(const std::function<Checks()>& read) {
  const std::lock_guard turn(loading_);
  const auto checks = read();
  std::vector<std::string> locked;
  const std::unique_lock lock(mutex_);
  Entries loaded;
  for (const auto& [name, check] : checks) {
    const auto known = entries_.find(name);
    const bool same = known != entries_.end() && known->second.check == check;
    loaded.emplace(name, Entry{check, same ? known->second.key : nullptr});
    if (!same) locked.push_back(name);
  }
  entries_ = std::move(loaded);
  any_ = !entries_.empty() || staged_.has_value();
  return locked;
}

}  // namespace sconectl::casd
