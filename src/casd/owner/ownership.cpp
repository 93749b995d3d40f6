#include "casd/owner/ownership.hpp"

#include "casd/store/fields.hpp"
#include "sconectl/cas/wire_owner.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

std::string fact_of_version(int version) {
  return "owner-" + std::to_string(version);
}

std::string owner_key_hash(const std::string& certificate_pem) {
  return crypto::key_hash(crypto::Certificate::from_pem(certificate_pem).public_key());
}

std::shared_ptr<const Owned> owned_of(const crypto::Secret& stored, int version) {
  const auto fields = split_fields(stored.view(), 2);
  auto result = std::make_shared<Owned>();
  result->certificate_pem = fields[0];
  result->key_hash = owner_key_hash(result->certificate_pem);
  diag::Diagnostics ignored;  // told when it was sent
  result->config = cas::parse_owner_config("owner.json", std::string(fields[1]), ignored);
  result->version = version;
  return result;
}

Error provisioned_already() {
  return {ErrorKind::conflict,
          "this CAS is provisioned already; its ownership can not be transferred"};
}

}  // namespace

Ownership::Ownership(Store& store, Unowned unowned) : store_(store), unowned_(unowned) {
  std::optional<crypto::Secret> newest;
  int version = 0;
  while (auto stored = store_.fact(fact_of_version(version + 1))) {
    newest = std::move(stored);
    ++version;
  }
  if (newest)
    owned_ = owned_of(*newest, version);
  else if (unowned_.offered)
    token_ = crypto::random_bytes(cas::provisioning_token_bytes);
}

/// Nobody tells it: another CAS of the same database took the request. One looks, and nobody waits
/// for him: what he calls may ask for the owner itself.
void Ownership::follow_others() const {
  if (!store_.has_others() || following_.exchange(true)) return;
  try {
    follow();
  } catch (const Error&) {  // what is known counts; whoever needs the database hears of it there
  }
  following_ = false;
}

void Ownership::follow() const {
  const auto facts = store_.facts_of_others();
  std::shared_ptr<const Owned> newest;
  {
    const std::lock_guard lock(mutex_);
    if (owned_ && facts == facts_seen_ && owned_ == told_of_) return;
    newest = owned_;
  }
  for (int version = newest ? newest->version + 1 : 1;; ++version) {
    const auto stored = store_.fact(fact_of_version(version));
    if (!stored) break;
    newest = owned_of(*stored, version);
  }
  std::shared_ptr<const Owned> before;
  {
    const std::lock_guard lock(mutex_);
    facts_seen_ = facts;
    if (owned_ && (!newest || newest->version < owned_->version)) newest = owned_;
    owned_ = newest;
    if (newest) token_ = crypto::Secret();
    before = told_of_;
  }
  // Tried again with the next request, if it fails.
  if (newest && newest != before && told_) {
    told_(before ? before->config.api_identity : cas::ApiIdentity{});
    const std::lock_guard lock(mutex_);
    told_of_ = newest;
  }
}

void Ownership::on_configured_by_others(OnConfigured told) {
  const std::lock_guard lock(mutex_);
  told_ = std::move(told);
  told_of_ = owned_;  // what has begun with it
}

std::shared_ptr<const Owned> Ownership::owned() const {
  follow_others();
  return known();
}

std::shared_ptr<const Owned> Ownership::known() const {
  const std::lock_guard lock(mutex_);
  return owned_;
}

std::string Ownership::token() const {
  const std::lock_guard lock(mutex_);
  return crypto::hex(token_.view());
}

Provisioner Ownership::admit(const std::optional<std::string>& certificate_pem,
                             const crypto::Secret& token) const {
  if (!certificate_pem)
    throw Error(ErrorKind::unauthenticated,
                "provisioning needs a TLS client certificate: its key becomes the owner");
  if (owned()) throw provisioned_already();
  const std::lock_guard lock(mutex_);
  if (owned_) throw provisioned_already();
  if (token_.empty())
    throw Error(ErrorKind::refused,
                "this CAS looks for no owner: its operator starts it with --config or "
                "--require-provisioning");
  if (!crypto::constant_time_equal(token.view(), token_.view()))
    throw Error(ErrorKind::refused,
                "the provisioning token is wrong; the log of the CAS shows the one of its last "
                "start");
  return Provisioner(*certificate_pem);
}

void Ownership::provision(const Provisioner& who, cas::OwnerConfig config, const Notes& notes) {
  const std::lock_guard one(changing_);
  if (provisioned()) throw provisioned_already();
  store_next(OwnershipPermission(), who.certificate_pem(), std::move(config), 1, notes);
}

void Ownership::provision(const StartPermission& permission, const std::string& certificate_pem,
                          cas::OwnerConfig config) {
  const std::lock_guard one(changing_);
  if (provisioned()) throw provisioned_already();
  store_next(OwnershipPermission(permission), certificate_pem, std::move(config), 1, {});
  provisioned_by_start_ = true;
}

Owner Ownership::judge(const std::optional<std::string>& certificate_pem) const {
  // Only what is newest is good enough for the owner himself.
  store_.see_others();
  const auto owned_now = owned();
  if (!owned_now)
    throw Error(ErrorKind::unavailable, "this CAS is not provisioned: it has no owner yet");
  if (!certificate_pem)
    throw Error(ErrorKind::unauthenticated,
                "only the owner of the CAS may do this: show the TLS client certificate that "
                "provisioned it");
  if (owner_key_hash(*certificate_pem) != owned_now->key_hash)
    throw Error(ErrorKind::refused, "only the owner of the CAS may do this");
  return Owner();
}

std::shared_ptr<const Owned> Ownership::configure(const Owner&, cas::OwnerConfig config,
                                                  const Notes& notes) {
  const std::lock_guard one(changing_);
  auto before = owned();
  store_next(OwnershipPermission(), before->certificate_pem, std::move(config), before->version + 1,
             notes);
  return before;
}

void Ownership::store_next(const OwnershipPermission& permission,
                           const std::string& certificate_pem, cas::OwnerConfig config, int version,
                           const Notes& notes) {
  const auto text = cas::encode(config);
  const auto stored = join_fields({certificate_pem, text.view()});
  auto next = owned_of(stored, version);
  store_.keep_fact(permission, fact_of_version(version), stored.view(), notes);
  const std::lock_guard lock(mutex_);
  owned_ = std::move(next);
  told_of_ = owned_;  // by who has called this
  token_ = crypto::Secret();
}

}  // namespace sconectl::casd
