// The pods of a Helm release.
#pragma once

#include <string>
#include <vector>

#include "sconectl/kubernetes/api_server.hpp"

namespace sconectl::kubernetes {

struct Pod {
  std::string name;
  std::string service;              ///< the label app.kubernetes.io/name
  std::string revision;             ///< the annotation sconectl/revision; "" without one
  std::vector<std::string> images;  ///< of its containers, as the pod names them
};

/// Those in `name_space` with the label app.kubernetes.io/instance `release` that have not ended.
/// Errors as those of Policies.
[[nodiscard]] std::vector<Pod> pods_of_release(ApiServer& server, const std::string& name_space,
                                               const std::string& release);

}  // namespace sconectl::kubernetes
