#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "action/doctor_programs.hpp"
#include "action/service_runtime.hpp"
#include "action/status_text.hpp"
#include "sconectl/action/apply_service.hpp"
#include "sconectl/action/cas_attest.hpp"
#include "sconectl/action/doctor.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/docker_configuration.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/registry_credentials.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t cpuinfo_limit = std::size_t{1} << 22U;
constexpr std::array<const char*, 4> sgx_devices = {"/dev/sgx_enclave", "/dev/sgx/enclave",
                                                    "/dev/isgx", "/dev/sgx_provision"};

CpuFacts cpu_facts(const host::Files& files) {
  CpuFacts facts;
  try {
    const std::string text = files.read_if_exists("/proc/cpuinfo", cpuinfo_limit).value_or("");
    for (const std::string_view line : text::lines(text)) {
      const auto [name, value] = text::cut(line, ':');
      if (text::trimmed(name) != "flags" || !value) continue;
      facts.known = true;
      for (const std::string_view flag : text::words_in(*value)) facts.flags.emplace_back(flag);
      break;
    }
  } catch (const diag::Error&) {
    facts.known = false;
  }
  for (const char* device : sgx_devices)
    if (files.exists(device)) facts.devices.emplace_back(device);
  return facts;
}

FileFacts file_facts(const host::Files& files, const std::filesystem::path& path) {
  FileFacts facts;
  facts.path = path.string();
  if (const auto status = files.status(path)) {
    facts.exists = true;
    facts.mode = status->mode;
  }
  return facts;
}

RuntimeFacts runtime_facts(const System& system, const DoctorOptions& options,
                           const EngineFacts& engine, FileFacts& docker_config) {
  RuntimeFacts facts;
  const std::string set = system.environment.get_or("SCONECTL_REPO", "");
  facts.repository_set = !set.empty();
  facts.repository = set.empty() ? std::string(image::scone_repository) : set;
  facts.chosen = system.environment.get_or("SCONECTL_RUNTIME", "");
  try {
    if (!engine.name.empty())
      if (const auto file = image::credentials_file(engine.name, facts.repository,
                                                    system.environment, system.files))
        facts.credentials = file->string();
    const auto choice = image::automatic_runtime(scone_images(system, options.engine));
    facts.automatic = text::word(choice.runtime);
    facts.because = choice.because;
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    docker_config.fault = one_line(error);
  }
  return facts;
}

CasFacts cas_facts(System& system, const cas::ConfigFile& config, const DoctorOptions& options) {
  CasFacts facts;
  facts.address = options.cas.value_or("");
  try {
    const cas::Config state = config.load();
    if (facts.address.empty()) facts.address = state.default_cas.value_or("");
    if (facts.address.empty()) return facts;
    facts.attested = cas::find_cas(state, facts.address) != nullptr;
    CasOptions to;
    to.address = facts.address;
    to.retries = 0;
    cas::ConfigFile reader = config;
    facts.version = connect(system, reader, to, false).client.version().version;
    facts.reachable = true;
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    facts.fault = one_line(error);
  }
  return facts;
}

FileFacts state_file_facts(const host::Files& files, const cas::ConfigFile& config) {
  FileFacts facts = file_facts(files, config.path());
  try {
    (void)config.load();
  } catch (const diag::Error& error) {
    facts.fault = one_line(error);
  }
  return facts;
}

std::filesystem::path kube_config_path(const host::Environment& environment) {
  const std::string variable = environment.get_or("KUBECONFIG", "");
  // A list, as PATH: what is written goes to the first.
  if (!variable.empty()) return variable.substr(0, variable.find(':'));
  return environment.home_directory() / ".kube" / "config";
}

}  // namespace

bool DoctorOptions::has(Work work) const {
  return std::find(works.begin(), works.end(), work) != works.end();
}

DoctorFacts doctor_facts(System& system, const cas::ConfigFile& config,
                         const DoctorOptions& options) {
  DoctorFacts facts;
  facts.version = options.version;
  facts.executable = system.environment.executable().string();
  facts.on_path = system.processes.find_program("sconectl").has_value();
  facts.plugin_on_path = system.processes.find_program("kubectl-provision").has_value();
  facts.engine = engine_facts(system, engine_name(system, options.engine));
  facts.engine.trial = container_trial(system, facts.engine);
  facts.cpu = cpu_facts(system.files);
  facts.docker_config =
      file_facts(system.files, host::docker_configuration(system.environment) / "config.json");
  facts.runtime = runtime_facts(system, options, facts.engine, facts.docker_config);
  facts.state_file = state_file_facts(system.files, config);
  facts.cas = cas_facts(system, config, options);
  facts.scone_directory = file_facts(system.files, system.environment.home_directory() / ".scone");
  if (!options.has(Work::kubernetes)) return facts;
  facts.kube_config = file_facts(system.files, kube_config_path(system.environment));
  facts.kubectl = kubectl_facts(system.processes);
  facts.helm = helm_facts(system.processes);
  facts.envsubst.installed = system.processes.find_program("envsubst").has_value();
  if (facts.kubectl.installed)
    facts.cluster = cluster_facts(system.processes, options.kubernetes_name_space);
  return facts;
}

}  // namespace sconectl::action
