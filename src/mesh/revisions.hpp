// What pods of a service were started with, in a few digits.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sconectl/mesh/application.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::mesh {

/// All that it is made from must live as long.
class Revisions {
 public:
  Revisions(const Application& application, const std::vector<session::Session>& sessions,
            const Options& options);

  /// 16 hex digits that change exactly when the service's session, or a shared secret that it
  /// imports, says something else. Keyed by the service's token (`Options::tokens`): who sees the
  /// digits can not try values of secrets. Without a token "".
  [[nodiscard]] std::string of(const ServiceInstance& service) const;

 private:
  [[nodiscard]] session::Session imported(const session::Session& importer) const;

  const Application& application_;
  const Options& options_;
  std::unordered_map<std::string_view, const session::Session*> sessions_;
  std::unordered_map<std::string_view, const session::Secret*> shared_;
};

}  // namespace sconectl::mesh
