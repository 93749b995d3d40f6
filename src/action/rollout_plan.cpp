#include "action/rollout_plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "sconectl/diag/error.hpp"
#include "sconectl/mesh/application.hpp"

namespace sconectl::action {
namespace {

using mesh::Release;
using mesh::ReleasedService;

constexpr std::size_t no_version = static_cast<std::size_t>(-1);
constexpr std::size_t most_named = 5;

bool is_same_cas(const MeshCas& a, const MeshCas& b) {
  if (!a.key_hash.empty() && !b.key_hash.empty()) return a.key_hash == b.key_hash;
  return a.address == b.address;
}

/// Charts of others do not say the revision.
bool is_pod_of(const kubernetes::Pod& pod, const ReleasedService& service) {
  const bool same_revision =
      pod.revision.empty() || service.revision.empty() || pod.revision == service.revision;
  return pod.service == service.name && same_revision &&
         std::find(pod.images.begin(), pod.images.end(), service.image) != pod.images.end();
}

/// The newest version whose pods look like this one.
std::size_t version_of(const kubernetes::Pod& pod, const mesh::Rollout& versions) {
  for (std::size_t i = versions.size(); i-- > 0;)
    for (const ReleasedService& service : versions[i].services)
      if (is_pod_of(pod, service)) return i;
  return no_version;
}

/// A release may have other pods: tests, charts of others.
bool is_of_mesh(const kubernetes::Pod& pod, const mesh::Rollout& versions) {
  return std::any_of(versions.begin(), versions.end(), [&](const Release& release) {
    return std::any_of(release.services.begin(), release.services.end(),
                       [&](const ReleasedService& one) { return one.name == pod.service; });
  });
}

std::string names_of(const std::vector<std::string>& names) {
  std::string result;
  for (std::size_t i = 0; i < names.size() && i < most_named; ++i)
    result += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > most_named) result += fmt::format(" and {} more", names.size() - most_named);
  return result;
}

/// Those of the current version in its order, then those that only older ones have.
std::vector<ReleasedService> services_of(const mesh::Rollout& versions) {
  std::vector<ReleasedService> result;
  std::set<std::string> seen;
  for (auto release = versions.rbegin(); release != versions.rend(); ++release)
    for (const ReleasedService& service : release->services)
      if (seen.insert(service.session).second) result.push_back(service);
  return result;
}

std::set<std::string> measurements_of(const session::Session& session,
                                      const mesh::SessionByName& others) {
  std::set<std::string> result;
  for (const session::Service& service : session.services)
    for (std::string& one : mesh::measurements(session, service, others))
      result.insert(std::move(one));
  return result;
}

class ServiceJudge {
 public:
  ServiceJudge(const RolloutRecord& record, const ActiveSessions& active)
      : record_(record), active_(active) {}

  [[nodiscard]] ServiceStatus judged(const ReleasedService& service) const {
    ServiceStatus result;
    result.name = service.name;
    result.session = service.session;
    result.native = service.native;
    const ActiveSession* active = active_(service.session);
    result.present = active != nullptr;
    std::set<std::string> accepted;
    result.readable = active != nullptr && active->session.has_value();
    if (result.readable) accepted = measurements_of(*active->session, on_cas());
    std::set<std::string> rest = accepted;
    for (const Release& release : record_.versions) {
      VersionStatus version;
      version.version = release.version;
      const session::Session* session = release.find_session(service.session);
      if (result.readable && session != nullptr) {
        for (const std::string& one : measurements_of(*session, in(release))) {
          (accepted.contains(one) ? version.accepted : version.not_accepted).push_back(one);
          rest.erase(one);
        }
      }
      result.versions.push_back(std::move(version));
    }
    result.of_no_version.assign(rest.begin(), rest.end());
    return result;
  }

 private:
  [[nodiscard]] mesh::SessionByName on_cas() const {
    return [this](const std::string& name) -> const session::Session* {
      const ActiveSession* active = active_(name);
      return active != nullptr && active->session ? &*active->session : nullptr;
    };
  }
  [[nodiscard]] mesh::SessionByName in(const Release& release) const {
    return [this, &release](const std::string& name) {
      const session::Session* own = release.find_session(name);
      return own != nullptr ? own : on_cas()(name);
    };
  }

  const RolloutRecord& record_;
  const ActiveSessions& active_;
};

}  // namespace

bool RolloutStatus::differs() const {
  const auto is_refused = [](const VersionStatus& version) {
    return !version.not_accepted.empty();
  };
  return !changed.empty() ||
         std::any_of(services.begin(), services.end(), [&](const ServiceStatus& service) {
           return std::any_of(service.versions.begin(), service.versions.end(), is_refused);
         });
}

void check_release_version(const MeshOptions& options) {
  if (options.release_version.empty()) return;
  if (const std::string fault = mesh::version_fault(options.release_version); !fault.empty())
    throw diag::Error(diag::ErrorKind::usage,
                      fmt::format("--release-version '{}' {}", options.release_version, fault));
  if (options.new_access_tokens)
    throw diag::Error(
        diag::ErrorKind::usage,
        "--release-version lets pods of the versions before it run on, and --new-access-tokens "
        "shuts them out: apply with the one first, and with the other when the rollout is "
        "finished");
}

const RolloutRecord* record_of(const MeshInputs& inputs) {
  if (!inputs.rollout) return nullptr;
  const bool same = is_same_cas(inputs.rollout->cas, inputs.cas) &&
                    inputs.rollout->name_space ==
                        mesh::name_space_of(inputs.mesh, inputs.options.policy_namespace);
  return same ? &*inputs.rollout : nullptr;
}

std::string release_version(const MeshInputs& inputs) {
  if (!inputs.options.release_version.empty()) return inputs.options.release_version;
  const RolloutRecord* record = record_of(inputs);
  return record == nullptr ? "" : record->versions.back().version;
}

RolloutRecord next_record(const MeshInputs& inputs, const std::string& release,
                          mesh::Release current) {
  current.version = release_version(inputs);
  RolloutRecord next;
  if (const RolloutRecord* record = record_of(inputs)) next = *record;
  next.cas = inputs.cas;
  next.name_space = mesh::name_space_of(inputs.mesh, inputs.options.policy_namespace);
  next.release = release;
  next.mode = session_cas(inputs.mesh).mode;
  next.complete = false;
  next.versions = mesh::with_release(std::move(next.versions), std::move(current));
  return next;
}

RolloutStatus status_of(const RolloutRecord& record, const ActiveSessions& active,
                        const PodsSeen& seen) {
  RolloutStatus result;
  result.name_space = record.name_space;
  result.release = seen.release;
  result.cas = record.cas.address;
  result.complete = record.complete;
  result.pods_unknown_because = seen.unknown_because;
  if (seen.unknown_because.empty()) result.pods_in = seen.name_space;
  for (const Release& release : record.versions) result.versions.push_back(release.version);
  for (const auto& [name, hash] : record.uploaded)
    if (const ActiveSession* now = active(name); now == nullptr || now->hash != hash)
      result.changed.push_back(name);
  const ServiceJudge judge(record, active);
  for (const ReleasedService& service : services_of(record.versions))
    result.services.push_back(judge.judged(service));
  for (const kubernetes::Pod& pod : seen.pods) {
    const auto service =
        std::find_if(result.services.begin(), result.services.end(),
                     [&](const ServiceStatus& one) { return one.name == pod.service; });
    if (service == result.services.end()) continue;
    const std::size_t version = version_of(pod, record.versions);
    ++(version == no_version ? service->pods_of_no_version : service->versions[version].pods);
  }
  return result;
}

std::string reason_to_wait(const RolloutRecord& record, const PodsSeen& seen) {
  if (!seen.has_cluster) return "";
  if (!seen.unknown_because.empty())
    return fmt::format(
        "which pods run can not be seen: {}; make that possible, or finish with --force",
        seen.unknown_because);
  std::vector<std::string> others;
  std::size_t all = 0;
  for (const kubernetes::Pod& pod : seen.pods) {
    if (!is_of_mesh(pod, record.versions)) continue;
    ++all;
    if (version_of(pod, record.versions) + 1 != record.versions.size()) others.push_back(pod.name);
  }
  if (all == 0)
    return fmt::format(
        "no pod of release '{}' runs in namespace '{}': name the namespace with -n and the release "
        "with --release, or finish with --force",
        seen.release, seen.name_space);
  if (others.empty()) return "";
  return fmt::format(
      "{} of {} pods in namespace '{}' are not of version {}: {}; they would not start again. Wait "
      "for 'helm upgrade', or finish with --force",
      others.size(), all, seen.name_space, mesh::version_text(record.versions.back()),
      names_of(others));
}

std::vector<std::string> left_sessions(const mesh::Rollout& versions) {
  std::set<std::string> left;
  for (const Release& release : versions)
    for (const session::Session& session : release.sessions)
      if (versions.back().find_session(session.name) == nullptr) left.insert(session.name);
  return {left.begin(), left.end()};
}

}  // namespace sconectl::action
