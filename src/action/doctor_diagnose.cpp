// Facts to findings: this machine. Nothing here looks at it.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "action/doctor_findings.hpp"
#include "sconectl/host/processes.hpp"

namespace sconectl::action {
namespace {

constexpr MajorMinor least_docker_api{1, 40};  // --platform, which scripts of the tutorials use
/// What SCONE's own programs need of a processor, as /proc/cpuinfo names it.
constexpr std::array<std::string_view, 8> scone_cpu_flags = {"pni",    "ssse3", "sse4_1", "sse4_2",
                                                             "popcnt", "aes",   "xsave",  "rdrand"};

void program_itself(const DoctorFacts& facts, const DoctorOptions& options, Findings& out) {
  const std::string text = fmt::format("{} at {}", facts.version, facts.executable);
  if (facts.on_path)
    out.push_back({"sconectl", Health::ok, text, ""});
  else
    out.push_back({"sconectl", Health::warning, text + ", which scripts do not find on PATH",
                   fmt::format("put its directory on PATH, or a link to {} into one that is",
                               facts.executable)});
  if (!options.has(Work::kubernetes)) return;
  if (facts.plugin_on_path)
    out.push_back({"kubectl-provision", Health::ok, "'kubectl provision cas' works", ""});
  else
    out.push_back({"kubectl-provision", Health::warning,
                   "kubectl does not find it, so 'kubectl provision cas' is unknown",
                   fmt::format("ln -s {} DIRECTORY_ON_PATH/kubectl-provision", facts.executable)});
}

std::string engine_fix(const EngineFacts& engine) {
  if (engine.name != "docker") return fmt::format("see what '{} info' says", engine.name);
  if (engine.has_socket && !engine.is_root)
    return "become a member of its group: sudo usermod -aG docker $USER, then log in again; if its "
           "daemon is down: sudo systemctl start docker";
  return "start its daemon: sudo systemctl start docker; or say in DOCKER_HOST where it is";
}

void container_engine(const EngineFacts& engine, Findings& out) {
  const std::string topic = "container engine";
  if (!engine.unknown.empty()) {
    out.push_back(
        {topic, Health::missing,
         fmt::format("'{}' is not installed, or no engine that is known", engine.unknown),
         fmt::format("name docker, podman or buildah; {}", host::install_hint("docker"))});
    return;
  }
  if (engine.name.empty()) {
    out.push_back({topic, Health::missing, "neither docker nor podman nor buildah is installed",
                   host::install_hint("docker")});
    return;
  }
  if (!engine.answers) {
    out.push_back({topic, Health::missing, fmt::format("{} does not answer this user", engine.name),
                   engine_fix(engine)});
    return;
  }
  const std::string text = fmt::format("{} {}{}", engine.name, engine.version,
                                       engine.is_root ? ", used as root" : ", used without sudo");
  const auto api = major_minor(engine.api);
  if (engine.name == "docker" && api && *api < least_docker_api)
    out.push_back({topic, Health::missing,
                   fmt::format("{}: its API is {}, the oldest that will do is {}.{}", text,
                               engine.api, least_docker_api.first, least_docker_api.second),
                   "install a newer docker"});
  else
    out.push_back({topic, Health::ok, text, ""});
}

void container(const EngineFacts& engine, Findings& out) {
  const ContainerTrial& trial = engine.trial;
  const std::string topic = "containers";
  switch (trial.end) {
    case TrialEnd::untried:
      return;
    case TrialEnd::no_image:
      out.push_back({topic, Health::ok, "not tried: there is no image, and none was pulled", ""});
      return;
    case TrialEnd::ran:
      out.push_back({topic, Health::ok,
                     fmt::format("{} runs one, of the image {}", engine.name, trial.image), ""});
      return;
    case TrialEnd::set_up:
      out.push_back({topic, Health::ok,
                     fmt::format("{} makes one, of the image {}; no program was run in it, as the "
                                 "engine does not see the files of this machine",
                                 engine.name, trial.image),
                     ""});
      return;
    case TrialEnd::failed:
      break;
  }
  out.push_back({topic, Health::missing,
                 fmt::format("{} can not run one of the image {}, which is there{}{}", engine.name,
                             trial.image, trial.fault.empty() ? "" : ": ", trial.fault),
                 fmt::format("what it says is about this machine: see '{} info', and try another "
                             "engine with --engine",
                             engine.name)});
}

void platform(const EngineFacts& engine, Findings& out) {
  if (!engine.answers) return;
  const bool is_amd64 = engine.architecture == "amd64" || engine.architecture == "x86_64";
  const std::string text = fmt::format("{}/{}", engine.os, engine.architecture);
  if (engine.os == "linux" && is_amd64)
    out.push_back({"platform", Health::ok, text, ""});
  else if (engine.os == "linux")
    out.push_back({"platform", Health::warning,
                   fmt::format("{}: images of linux/amd64 run only where it is emulated", text),
                   "sudo apt-get install qemu-user-static binfmt-support"});
  else
    out.push_back({"platform", Health::missing, fmt::format("{} makes no images of linux", text),
                   "switch the engine to Linux containers"});
}

void processor(const CpuFacts& cpu, const DoctorOptions& options, Findings& out) {
  const auto has = [&](std::string_view flag) {
    return std::find(cpu.flags.begin(), cpu.flags.end(), flag) != cpu.flags.end();
  };
  if (options.has(Work::scone)) {
    std::vector<std::string_view> lacking;
    std::copy_if(scone_cpu_flags.begin(), scone_cpu_flags.end(), std::back_inserter(lacking),
                 [&](std::string_view flag) { return !has(flag); });
    if (!cpu.known)
      out.push_back({"processor", Health::warning, "/proc/cpuinfo does not tell its features", ""});
    else if (lacking.empty())
      out.push_back({"processor", Health::ok, "has what SCONE's programs need", ""});
    else
      out.push_back({"processor", Health::warning,
                     fmt::format("lacks {}: SCONE's programs will most likely not start",
                                 fmt::join(lacking, ", ")),
                     "in a virtual machine, let it pass these features through"});
  }
  const bool sgx = has("sgx");
  out.push_back(
      {"SGX", Health::ok,
       !sgx && cpu.devices.empty()
           ? std::string("not there; nothing here demands it")
           : fmt::format(
                 "processor: {}; devices: {}", sgx ? "yes" : "no",
                 cpu.devices.empty() ? "none" : fmt::format("{}", fmt::join(cpu.devices, ", "))),
       ""});
}

void runtime(const RuntimeFacts& runtime, const DoctorOptions& options, Findings& out) {
  if (!runtime.automatic.empty())
    out.push_back({"runtime", Health::ok,
                   runtime.chosen.empty() || runtime.chosen == "auto"
                       ? fmt::format("'auto' is '{}' here: {}", runtime.automatic, runtime.because)
                       : fmt::format("SCONECTL_RUNTIME is '{}'; 'auto' would be '{}': {}",
                                     runtime.chosen, runtime.automatic, runtime.because),
                   ""});
  if (!options.has(Work::scone) && !runtime.repository_set) return;
  const std::string topic = "base images";
  if (!runtime.credentials.empty())
    out.push_back({topic, Health::ok,
                   fmt::format("{}: credentials in {}", runtime.repository, runtime.credentials),
                   ""});
  else
    out.push_back(
        {topic, demanded(options.has(Work::scone) && !runtime.repository_set),
         fmt::format("{}: no credentials{}", runtime.repository,
                     runtime.repository_set ? "; a registry without a password needs none" : ""),
         fmt::format("docker login {}",
                     runtime.repository.substr(0, runtime.repository.find('/')))});
}

constexpr unsigned others_may = 077;
constexpr unsigned others_may_write = 022;

void configuration(const DoctorFacts& facts, const DoctorOptions& options, Findings& out) {
  const FileFacts& state = facts.state_file;
  if (!state.fault.empty())
    out.push_back({"state file", Health::missing, state.fault,
                   fmt::format("chmod 600 {0}, or move it away", state.path)});
  else
    out.push_back({"state file", Health::ok,
                   state.exists ? fmt::format("{}, mode {:04o}", state.path, state.mode)
                                : fmt::format("{} is made when it is needed", state.path),
                   ""});
  if (const FileFacts& docker = facts.docker_config; !docker.fault.empty())
    out.push_back({"docker configuration", Health::missing, docker.fault,
                   fmt::format("mend {}, or move it away", docker.path)});
  else if (docker.exists && (docker.mode & others_may) != 0)
    out.push_back({"docker configuration", Health::warning,
                   fmt::format("{} has mode {:04o}: others can read what it holds of logins",
                               docker.path, docker.mode),
                   fmt::format("chmod 600 {}", docker.path)});
  if (const FileFacts& scone = facts.scone_directory;
      scone.exists && (scone.mode & others_may_write) != 0)
    out.push_back({"~/.scone", Health::warning,
                   fmt::format("{} has mode {:04o}; nothing here needs others to write to it",
                               scone.path, scone.mode),
                   fmt::format("chmod 700 {}", scone.path)});
  if (const FileFacts& kube = facts.kube_config;
      options.has(Work::kubernetes) && kube.exists && (kube.mode & others_may) != 0)
    out.push_back(
        {"kubeconfig", Health::warning,
         fmt::format("{} has mode {:04o}: others can use its credentials", kube.path, kube.mode),
         fmt::format("chmod 600 {}", kube.path)});
}

void cas_of_the_user(const DoctorFacts& facts, const DoctorOptions& options, Findings& out) {
  const CasFacts& cas = facts.cas;
  const std::string topic = "CAS";
  if (cas.address.empty()) {
    if (options.has(Work::kubernetes))
      out.push_back({topic, Health::warning, "none is attested; pods have to reach one",
                     "sconectl cas attest ADDRESS -c KEY_HASH"});
    else
      out.push_back(
          {topic, Health::ok, "none is attested; a mesh with 'cas_url: embedded' starts one", ""});
    return;
  }
  // The default CAS may be down while nobody works with it; one that is asked for by name may not.
  const Health health = demanded(options.cas.has_value());
  if (!cas.attested)
    out.push_back({topic, health, fmt::format("{} was never attested", cas.address),
                   fmt::format("sconectl cas attest {} -c KEY_HASH", cas.address)});
  else if (!cas.reachable)
    out.push_back({topic, health, fmt::format("{}: {}", cas.address, cas.fault),
                   "start it, or attest another one: sconectl cas attest ADDRESS -c KEY_HASH"});
  else
    out.push_back({topic, Health::ok,
                   fmt::format("{} is attested and answers, version {}", cas.address, cas.version),
                   ""});
}

}  // namespace

std::vector<Finding> diagnose(const DoctorFacts& facts, const DoctorOptions& options) {
  Findings out;
  program_itself(facts, options, out);
  container_engine(facts.engine, out);
  container(facts.engine, out);
  platform(facts.engine, out);
  processor(facts.cpu, options, out);
  runtime(facts.runtime, options, out);
  configuration(facts, options, out);
  if (options.has(Work::kubernetes)) diagnose_cluster(facts, options, out);
  cas_of_the_user(facts, options, out);
  return out;
}

}  // namespace sconectl::action
