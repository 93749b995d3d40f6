#include "sconectl/kubernetes/cluster.hpp"

#include "sconectl/diag/error.hpp"
#include "sconectl/host/environment.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/text/address.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::kubernetes {
namespace {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

constexpr const char* service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr std::size_t certificates_limit = std::size_t{1} << 20U;

/// The one file of KUBECONFIG. kubectl merges several; which of them says what is easily mistaken.
std::optional<fs::path> file_of_environment(const host::Files& files,
                                            const host::Environment& environment) {
  const std::string variable = environment.get_or("KUBECONFIG", "");
  std::optional<fs::path> found;
  for (const std::string_view part : text::split(variable, ':')) {
    if (part.empty() || !files.exists(part)) continue;
    if (found)
      throw Error(ErrorKind::unsupported,
                  "KUBECONFIG names several files, which are not merged here: name one with "
                  "--kubeconfig");
    found = fs::path(part);
  }
  if (!variable.empty() && !found)
    throw Error(ErrorKind::unavailable, "KUBECONFIG names no file that is there");
  return found;
}

}  // namespace

std::optional<Cluster> in_cluster(const host::Files& files, const host::Environment& environment) {
  const std::string host = environment.get_or("KUBERNETES_SERVICE_HOST", "");
  const auto port = text::number<std::uint16_t>(environment.get_or("KUBERNETES_SERVICE_PORT", ""));
  const fs::path directory = service_account;
  if (host.empty() || !port || !files.exists(directory / "token")) return std::nullopt;
  Cluster cluster;
  cluster.server = "https://" + text::Address{host, *port}.authority();
  cluster.authorities = files.read(directory / "ca.crt", certificates_limit);
  cluster.token_file = directory / "token";
  if (const auto name = files.read_if_exists(directory / "namespace", certificates_limit))
    cluster.name_space = text::trimmed(*name);
  return cluster;
}

Cluster find_cluster(const host::Files& files, const host::Environment& environment,
                     const ClusterChoice& choice) {
  if (choice.kube_config) return read_kube_config(files, *choice.kube_config, choice.context);
  if (const auto path = file_of_environment(files, environment))
    return read_kube_config(files, *path, choice.context);
  if (auto cluster = in_cluster(files, environment)) {
    if (choice.context)
      throw Error(ErrorKind::usage, "--context needs a kubeconfig: name it with --kubeconfig");
    return *std::move(cluster);
  }
  const fs::path usual = environment.home_directory() / ".kube" / "config";
  if (files.exists(usual)) return read_kube_config(files, usual, choice.context);
  throw Error(ErrorKind::unavailable,
              "no cluster is known: this is no pod with a service account, KUBECONFIG is not set, "
              "and there is no " +
                  usual.string());
}

}  // namespace sconectl::kubernetes
