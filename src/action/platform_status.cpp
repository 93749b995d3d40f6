#include "sconectl/action/platform_status.hpp"

#include <fmt/core.h>

#include <utility>

#include "action/status_text.hpp"
#include "sconectl/action/cas_attest.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::action {
namespace {

using kubernetes::PlatformKind;
using kubernetes::PlatformResource;

constexpr std::chrono::seconds between_looks{15};
constexpr std::chrono::seconds health_patience{5};

/// The key that the CAS must have; nothing if nobody has vouched for it.
std::optional<cas::Trust> trust_in(const cas::Config& state, const CasKeys& keys,
                                   const cas::Address& address) {
  for (const auto& [named, key] : keys)
    if (cas::parse_address(named) == address) return cas::PinnedKey{key};
  if (const cas::KnownCas* known = cas::find_cas(state, cas::url(address))) return *known;
  return std::nullopt;
}

}  // namespace

PlatformOutcome judged(const std::optional<kubernetes::DaemonSetState>& state) {
  if (!state) return {false, "NoDaemonSet", "the DaemonSet that spec.daemonSet names is not there"};
  const std::string text = fmt::format("ready on {} of {} nodes", state->ready, state->desired);
  if (state->desired <= 0) return {false, "NoNodes", "the DaemonSet should run on no node"};
  if (state->ready < state->desired) return {false, "NotReady", text};
  return {true, "Ready", text};
}

PlatformResource with_outcome(PlatformResource resource, const PlatformOutcome& outcome,
                              std::chrono::system_clock::time_point now) {
  resource.state = outcome.healthy ? "HEALTHY" : "UNHEALTHY";
  resource.observed_generation = resource.meta.generation;
  resource.conditions = kubernetes::with_condition(
      std::move(resource.conditions),
      {"Ready", outcome.healthy ? "True" : "False", outcome.reason, outcome.message,
       text::rfc3339(std::chrono::floor<std::chrono::seconds>(now)), resource.meta.generation});
  return resource;
}

PlatformStatus::PlatformStatus(System& system, const cas::ConfigFile& config,
                               kubernetes::Platform& platform, CasKeys cas_keys)
    : system_(system), config_(config), platform_(platform), cas_keys_(std::move(cas_keys)) {}

void PlatformStatus::look() {
  const auto now = system_.clock.steady();
  if (last_ && now - *last_ < between_looks) return;
  last_ = now;
  for (const PlatformKind kind : {PlatformKind::cas, PlatformKind::las, PlatformKind::sgx_plugin}) {
    try {
      look_at(kind);
      told_.erase(kind);
    } catch (const diag::Error& error) {
      if (error.kind() == diag::ErrorKind::interrupted) throw;
      const std::string text = one_line(error);
      if (std::exchange(told_[kind], text) != text)
        system_.warn({diag::Severity::warning, {}, text});
    }
  }
}

void PlatformStatus::look_at(PlatformKind kind) {
  const auto resources = platform_.list(kind);
  if (!resources) return;
  for (const PlatformResource& resource : *resources) {
    if (resource.meta.being_deleted) continue;
    const PlatformResource now = with_outcome(resource, outcome_of(resource), system_.clock.now());
    if (now.state == resource.state && now.conditions == resource.conditions &&
        now.observed_generation == resource.observed_generation)
      continue;
    // One that has changed meanwhile is looked at again the next time.
    (void)platform_.write_status(now);
  }
}

PlatformOutcome PlatformStatus::outcome_of(const PlatformResource& resource) {
  if (resource.kind == PlatformKind::cas) return ask_cas(resource);
  if (resource.daemon_set) return judged(platform_.daemon_set(*resource.daemon_set));
  return {true, "NothingToRun",
          "spec.daemonSet names nothing that has to run: services of this cluster prove themselves "
          "without hardware"};
}

PlatformOutcome PlatformStatus::ask_cas(const PlatformResource& resource) {
  try {
    // Its own Service and nothing else: whoever may make objects must not choose whom we contact.
    const std::int64_t port = resource.client_port == 0 ? cas::client_port : resource.client_port;
    const cas::Address address = cas::parse_address(
        fmt::format("{}.{}:{}", resource.meta.name, resource.meta.name_space, port));
    cas::Peer peer;
    peer.address = address;
    peer.retries = 0;
    peer.patience = health_patience;
    const auto trust = trust_in(config_.load(), cas_keys_, address);
    peer.trust = trust.value_or(cas::TrustAny{});
    const bool healthy = cas::Client(system_.http, system_.clock, peer).health().healthy;
    if (!healthy) return {false, "NotHealthy", "the CAS says that it is not healthy"};
    return trust ? PlatformOutcome{true, "Ready", "the CAS answers, with the key that was named"}
                 : PlatformOutcome{true, "ReadyUnverified",
                                   "a CAS answers; nobody named its key (--cas-key)"};
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    const bool refused = error.kind() == diag::ErrorKind::refused;
    return {false, refused ? "AnotherKey" : "NoAnswer", one_line(error)};
  }
}

void run_controller(Controller& controller, PlatformStatus* platform) {
  for (;;) {
    try {
      if (platform != nullptr) platform->look();
      controller.round();
    } catch (const diag::Error& error) {
      if (error.kind() == diag::ErrorKind::interrupted) return;
      throw;
    }
  }
}

}  // namespace sconectl::action
