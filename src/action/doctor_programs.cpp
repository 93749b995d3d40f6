#include "action/doctor_programs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/processes.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::action {
namespace {

using Json = nlohmann::json;

constexpr const char* docker_socket_path = "/var/run/docker.sock";
constexpr std::size_t longest_word = 64;
constexpr std::size_t longest_fault = 400;
constexpr std::size_t image_id_digits = 64;
constexpr std::size_t shown_id_digits = 12;

/// What a program printed, if it ended well.
std::optional<std::string> output_of(host::Processes& processes, std::vector<std::string> argv) {
  host::Command command;
  command.argv = std::move(argv);
  try {
    const host::Exit exit = processes.run(command);
    return exit.ok() ? std::optional(exit.out) : std::nullopt;
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return std::nullopt;  // it went away, or can not be started
  }
}

std::optional<Json> json_of(host::Processes& processes, std::vector<std::string> argv) {
  const auto text = output_of(processes, std::move(argv));
  if (!text) return std::nullopt;
  Json json = Json::parse(*text, nullptr, false);
  return json.is_discarded() ? std::nullopt : std::optional(std::move(json));
}

/// A short word of another program's answer, fit for a terminal; "" if there is none.
std::string word_at(const Json& json, std::initializer_list<const char*> path) {
  const Json* at = &json;
  for (const char* key : path) {
    if (!at->is_object() || !at->contains(key)) return "";
    at = &(*at)[key];
  }
  if (!at->is_string()) return "";
  return text::without_escapes(at->get<std::string>()).substr(0, longest_word);
}

void ask_docker(host::Processes& processes, EngineFacts& facts) {
  const auto json = json_of(processes, {"docker", "version", "--format", "{{json .}}"});
  if (!json) return;
  facts.version = word_at(*json, {"Server", "Version"});
  facts.api = word_at(*json, {"Server", "ApiVersion"});
  facts.os = word_at(*json, {"Server", "Os"});
  facts.architecture = word_at(*json, {"Server", "Arch"});
  facts.answers = !facts.version.empty();  // without a daemon there is no Server
}

void ask_podman(host::Processes& processes, EngineFacts& facts) {
  const auto json = json_of(processes, {"podman", "info", "--format", "json"});
  if (!json) return;
  facts.answers = true;
  facts.version = word_at(*json, {"version", "Version"});
  facts.os = word_at(*json, {"host", "os"});
  facts.architecture = word_at(*json, {"host", "arch"});
}

void ask_buildah(host::Processes& processes, EngineFacts& facts) {
  const auto json = json_of(processes, {"buildah", "info"});
  if (!json) return;
  facts.answers = true;
  facts.os = word_at(*json, {"host", "os"});
  facts.architecture = word_at(*json, {"host", "arch"});
}

std::vector<std::string> raw(const std::string& path) {
  return {"kubectl", "get", "--raw", path, "--request-timeout=10s"};
}

Resources resources(host::Processes& processes, const std::string& path) {
  const auto json = json_of(processes, raw(path));
  if (!json || !json->is_object() || !json->contains("items") || !(*json)["items"].is_array())
    return std::nullopt;
  std::vector<ResourceFacts> found;
  for (const Json& item : (*json)["items"])
    found.push_back({word_at(item, {"metadata", "name"}), word_at(item, {"metadata", "namespace"}),
                     word_at(item, {"status", "state"})});
  return found;
}

bool is_image_id(std::string_view id) {
  const auto [before, after] = text::cut(id, ':');
  return text::is_hex(after.value_or(before), image_id_digits);
}

/// Exit status of docker and podman when the image has no such program: all else went well.
constexpr int no_such_program = 127;

/// An image by its id is never pulled.
host::Exit run_in_container(System& system, const std::string& engine, const std::string& id,
                            bool with_program) {
  constexpr const char* place = "/.sconectl-doctor";
  host::Command command;
  command.argv = {engine, "run", "--rm", "--network", "none", "--entrypoint", place};
  if (with_program) {
    command.argv.emplace_back("--mount");
    command.argv.push_back(fmt::format("type=bind,source={},target={},readonly",
                                       system.environment.executable().string(), place));
  }
  command.argv.push_back(id);
  command.argv.emplace_back("version");
  try {
    return system.processes.run(command);
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    host::Exit exit;
    exit.status = 1;
    exit.err = error.text();
    return exit;
  }
}

std::string first_line(const std::string& text) {
  const auto lines = text::lines(text);
  const auto found = std::find_if(lines.begin(), lines.end(),
                                  [](std::string_view line) { return !text::is_blank(line); });
  if (found == lines.end()) return "";
  return diag::shortened(text::without_escapes(std::string(text::trimmed(*found))), longest_fault);
}

}  // namespace

EngineFacts engine_facts(System& system, const std::optional<std::string>& name) {
  EngineFacts facts;
  constexpr std::array<std::string_view, 3> known = {"docker", "podman", "buildah"};
  if (name) {
    const bool is_engine = std::find(known.begin(), known.end(), *name) != known.end();
    if (!is_engine || !system.processes.find_program(*name)) facts.unknown = *name;
    if (facts.unknown.empty()) facts.name = *name;
  } else {
    facts.name = image::installed_engine(system.processes).value_or("");
  }
  facts.is_root = system.environment.user_id() == 0;
  facts.has_socket = system.files.exists(docker_socket_path);
  if (facts.name == "docker") ask_docker(system.processes, facts);
  if (facts.name == "podman") ask_podman(system.processes, facts);
  if (facts.name == "buildah") ask_buildah(system.processes, facts);
  return facts;
}

ContainerTrial container_trial(System& system, const EngineFacts& engine) {
  ContainerTrial trial;
  if (!engine.answers || engine.os != "linux" || engine.name == "buildah") return trial;
  const std::string ids =
      output_of(system.processes, {engine.name, "images", "--quiet", "--no-trunc"}).value_or("");
  const std::string id(text::trimmed(ids.substr(0, ids.find('\n'))));
  trial.end = TrialEnd::no_image;
  if (!is_image_id(id)) return trial;
  trial.image = id.substr(id.find(':') + 1, shown_id_digits);
  const host::Exit ran = run_in_container(system, engine.name, id, true);
  if (ran.ok()) {
    trial.end = TrialEnd::ran;
    return trial;
  }
  // The engine of another machine has not the program to mount; how far it comes without tells.
  const bool was_set_up =
      run_in_container(system, engine.name, id, false).status == no_such_program;
  trial.end = was_set_up ? TrialEnd::set_up : TrialEnd::failed;
  trial.fault = first_line(ran.err);
  return trial;
}

ProgramFacts kubectl_facts(host::Processes& processes) {
  ProgramFacts facts;
  facts.installed = processes.find_program("kubectl").has_value();
  if (!facts.installed) return facts;
  if (const auto json = json_of(processes, {"kubectl", "version", "--client", "-o", "json"}))
    facts.version = word_at(*json, {"clientVersion", "gitVersion"});
  return facts;
}

ProgramFacts helm_facts(host::Processes& processes) {
  ProgramFacts facts;
  facts.installed = processes.find_program("helm").has_value();
  if (!facts.installed) return facts;
  const auto text = output_of(processes, {"helm", "version", "--template", "{{.Version}}"});
  if (text)
    facts.version =
        text::without_escapes(std::string(text::trimmed(*text))).substr(0, longest_word);
  return facts;
}

ClusterFacts cluster_facts(host::Processes& processes, const std::string& name_space) {
  ClusterFacts facts;
  const auto version = json_of(processes, raw("/version"));
  if (!version) return facts;
  facts.version = word_at(*version, {"gitVersion"});
  facts.reachable = !facts.version.empty();
  if (!facts.reachable) return facts;
  facts.shows_pods =
      output_of(processes, raw(fmt::format("/api/v1/namespaces/{}/pods?limit=1", name_space)))
          .has_value();
  facts.las = resources(processes, "/apis/base.scone.cloud/v1beta1/las");
  facts.sgx_plugins = resources(processes, "/apis/base.scone.cloud/v1beta1/sgxplugins");
  facts.cas = resources(processes, "/apis/services.scone.cloud/v1beta1/cas");
  return facts;
}

}  // namespace sconectl::action
