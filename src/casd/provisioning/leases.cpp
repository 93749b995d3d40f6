#include "casd/provisioning/leases.hpp"

#include <algorithm>
#include <map>

#include "casd/store/fields.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::casd {

namespace {

constexpr std::string_view lease_fact = "lease-key";
constexpr std::size_t lease_root_bytes = 32;
constexpr std::size_t fields_of_lease = 6;
/// What a service says is written down at most this often in the life of a lease.
constexpr std::int64_t notes_in_lifetime = 24;

crypto::Secret encode(const std::vector<GrantedLease>& leases) {
  crypto::Secret result;
  for (const auto& lease : leases)
    result.append(join_fields({lease.id, lease.version, lease.demands, lease.source,
                               std::to_string(lease.granted), std::to_string(lease.last_heard)})
                      .view());
  return result;
}

std::vector<GrantedLease> decode(std::string_view stored) {
  const auto fields = split_fields(stored);
  std::vector<GrantedLease> leases;
  for (std::size_t at = 0; at + fields_of_lease <= fields.size(); at += fields_of_lease)
    leases.push_back({std::string(fields[at]), std::string(fields[at + 1]),
                      std::string(fields[at + 2]), std::string(fields[at + 3]),
                      text::number<std::int64_t>(fields[at + 4]).value_or(0),
                      text::number<std::int64_t>(fields[at + 5]).value_or(0)});
  return leases;
}

/// The one that was not heard of for longest, of the source that has most.
std::vector<GrantedLease>::iterator least_missed(std::vector<GrantedLease>& leases) {
  std::map<std::string_view, std::size_t> of_source;
  for (const auto& lease : leases) ++of_source[lease.source];
  return std::min_element(leases.begin(), leases.end(),
                          [&](const GrantedLease& a, const GrantedLease& b) {
                            const auto many = of_source[a.source];
                            const auto others = of_source[b.source];
                            return many != others ? many > others : a.last_heard < b.last_heard;
                          });
}

auto with_id(std::vector<GrantedLease>& leases, std::string_view id) {
  return std::find_if(leases.begin(), leases.end(),
                      [id](const GrantedLease& lease) { return lease.id == id; });
}

}  // namespace

std::string lease_subject(const std::string& service) {
  return "leases:" + service;
}

Leases::Leases(Store& store, const StartPermission& permission, const host::Clock& clock,
               std::chrono::seconds lifetime)
    : store_(store), clock_(clock), lifetime_(lifetime.count()) {
  if (auto stored = store.fact(std::string(lease_fact))) {
    root_ = std::move(*stored);
    return;
  }
  root_ = crypto::random_bytes(lease_root_bytes);
  store.keep_fact(permission, std::string(lease_fact), root_.view());
}

std::int64_t Leases::now() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
}

std::int64_t Leases::expiry(const GrantedLease& lease) const {
  return lease.last_heard + lifetime_;
}

std::vector<GrantedLease> Leases::good(std::optional<std::string_view> stored) const {
  auto leases = decode(stored.value_or(""));
  const auto present = now();
  std::erase_if(leases, [&](const GrantedLease& lease) { return expiry(lease) <= present; });
  return leases;
}

void Leases::change(const StatePermission& permission, const SessionVersion& session,
                    const std::string& service, const Change& change, const Notes* notes) {
  const auto changed = [&](std::optional<std::string_view> stored) {
    auto leases = good(stored);
    return change(leases) ? std::optional(encode(leases)) : std::nullopt;
  };
  store_.change_state(permission, session, lease_subject(service), changed, notes);
}

cas::Lease Leases::grant(const StatePermission& permission, const SessionVersion& session,
                         const std::string& service, GrantedLease granted, const Notes& notes,
                         std::vector<Store::StateChange> also) {
  granted.id = crypto::random_bytes(cas::lease_id_bytes).view();
  granted.granted = granted.last_heard = now();
  const auto add = [&](std::optional<std::string_view> stored) {
    auto leases = good(stored);
    if (leases.size() >= most) leases.erase(least_missed(leases));
    leases.push_back(granted);
    return std::optional(encode(leases));
  };
  also.push_back({lease_subject(service), add});
  store_.change_states(permission, session, also, &notes);
  return {granted.id, std::string(key(session.name, service, granted.id).view())};
}

crypto::Secret Leases::key(std::string_view session, std::string_view service,
                           std::string_view id) const {
  const auto message = join_fields({session, service, id});
  return crypto::Secret(crypto::view(crypto::hmac_sha256(root_.view(), message.view())));
}

std::optional<GrantedLease> Leases::find(const std::string& session, const std::string& service,
                                         std::string_view id) const {
  auto leases = all(session, service);
  const auto found = with_id(leases, id);
  return found == leases.end() ? std::nullopt : std::optional(std::move(*found));
}

void Leases::heard(const StatePermission& permission, const SessionVersion& session,
                   const std::string& service, const GrantedLease& lease) {
  const auto present = now();
  if (present - lease.last_heard < lifetime_ / notes_in_lifetime) return;
  change(permission, session, service, [&](std::vector<GrantedLease>& leases) {
    const auto found = with_id(leases, lease.id);
    if (found == leases.end()) return false;
    found->last_heard = present;
    return true;
  });
}

std::vector<GrantedLease> Leases::all(const std::string& session,
                                      const std::string& service) const {
  const auto stored = store_.state(session, lease_subject(service));
  return good(stored ? std::optional(stored->view()) : std::nullopt);
}

std::size_t Leases::end(const StatePermission& permission, const SessionVersion& session,
                        const std::string& service, const std::optional<std::string>& id,
                        const Notes& notes) {
  std::size_t ended = 0;
  const auto end_those = [&](std::vector<GrantedLease>& leases) {
    ended =
        std::erase_if(leases, [&](const GrantedLease& lease) { return !id || lease.id == *id; });
    return ended > 0;
  };
  change(permission, session, service, end_those, &notes);
  return ended;
}

}  // namespace sconectl::casd
