// Facts to findings: the cluster and what talks to it.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "action/doctor_findings.hpp"
#include "sconectl/host/processes.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::action {
namespace {

constexpr MajorMinor least_kubectl{1, 24};
constexpr MajorMinor least_helm{3, 8};

void tool(const std::string& name, const ProgramFacts& program, MajorMinor least,
          std::string_view how, Findings& out) {
  if (!program.installed) {
    out.push_back({name, Health::missing, "is not installed", std::string(how)});
    return;
  }
  const auto version = major_minor(program.version);
  if (!version)
    out.push_back({name, Health::warning,
                   fmt::format("does not tell its version (at least {}.{} is needed)", least.first,
                               least.second),
                   std::string(how)});
  else if (*version < least)
    out.push_back({name, Health::missing,
                   fmt::format("{} is too old, at least {}.{} is needed", program.version,
                               least.first, least.second),
                   std::string(how)});
  else
    out.push_back({name, Health::ok, program.version, ""});
}

std::string place(const ResourceFacts& resource) {
  return resource.name_space.empty() ? resource.name : resource.name_space + "/" + resource.name;
}

/// One kind of the platform: all of its resources have to say HEALTHY.
void platform_kind(const std::string& topic, const Resources& resources, bool needed,
                   const std::string& otherwise, Findings& out) {
  if (!resources || resources->empty()) {
    out.push_back({topic, needed ? Health::missing : Health::ok,
                   needed ? "the cluster shows none" : "the cluster shows none; " + otherwise,
                   needed ? "install the platform chart" : ""});
    return;
  }
  std::vector<std::string> sick;
  std::vector<std::string> healthy;
  for (const ResourceFacts& resource : *resources) {
    if (resource.state == "HEALTHY")
      healthy.push_back(place(resource));
    else
      sick.push_back(
          fmt::format("{} is {}", place(resource),
                      resource.state.empty() ? "silent about its state" : resource.state));
  }
  if (sick.empty())
    out.push_back({topic, Health::ok, fmt::format("HEALTHY: {}", fmt::join(healthy, ", ")), ""});
  else
    out.push_back({topic, demanded(needed), fmt::format("{}", fmt::join(sick, ", ")),
                   "see what its pods say: kubectl get pods --all-namespaces"});
}

/// The resource of the CAS that is named as its Service is: NAME.NAMESPACE.
bool is_cas_named(const Resources& resources, const std::string& address) {
  return resources && std::any_of(resources->begin(), resources->end(), [&](const auto& resource) {
           return address == resource.name + "." + resource.name_space;
         });
}

}  // namespace

std::optional<MajorMinor> major_minor(std::string_view version) {
  if (version.starts_with('v')) version.remove_prefix(1);
  const auto major = text::number<unsigned>(text::take_while(version, text::is_digit));
  if (!major || !version.starts_with('.')) return std::nullopt;
  version.remove_prefix(1);
  const auto minor = text::number<unsigned>(text::take_while(version, text::is_digit));
  if (!minor) return std::nullopt;
  return MajorMinor{*major, *minor};
}

Health demanded(bool needed) {
  return needed ? Health::missing : Health::warning;
}

void diagnose_cluster(const DoctorFacts& facts, const DoctorOptions& options, Findings& out) {
  tool("kubectl", facts.kubectl, least_kubectl, host::install_hint("kubectl"), out);
  tool("helm", facts.helm, least_helm, host::install_hint("helm"), out);
  out.push_back(facts.envsubst.installed
                    ? Finding{"envsubst", Health::ok, "is installed", ""}
                    : Finding{"envsubst", Health::warning,
                              "is not installed; scripts of the tutorials call it, sconectl has -e "
                              "and --use-env",
                              host::install_hint("envsubst")});
  if (!facts.kubectl.installed) return;
  const ClusterFacts& found = facts.cluster;
  if (!found.reachable) {
    out.push_back({"cluster", Health::missing, "kubectl reaches none",
                   "set KUBECONFIG, or choose a context: kubectl config use-context NAME"});
    return;
  }
  out.push_back({"cluster", Health::ok, found.version, ""});
  out.push_back(
      found.shows_pods
          ? Finding{"access", Health::ok,
                    fmt::format("pods of namespace '{}' are shown", options.kubernetes_name_space),
                    ""}
          : Finding{"access", Health::missing,
                    fmt::format("the pods of namespace '{}' are not shown to this user",
                                options.kubernetes_name_space),
                    "ask who runs the cluster for the role 'edit' in that namespace"});
  const bool scone = options.has(Work::scone);
  platform_kind("LAS", found.las, scone, "native services need none", out);
  platform_kind("SGXPlugin", found.sgx_plugins, scone, "native services need none", out);
  platform_kind("CAS resources", found.cas, is_cas_named(found.cas, facts.cas.address),
                "a CAS elsewhere will do", out);
}

}  // namespace sconectl::action
