// `sconectl rollout status` and `sconectl rollout finish`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "sconectl/action/rollout.hpp"

namespace sconectl::cli {
namespace {

using action::RolloutStatus;
using action::ServiceStatus;
using action::VersionStatus;

struct RolloutFlags {
  std::string target = "./target";
  std::string cas_config;
  std::string kube_config;
  std::string context;
  std::string name_space;
  std::string release;

  void add_to(CLI::App& parser) {
    parser.add_option("-t,--target-directory", target, "Where 'apply' wrote its results")
        ->capture_default_str()
        ->type_name("DIR");
    parser.add_option("-n,--namespace", name_space, "Of the pods (that of the kubeconfig)")
        ->type_name("NAMESPACE");
    parser.add_option("--release", release, "Helm release of the pods (that of 'apply')")
        ->type_name("NAME");
    parser
        .add_option("--kubeconfig", kube_config,
                    "Of the cluster (KUBECONFIG; in a pod its service account; ~/.kube/config)")
        ->type_name("FILE");
    parser.add_option("--context", context, "Of the kubeconfig (its current one)")
        ->type_name("NAME");
    parser.add_option("--cas-config", cas_config, "Directory with the CAS configuration")
        ->type_name("DIR");
  }
  [[nodiscard]] action::RolloutOptions options(const Invocation& invocation) const {
    action::RolloutOptions result;
    result.target = target;
    result.config = invocation.config;
    if (!cas_config.empty()) result.cas_config = cas_config;
    if (!kube_config.empty()) result.kube_config = kube_config;
    result.context = given(context);
    result.name_space = given(name_space);
    result.release = given(release);
    return result;
  }
};

std::string shown(const std::string& version) {
  return version.empty() ? "(no number)" : version;
}

std::string joined(const std::vector<std::string>& items, std::string_view between) {
  std::string result;
  for (const std::string& item : items) {
    if (!result.empty()) result += between;
    result += shown(item);
  }
  return result;
}

std::string pods(std::size_t count) {
  return fmt::format("{} pod{}", count, count == 1 ? "" : "s");
}

nlohmann::json as_json(const ServiceStatus& service, bool pods_known) {
  nlohmann::json versions = nlohmann::json::array();
  for (const VersionStatus& version : service.versions) {
    versions.push_back({{"version", version.version},
                        {"accepted", version.accepted},
                        {"not_accepted", version.not_accepted}});
    if (pods_known) versions.back()["pods"] = version.pods;
  }
  nlohmann::json result = {{"name", service.name},
                           {"session", service.session},
                           {"proof", service.native ? "access token" : "measurement"},
                           {"present", service.present},
                           {"readable", service.readable},
                           {"accepted_of_no_version", service.of_no_version},
                           {"versions", std::move(versions)}};
  if (pods_known) result["pods_of_no_version"] = service.pods_of_no_version;
  return result;
}

nlohmann::json as_json(const RolloutStatus& status) {
  const bool pods_known = status.pods_unknown_because.empty();
  nlohmann::json services = nlohmann::json::array();
  for (const ServiceStatus& service : status.services)
    services.push_back(as_json(service, pods_known));
  return {{"schema", "sconectl/v1/rollout-status"},
          {"namespace", status.name_space},
          {"release", status.release},
          {"cas", status.cas},
          {"versions", status.versions},
          {"running", status.running()},
          {"complete", status.complete},
          {"differs", status.differs()},
          {"changed", status.changed},
          {"pods_namespace", status.pods_in},
          {"pods_unknown_because", status.pods_unknown_because},
          {"services", std::move(services)}};
}

void print_version(Terminal& terminal, const VersionStatus& version, bool pods_known) {
  const std::string label = fmt::format("  version {}", shown(version.version));
  for (const std::string& one : version.accepted)
    terminal.data(fmt::format("{}: {} is accepted", label, one));
  for (const std::string& one : version.not_accepted)
    terminal.data(fmt::format("{}: {} is not accepted", label, one));
  if (pods_known) terminal.data(fmt::format("{}: {}", label, pods(version.pods)));
}

void print(Terminal& terminal, const ServiceStatus& service, bool pods_known) {
  terminal.data(fmt::format("service {}, session {}", service.name, service.session));
  if (!service.present) {
    terminal.data("  the CAS has no such session");
  } else if (!service.readable) {
    terminal.data("  the session can not be read, so nothing is known of its measurements");
  }
  if (service.native) terminal.data("  all versions prove themselves with the access token");
  for (const VersionStatus& version : service.versions)
    print_version(terminal, version, pods_known);
  for (const std::string& one : service.of_no_version)
    terminal.data(fmt::format("  of no version: {} is accepted", one));
  if (service.pods_of_no_version > 0)
    terminal.data(fmt::format("  of no version: {}", pods(service.pods_of_no_version)));
}

void print(Terminal& terminal, const RolloutStatus& status) {
  terminal.data(fmt::format("namespace {} on CAS {}: {}", status.name_space, status.cas,
                            status.running() ? "rollout " + joined(status.versions, " -> ")
                                             : "version " + shown(status.versions.back())));
  if (!status.complete)
    terminal.data(fmt::format("not all sessions of version {} have arrived: apply it again",
                              shown(status.versions.back())));
  for (const std::string& session : status.changed)
    terminal.data(fmt::format(
        "session {} was changed by somebody else since it was uploaded from here", session));
  const bool pods_known = status.pods_unknown_because.empty();
  for (const ServiceStatus& service : status.services) print(terminal, service, pods_known);
  terminal.data(
      pods_known ? fmt::format("pods of release {} in namespace {}", status.release, status.pods_in)
                 : "pods are not known: " + status.pods_unknown_because);
}

nlohmann::json as_json(const action::FinishedRollout& finished, bool dry_run) {
  nlohmann::json sessions = nlohmann::json::array();
  for (const action::AppliedSession& session : finished.sessions)
    sessions.push_back(
        {{"name", session.name}, {"result", session.result}, {"hash", session.hash}});
  return {{"schema", "sconectl/v1/rollout-finish"},
          {"dry_run", dry_run},
          {"version", finished.version},
          {"removed", finished.removed},
          {"sessions", std::move(sessions)},
          {"left", finished.left},
          {"needs_upgrade", finished.needs_upgrade}};
}

void print(Terminal& terminal, const action::FinishedRollout& finished, bool dry_run) {
  if (finished.removed.empty()) {
    terminal.data(fmt::format("version {} is the only one that is accepted: nothing to do",
                              shown(finished.version)));
    return;
  }
  for (const action::AppliedSession& session : finished.sessions)
    if (dry_run)
      terminal.data(fmt::format("session {} would be uploaded", session.name));
    else
      terminal.data(fmt::format("session {} {}{}{}", session.name, session.result,
                                session.hash.empty() ? "" : " ", session.hash));
  terminal.data(fmt::format("version {} {} the only one that is accepted, {} {}",
                            shown(finished.version), dry_run ? "would be" : "is",
                            joined(finished.removed, ", "),
                            dry_run ? "would be no more" : "is no more"));
  for (const std::string& session : finished.left)
    terminal.tell(fmt::format("session {} of an older version stays on the CAS as it is", session));
  if (finished.needs_upgrade && !dry_run)
    terminal.tell("next: 'helm upgrade' brings the sessions of the chart to the CAS");
}

}  // namespace

int rollout_status_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "rollout status",
                "Say which versions of an application its CAS accepts, by which measurement, and "
                "of which ones pods run. Status 1: the CAS does not have what was uploaded.");
  RolloutFlags flags;
  flags.add_to(parser);
  parser.examples({"sconectl rollout status", "sconectl rollout status -n shop --json"});
  if (!parser.read(std::move(arguments))) return 0;
  const RolloutStatus status = action::rollout_status(invocation.system, flags.options(invocation));
  if (invocation.terminal.json)
    invocation.terminal.document(as_json(status));
  else
    print(invocation.terminal, status);
  return status.differs() ? 1 : 0;
}

int rollout_finish_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "rollout finish",
      "Let the CAS accept the current version only. Refused while pods of another version "
      "run.");
  RolloutFlags flags;
  bool force = false;
  bool dry_run = false;
  flags.add_to(parser);
  parser.add_flag("--force", force, "Whatever pods run, and where they can not be seen");
  parser.add_flag("-d,--dry-run", dry_run, "Say what would be done; write and send nothing");
  parser.examples({"sconectl rollout finish -n shop", "sconectl rollout finish --dry-run"});
  if (!parser.read(std::move(arguments))) return 0;
  action::RolloutOptions options = flags.options(invocation);
  options.force = force;
  options.dry_run = dry_run;
  const action::FinishedRollout finished = action::finish_rollout(invocation.system, options);
  if (invocation.terminal.json)
    invocation.terminal.document(as_json(finished, dry_run));
  else
    print(invocation.terminal, finished, dry_run);
  return 0;
}

}  // namespace sconectl::cli
