// The policies of a cluster: list, watch, and their status.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/kubernetes/api_server.hpp"
#include "sconectl/kubernetes/policy.hpp"

namespace sconectl::kubernetes {

struct PolicyList {
  std::vector<Policy> policies;
  std::string resource_version;  ///< from which a watch goes on
  /// Objects that can not be used at all (a name that is none), for a warning.
  std::size_t left_out = 0;
};

struct PolicyEvent {
  enum class Type { changed, deleted };
  Type type = Type::changed;
  Policy policy;
};

struct Watched {
  std::vector<PolicyEvent> events;
  std::string resource_version;  ///< the last that was seen, bookmarks included
  /// The server has forgotten this version (410): list again.
  bool too_old = false;
};

/// Every call throws as ApiServer and throw_status(), and Error{failed} for an answer that makes no
/// sense or is larger than 64 MiB. Nothing that the server says reaches a text with control
/// characters.
class Policies {
 public:
  /// In one namespace, or without one in all. `server` must outlive the object.
  Policies(ApiServer& server, std::optional<std::string> name_space);

  /// All of a kind, page after page.
  [[nodiscard]] PolicyList list(PolicyKind kind);
  /// What happened since `resource_version`. The server ends the answer after `duration`.
  [[nodiscard]] Watched watch(PolicyKind kind, const std::string& resource_version,
                              std::chrono::seconds duration);
  /// Replaces the status if the object is still the version that `policy` is.
  StatusWritten write_status(const Policy& policy, const PolicyStatus& status);

 private:
  [[nodiscard]] std::string path(PolicyKind kind) const;

  ApiServer& server_;
  std::optional<std::string> name_space_;
};

}  // namespace sconectl::kubernetes
