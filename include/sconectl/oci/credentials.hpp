// Who logs in to a registry, as docker's and podman's configuration says.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/crypto/secret.hpp"
#include "sconectl/host/environment.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/processes.hpp"

namespace sconectl::oci {

struct Login {
  std::string user;
  crypto::Secret password;
  /// The password is a refresh token of the registry's authorisation service.
  bool is_token = false;
};

/// Looks in $DOCKER_CONFIG/config.json (~/.docker), $REGISTRY_AUTH_FILE and the
/// containers/auth.json files of podman, the nearest entry first: credential helpers of the
/// registry, then entries for the repository or one above it, then the store for all. Helpers are
/// started with the host on their stdin, never on their command line.
class Credentials {
 public:
  Credentials(const host::Environment& environment, host::Files& files, host::Processes& processes)
      : environment_(environment), files_(files), processes_(processes) {}
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;
  virtual ~Credentials() = default;

  /// Nothing if nobody logged in: what a helper says when it has nothing differs from helper to
  /// helper, so one that fails has nothing, too. Error{unavailable} for a configuration that is no
  /// JSON and for a helper that is not installed.
  [[nodiscard]] virtual std::optional<Login> login(const std::string& registry,
                                                   const std::string& repository);

 private:
  [[nodiscard]] std::vector<std::filesystem::path> configurations() const;
  [[nodiscard]] std::optional<Login> from_helper(const std::string& helper,
                                                 const std::string& server);

  const host::Environment& environment_;
  host::Files& files_;
  host::Processes& processes_;
};

}  // namespace sconectl::oci
