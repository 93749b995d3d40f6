#include "sconectl/action/controller.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "action/status_text.hpp"
#include "action/upload_records.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::action {
namespace {

using kubernetes::Policy;
using kubernetes::PolicyKind;
using kubernetes::PolicyStatus;
using std::chrono::milliseconds;

constexpr milliseconds first_retry{1000};
constexpr milliseconds longest_retry{120'000};
constexpr milliseconds longest_outage{30'000};
constexpr std::size_t most_remembered = 10'000;
constexpr const char* ready = "Ready";

std::string_view state_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::uploaded:
      return "UPLOADED";
    case Verdict::refused:
      return "REFUSED";
    case Verdict::unreachable:
      return "WAITING";
    case Verdict::invalid:
      return "INVALID";
  }
  return "INVALID";
}

/// Everything that decides what an upload does, as one digest.
std::string content_digest(const Policy& policy) {
  std::string all;
  const auto add = [&](std::string_view part) { all += fmt::format("{}:{}", part.size(), part); };
  add(text::word(policy.kind));
  add(policy.cas_address);
  add(policy.policy);
  add(policy.encryption_key);
  for (const auto& [signer, signature] : policy.signatures) {
    add(signer);
    add(signature);
  }
  return crypto::hex(crypto::view(crypto::sha256(all)));
}

}  // namespace

bool is_done(const Policy& policy) {
  const kubernetes::Condition* condition =
      kubernetes::find_condition(policy.status.conditions, ready);
  return condition != nullptr && condition->status == "True" &&
         policy.status.observed_generation == policy.meta.generation &&
         condition->observed_generation == policy.meta.generation;
}

milliseconds pause_after(unsigned failures) {
  milliseconds pause = first_retry;
  for (unsigned i = 1; i < failures && pause < longest_retry; ++i) pause *= 2;
  return std::min(pause, longest_retry);
}

PolicyStatus status_after(const Policy& policy, const PolicyOutcome& outcome,
                          std::chrono::system_clock::time_point now) {
  PolicyStatus status = policy.status;
  const bool uploaded = outcome.verdict == Verdict::uploaded;
  status.state = state_word(outcome.verdict);
  // A version that was uploaded before stays the active one when its successor is refused.
  if (uploaded) status.hash = outcome.hash;
  status.observed_generation = policy.meta.generation;
  kubernetes::Condition condition{ready,
                                  uploaded ? "True" : "False",
                                  outcome.reason,
                                  outcome.message,
                                  text::rfc3339(std::chrono::floor<std::chrono::seconds>(now)),
                                  policy.meta.generation};
  status.conditions =
      kubernetes::with_condition(std::move(status.conditions), std::move(condition));
  return status;
}

Controller::Controller(System& system, const cas::ConfigFile& config,
                       kubernetes::Policies& policies, kubernetes::Records* records,
                       ControllerOptions options)
    : system_(system),
      config_(config),
      policies_(policies),
      uploads_(std::make_unique<UploadRecords>(system, records)),
      options_(std::move(options)) {}

Controller::~Controller() = default;

void Controller::round() {
  try {
    uploads_->load();
    for (const PolicyKind kind : {PolicyKind::signed_policy, PolicyKind::encrypted_policy})
      if (!versions_.contains(kind)) list(kind);
    reconcile_all();
    uploads_->prune(digests());
    for (const PolicyKind kind : {PolicyKind::signed_policy, PolicyKind::encrypted_policy})
      watch(kind);
    outages_ = 0;
  } catch (const diag::Error& error) {
    const bool may_pass =
        error.kind() == diag::ErrorKind::unavailable || error.kind() == diag::ErrorKind::failed;
    if (!may_pass) throw;
    versions_.clear();  // what was missed is in the next list
    ++outages_;
    if (outages_ == 1) system_.warn({diag::Severity::warning, {}, one_line(error)});
    system_.clock.sleep(std::min(pause_after(outages_), longest_outage));
  }
}

void Controller::list(PolicyKind kind) {
  kubernetes::PolicyList list = policies_.list(kind);
  if (list.left_out > 0)
    system_.warn({diag::Severity::warning,
                  {},
                  fmt::format("{} objects of {} can not be used: the API server names them as "
                              "Kubernetes does not",
                              list.left_out, text::word(kind))});
  std::map<Key, Known> kept;
  for (auto& [key, known] : known_)
    if (std::get<0>(key) != kind) kept.emplace(key, std::move(known));
  std::swap(known_, kept);
  for (Policy& policy : list.policies) {
    const Key key{kind, policy.meta.name_space, policy.meta.name};
    // What was tried for it is remembered across a list.
    if (const auto before = kept.find(key); before != kept.end())
      known_.emplace(key, std::move(before->second));
    remember(std::move(policy));
  }
  versions_[kind] = list.resource_version;
}

void Controller::watch(PolicyKind kind) {
  kubernetes::Watched watched = policies_.watch(kind, versions_.at(kind), options_.watch);
  for (kubernetes::PolicyEvent& event : watched.events) {
    if (event.type == kubernetes::PolicyEvent::Type::changed) {
      remember(std::move(event.policy));
      continue;
    }
    const kubernetes::ObjectMeta& meta = event.policy.meta;
    known_.erase({kind, meta.name_space, meta.name});
    system_.tell(fmt::format("{}: deleted; its session stays on the CAS", event.policy.title()));
  }
  if (watched.too_old)
    versions_.erase(kind);
  else
    versions_[kind] = watched.resource_version;
}

void Controller::remember(Policy policy) {
  Known& known = known_[{policy.kind, policy.meta.name_space, policy.meta.name}];
  const bool other = known.attempt && (known.attempt->uid != policy.meta.uid ||
                                       known.attempt->generation != policy.meta.generation);
  if (other) known.attempt.reset();
  known.digest = content_digest(policy);
  known.policy = std::move(policy);
  if (is_done(known.policy)) known.policy.policy.clear();  // nobody needs the text any more
}

bool Controller::due(const Known& known) const {
  if (!known.attempt) return true;
  return known.attempt->outcome.verdict != Verdict::uploaded &&
         known.attempt->outcome.verdict != Verdict::invalid &&
         system_.clock.steady() >= known.attempt->next;
}

/// In the order of Helm's hooks: a namespace comes before the sessions in it.
void Controller::reconcile_all() {
  std::vector<Known*> in_order;
  for (auto& [key, known] : known_) in_order.push_back(&known);
  std::stable_sort(in_order.begin(), in_order.end(), [](const Known* a, const Known* b) {
    return a->policy.meta.hook_weight < b->policy.meta.hook_weight;
  });
  for (Known* known : in_order) reconcile(*known);
}

void Controller::reconcile(Known& known) {
  if (is_done(known.policy)) {
    known.attempt.reset();  // also if it was another controller that did it
    return;
  }
  if (known.policy.meta.being_deleted) return;
  if (due(known)) try_upload(known);
  if (known.attempt) write_status(known);
}

std::set<std::string> Controller::digests() const {
  std::set<std::string> result;
  for (const auto& [key, known] : known_) result.insert(known.digest);
  return result;
}

/// A CAS that was away a moment ago is not asked for each of its policies: the others would wait.
PolicyOutcome Controller::uploaded_now(const Policy& policy) {
  const auto away = away_.find(policy.cas_address);
  if (away != away_.end() && system_.clock.steady() < away->second.next)
    return away->second.outcome;
  PolicyOutcome outcome = upload_policy(system_, config_, policy, options_.cas_keys);
  if (outcome.reason == "Conflict")
    if (const auto hash = uploads_->find(content_digest(policy)))
      outcome = {Verdict::uploaded, *hash, "Uploaded", "this was uploaded before"};
  if (outcome.verdict != Verdict::unreachable) {
    away_.erase(policy.cas_address);
    return outcome;
  }
  if (away_.size() >= most_remembered) away_.clear();
  Away& now = away_[policy.cas_address];
  now.outcome = outcome;
  now.next = system_.clock.steady() + pause_after(++now.failures);
  return outcome;
}

void Controller::try_upload(Known& known) {
  const Policy& policy = known.policy;
  const unsigned failures = known.attempt ? known.attempt->failures : 0;
  const PolicyOutcome outcome = uploaded_now(policy);
  Attempt attempt{policy.meta.uid, policy.meta.generation, outcome, 0, {}};
  if (outcome.verdict == Verdict::uploaded) {
    uploads_->put(known.digest, outcome.hash);
    system_.tell(fmt::format("{}: uploaded, hash {}", policy.title(), outcome.hash));
  } else {
    attempt.failures = failures + 1;
    attempt.next = system_.clock.steady() + pause_after(attempt.failures);
    if (!known.attempt || known.attempt->outcome.message != outcome.message)
      system_.warn({diag::Severity::warning,
                    {},
                    fmt::format("{}: {}: {}", policy.title(), outcome.reason, outcome.message)});
  }
  known.attempt = std::move(attempt);
}

void Controller::write_status(Known& known) {
  const PolicyStatus status =
      status_after(known.policy, known.attempt->outcome, system_.clock.now());
  if (status == known.policy.status) return;
  try {
    // Of a conflict or a deletion the watch tells, with the object as it is now.
    if (policies_.write_status(known.policy, status) == kubernetes::StatusWritten::written)
      known.policy.status = status;
  } catch (const diag::Error& error) {
    if (error.kind() != diag::ErrorKind::failed) throw;
    // A status that the server does not take must not hold up the others: not before a change.
    known.policy.status = status;
    system_.warn({diag::Severity::warning,
                  {},
                  fmt::format("{}: {}", known.policy.title(), one_line(error))});
  }
}

}  // namespace sconectl::action
