// The resources of a cluster that say whether its platform is healthy: CAS, LAS and SGXPlugin
// (templates/platform/crds).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/kubernetes/api_server.hpp"
#include "sconectl/kubernetes/object.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::kubernetes {

/// The words are the plural names, as in paths of the API.
enum class PlatformKind { cas, las, sgx_plugin };
[[nodiscard]] constexpr auto words_of(PlatformKind) {
  return text::words<PlatformKind::sgx_plugin>("cas", "las", "sgxplugins");
}

struct DaemonSetName {
  std::string name_space;
  std::string name;
};

struct PlatformResource {
  PlatformKind kind = PlatformKind::cas;
  ObjectMeta meta;
  std::int64_t client_port = 0;             ///< spec.service.clientPort of a CAS, 0: not said
  std::optional<DaemonSetName> daemon_set;  ///< spec.daemonSet of the others
  std::string state;                        ///< the status
  std::int64_t observed_generation = 0;
  std::vector<Condition> conditions;
};

/// How many nodes a DaemonSet should run on, and on how many it is ready.
struct DaemonSetState {
  std::int64_t desired = 0;
  std::int64_t ready = 0;
};

/// Errors as those of Policies.
class Platform {
 public:
  /// `server` must outlive the object.
  explicit Platform(ApiServer& server) : server_(server) {}

  /// Nothing if the cluster does not know the kind.
  [[nodiscard]] std::optional<std::vector<PlatformResource>> list(PlatformKind kind);
  /// Nothing if there is none of this name.
  [[nodiscard]] std::optional<DaemonSetState> daemon_set(const DaemonSetName& name);
  /// Writes state, observed_generation and conditions of `resource`, if the object is still the
  /// version that was listed.
  StatusWritten write_status(const PlatformResource& resource);

 private:
  ApiServer& server_;
};

}  // namespace sconectl::kubernetes
