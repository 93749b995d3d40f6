// Where the API server of a cluster is, and who we are there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sconectl/crypto/secret.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::host {
class Environment;
class Files;
}  // namespace sconectl::host

namespace sconectl::kubernetes {

struct Cluster {
  std::string server;       ///< "https://HOST[:PORT]", no '/' at the end
  std::string authorities;  ///< PEM: who may vouch for the server; "": those of the system
  std::optional<host::ClientCertificate> client;
  crypto::Secret token;              ///< empty: none
  std::filesystem::path token_file;  ///< instead: read for each request, as kubelet replaces it
  std::string name_space = "default";
};

/// What the command line says about the cluster.
struct ClusterChoice {
  std::optional<std::filesystem::path> kube_config;  ///< --kubeconfig
  std::optional<std::string> context;                ///< --context
};

/// `kube_config` or KUBECONFIG, else the service account of the pod that this process runs in, else
/// ~/.kube/config. Throws Error{unavailable} if there is none of these, and as read_kube_config().
[[nodiscard]] Cluster find_cluster(const host::Files& files, const host::Environment& environment,
                                   const ClusterChoice& choice);

/// The API server of the pod's own cluster and the pod's service account, from the files that
/// kubelet puts into every container; nothing outside of a pod.
[[nodiscard]] std::optional<Cluster> in_cluster(const host::Files& files,
                                                const host::Environment& environment);

/// The cluster and the user of a context (default: `current-context`). Relative paths in it are
/// relative to the file. Throws Error{unavailable} if the file is not there, Error{invalid} for one
/// that makes no sense, Error{unsupported} for what is not built in and would weaken or change the
/// connection if it were ignored: `insecure-skip-tls-verify`, `exec`, `auth-provider`, `proxy-url`,
/// `tls-server-name`, passwords, impersonation. No text shows a value of the file but names.
[[nodiscard]] Cluster read_kube_config(const host::Files& files, const std::filesystem::path& path,
                                       const std::optional<std::string>& context);

}  // namespace sconectl::kubernetes
