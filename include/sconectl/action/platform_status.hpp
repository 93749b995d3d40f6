// The status of CAS, LAS and SGXPlugin objects of a cluster, which `controller` writes
// (docs/controller.md).
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "sconectl/action/controller.hpp"
#include "sconectl/action/system.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/kubernetes/platform.hpp"

namespace sconectl::action {

/// What was found out about one resource.
struct PlatformOutcome {
  bool healthy = false;
  std::string reason;   ///< one word in CamelCase
  std::string message;  ///< for people, one line
};

/// A DaemonSet is healthy when it is ready on every node that it should run on, and there is one.
/// Nothing: there is no such DaemonSet.
[[nodiscard]] PlatformOutcome judged(const std::optional<kubernetes::DaemonSetState>& state);

/// What the object says after an outcome: HEALTHY or UNHEALTHY, and the condition Ready.
[[nodiscard]] kubernetes::PlatformResource with_outcome(kubernetes::PlatformResource resource,
                                                        const PlatformOutcome& outcome,
                                                        std::chrono::system_clock::time_point now);

class PlatformStatus {
 public:
  /// All must outlive the object.
  PlatformStatus(System& system, const cas::ConfigFile& config, kubernetes::Platform& platform,
                 CasKeys cas_keys);

  /// Looks at every resource and writes the statuses that have changed, if the last look is long
  /// enough ago. A cluster without these kinds, or that does not show them to us, is left alone,
  /// with one warning. Throws Error{interrupted} only.
  void look();

 private:
  void look_at(kubernetes::PlatformKind kind);
  [[nodiscard]] PlatformOutcome outcome_of(const kubernetes::PlatformResource& resource);
  [[nodiscard]] PlatformOutcome ask_cas(const kubernetes::PlatformResource& resource);

  System& system_;
  const cas::ConfigFile& config_;
  kubernetes::Platform& platform_;
  CasKeys cas_keys_;
  std::optional<std::chrono::steady_clock::time_point> last_;
  std::map<kubernetes::PlatformKind, std::string> told_;  ///< warnings, which are said once
};

/// Rounds until SIGTERM or SIGINT; `platform` may be a null pointer.
void run_controller(Controller& controller, PlatformStatus* platform);

}  // namespace sconectl::action
