#include "cli/help.hpp"

#include <fmt/format.h>

#include <array>

#include "cli/command.hpp"

namespace sconectl::cli {
namespace {

std::string rows(std::string_view prefix) {
  std::string result;
  for (const Command& command : commands()) {
    if (command.hidden || !command.words.starts_with(prefix)) continue;
    result += fmt::format("  {:32} {}\n", command.words, command.purpose);
  }
  return result;
}

std::string lines(std::span<const Meaning> table) {
  std::string result;
  for (const Meaning& row : table) result += fmt::format("  {:32} {}\n", row.what, row.meaning);
  return result;
}

}  // namespace

std::span<const Meaning> options_before_the_command() {
  static constexpr std::array table = {
      Meaning{"-c, --config FILE", "State file (SCONE_CLI_CONFIG, else ~/.cas/config.json)"},
      Meaning{"-o FILE", "Write the command's data to FILE"},
      Meaning{"--json, -q, -v", "As for every command"},
      Meaning{"-V, --version", "Print the version"},
      Meaning{"-h, --help", "Print this help"},
  };
  return table;
}

std::span<const Meaning> exit_statuses() {
  static constexpr std::array table = {
      Meaning{"0", "Done"},
      Meaning{"1", "The operation failed or was refused (by the CAS, the engine, a comparison)"},
      Meaning{"2", "Wrong usage; also session read and session list of what does not exist"},
      Meaning{"3", "Invalid input: nothing was written or sent"},
      Meaning{"4", "Something needed is missing or unreachable: engine, CAS, registry, file"},
      Meaning{"130, 143", "Interrupted by SIGINT, SIGTERM"},
  };
  return table;
}

std::span<const Meaning> environment_variables() {
  static constexpr std::array table = {
      Meaning{"SCONECTL_RUNTIME, SCONECTL_ENGINE", "Defaults of --runtime and --engine"},
      Meaning{"SCONECTL_REQUIRE_ATTESTATION",
              "1 refuses services without attestation, as --require-attestation"},
      Meaning{"SCONECTL_PYTHON_IMAGE",
              "Base image of native python services without build.from (python:3-slim)"},
      Meaning{"SCONECTL_JAVA_IMAGE, SCONECTL_JDK_IMAGE, SCONECTL_MAVEN_IMAGE, SCONECTL_NODE_IMAGE",
              "The same for java (to run, to compile, to build with Maven) and node"},
      Meaning{
          "SCONECTL_BUILD_CA, SCONECTL_PIP_CONFIG, SCONECTL_NPM_CONFIG, SCONECTL_MAVEN_SETTINGS",
          "Files for builds, as --build-ca, --pip-config, --npm-config, --maven-settings"},
      Meaning{"SOURCE_DATE_EPOCH",
              "The time of images: without an engine, with podman and with buildah"},
      Meaning{"COSIGN_PASSWORD", "Password of keys that sign images"},
      Meaning{"SCONECTL_BUILDER_ID", "A URI that names who builds, in the provenance of images"},
      Meaning{"SCONECTL_GRAMINE_IMAGE", "Image with Gramine's files, as --gramine-image"},
      Meaning{"SCONECTL_REPO, SCONECTL_VERSION, VERSION",
              "Base images of the SCONE runtime; SCONECTL_REPO makes --runtime auto choose it"},
      Meaning{"REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME",
              "Where podman and buildah keep credentials"},
      Meaning{"SCONECTL_CAS_CONFIG", "Directory of the CAS configuration, as --cas-config"},
      Meaning{"SCONE_CLI_CONFIG", "State file, as -c"},
      Meaning{"SCONE_CLI_RETRIES", "Attempts after a network error (3)"},
      Meaning{"SCONE_CONFIG_ID, SCONE_CAS_ADDR, SCONE_CAS_KEY, SCONE_SERVICE_ACCESS_TOKEN",
              "What sconectl run reads"},
      Meaning{"SCONECTL_SUPERVISE, SCONECTL_REFRESH, SCONECTL_REFRESH_SIGNAL",
              "Whether 'run' stays as the program's parent, and renews its files"},
      Meaning{"SCONECTL_EVIDENCE, SCONECTL_TSM_REPORT",
              "Evidence of the machine, as --evidence and --tsm-report of sconectl run"},
      Meaning{"SGX_TOLERATIONS", "Options of cas attest, for provision cas"},
      Meaning{"DOCKER_BUILDKIT", "0: Docker builds with its classic builder"},
      Meaning{"DOCKER_HOST, DOCKER_CONFIG, KUBECONFIG", "Inherited by the programs that read them"},
      Meaning{"HTTPS_PROXY, ALL_PROXY, NO_PROXY",
              "Proxy to public services; a CAS and this machine are reached directly"},
      Meaning{"OTEL_SERVICE_NAME", "Name of the CAS in its traces"},
      Meaning{"SSL_CERT_FILE, SSL_CERT_DIR",
              "Further authorities that public services are trusted by"},
      Meaning{"NO_COLOR, CI", "No colour"},
  };
  return table;
}

std::string_view purpose_of_the_program() {
  return "sconectl builds confidential services, joins them to applications, and keeps their "
         "secrets.";
}

std::string general_help() {
  return fmt::format(
      "{}\n"
      "\n"
      "Usage: sconectl COMMAND [OPTIONS]\n"
      "\n"
      "Commands:\n{}"
      "\n"
      "Options before the command:\n{}"
      "\n"
      "Exit status:\n{}"
      "\n"
      "Start here:\n"
      "  sconectl apply -f service.yaml                     build an image\n"
      "  sconectl apply -f mesh.yaml                        sessions, chart, upload\n"
      "  sconectl COMMAND --help                            more about a command\n",
      purpose_of_the_program(), rows(""), lines(options_before_the_command()),
      lines(exit_statuses()));
}

std::string group_help(const std::vector<std::string>& arguments) {
  const auto& last = arguments.back();
  const bool asks = arguments.size() > 1 && (last == "--help" || last == "-h" || last == "help");
  const auto group = fmt::format(
      "{}", fmt::join(arguments.begin(), asks ? arguments.end() - 1 : arguments.end(), " "));
  const std::string list = rows(group + " ");
  if (list.empty()) return "";
  return fmt::format("Usage: sconectl {} COMMAND [OPTIONS]\n\nCommands:\n{}", group, list);
}

int help_command(Invocation& invocation, std::vector<std::string> arguments) {
  if (arguments.empty()) {
    invocation.terminal.data(general_help());
    return 0;
  }
  if (const std::string help = group_help(arguments); !help.empty()) {
    invocation.terminal.data(help);
    return 0;
  }
  const auto typed = fmt::format("{}", fmt::join(arguments, " "));
  for (const Command& command : commands())
    if (command.words == typed) return command.run(invocation, {"--help"});
  invocation.terminal.data(general_help());
  return 0;
}

}  // namespace sconectl::cli
