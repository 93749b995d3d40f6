#include "sconectl/image/engine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <deque>

#include "image/docker_socket.hpp"
#include "image/engine_failure.hpp"
#include "image/registry.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/host/environment.hpp"
#include "sconectl/host/processes.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::image {
namespace {

constexpr std::array<std::string_view, 3> engines = {"docker", "podman", "buildah"};
constexpr std::size_t lines_kept = 20;

std::string chosen(const host::Processes& processes, const std::optional<std::string>& name) {
  if (name) {
    if (std::find(engines.begin(), engines.end(), *name) == engines.end())
      throw diag::Error(diag::ErrorKind::usage,
                        fmt::format("engine '{}' is not one of docker, podman, buildah{}", *name,
                                    diag::did_you_mean(*name, engines)));
    if (processes.find_program(*name)) return *name;
    const std::string hint = host::install_hint(*name);
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("the container engine '{}' is not installed{}{}", *name,
                                  hint.empty() ? "" : "; install it with: ", hint));
  }
  if (auto first = installed_engine(processes)) return *std::move(first);
  throw diag::Error(diag::ErrorKind::unavailable,
                    fmt::format("no container engine is installed (docker, podman or buildah); "
                                "install one with: {}",
                                host::install_hint("docker")));
}

/// One line of find(): the id, then the digests, blanks between.
ImageIdentity identity(std::string_view line, const std::string& reference) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= line.size();) {
    const auto end = std::min(line.find(' ', at), line.size());
    words.emplace_back(line.substr(at, end - at));
    at = end + 1;
  }
  std::string id = std::move(words.front());
  words.erase(words.begin());
  return identity_of(std::move(id), words, reference);
}

}  // namespace

std::optional<std::string> installed_engine(const host::Processes& processes) {
  for (const std::string_view candidate : engines)
    if (processes.find_program(std::string(candidate))) return std::string(candidate);
  return std::nullopt;
}

Engine::Engine(host::Processes& processes, host::Files& files,
               const std::optional<std::string>& name, std::filesystem::path cache)
    : processes_(processes),
      files_(files),
      name_(chosen(processes, name)),
      cache_(std::move(cache)) {}

void Engine::ask_daemon(const host::Environment& environment, host::Http& http) {
  http_ = &http;
  if (name_ == "docker") socket_ = docker_socket(environment, files_);
  const std::string wish = text::lower(environment.get_or("DOCKER_BUILDKIT", ""));
  refuses_build_kit_ = wish == "0" || wish == "f" || wish == "false";
}

Engine::Outcome Engine::call(std::vector<std::string> arguments, const Lines& lines) {
  host::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), name_);
  if (!lines) {
    host::Exit exit = processes_.run(command);
    return {exit.status, std::move(exit.out), std::move(exit.err), {}};
  }
  if (name_ == "docker" && command.argv[1] == "build")
    command.environment["DOCKER_BUILDKIT"] = uses_build_kit_ ? "1" : "0";
  // What it says is an option already, and newer versions of podman and buildah refuse both.
  if (name_ != "docker") command.environment["SOURCE_DATE_EPOCH"] = "";
  std::deque<std::string> last;
  command.on_line = [&](std::string_view given) {
    const std::string line = text::without_escapes(given);
    lines(line);
    const std::string_view words = without_step(line);
    // BuildKit ends with the last lines of the step that failed, once more.
    if (text::is_blank(words) || std::find(last.begin(), last.end(), words) != last.end()) return;
    if (last.size() == lines_kept) last.pop_front();
    last.emplace_back(words);
  };
  host::Exit exit = processes_.run(command);
  return {exit.status, std::move(exit.out), std::move(exit.err), {last.begin(), last.end()}};
}

Engine::Outcome Engine::require(std::vector<std::string> arguments, const std::string& doing,
                                const Lines& lines) {
  Outcome outcome = call(std::move(arguments), lines);
  if (outcome.status == 0) return outcome;
  require_answer();
  throw engine_failure(diag::ErrorKind::failed, name_, doing,
                       {outcome.status, 0, outcome.out, outcome.err}, outcome.last_lines);
}

void Engine::require_answer() {
  const Outcome outcome =
      name_ == "docker" ? call({"version", "--format", "{{.Server.Version}}"}) : call({"info"});
  if (outcome.status != 0)
    throw engine_silent(name_, {outcome.status, 0, outcome.out, outcome.err});
}

std::map<std::string, ImageIdentity> Engine::find(const std::vector<std::string>& references) {
  std::map<std::string, ImageIdentity> result;
  if (references.empty()) return result;
  for (const std::string& reference : references) (void)checked_reference(reference);
  if (socket_) {
    if (auto found = ask_docker(*http_, *socket_, references)) return *std::move(found);
  }
  if (auto found = ask_program(references)) return *std::move(found);
  // The exit status does not tell a missing image from an engine that is away.
  require_answer();
  return ask_for_each(references);
}

std::optional<std::map<std::string, ImageIdentity>> Engine::ask_program(
    const std::vector<std::string>& references) {
  const bool buildah = name_ == "buildah";
  if (buildah && references.size() > 1) return std::nullopt;
  std::vector<std::string> arguments = {"image", "inspect", "--format",
                                        "{{.Id}}{{range .RepoDigests}} {{.}}{{end}}"};
  if (buildah) arguments = {"inspect", "--type", "image", "--format", "{{.FromImageID}}"};
  arguments.insert(arguments.end(), references.begin(), references.end());
  const Outcome outcome = call(std::move(arguments));
  auto lines = text::lines(outcome.out);
  std::erase(lines, "");
  if (outcome.status != 0 || lines.size() != references.size()) return std::nullopt;
  std::map<std::string, ImageIdentity> result;
  for (std::size_t i = 0; i < lines.size(); ++i)
    result[references[i]] = identity(lines[i], references[i]);
  return result;
}

// The output does not say which of several are missing: halves find out in few calls.
std::map<std::string, ImageIdentity> Engine::ask_for_each(
    const std::vector<std::string>& references) {
  std::map<std::string, ImageIdentity> result;
  if (references.size() == 1) return result;
  const auto middle = references.begin() + static_cast<std::ptrdiff_t>(references.size() / 2);
  for (const auto& half :
       {std::vector(references.begin(), middle), std::vector(middle, references.end())}) {
    auto found = ask_program(half);
    if (!found) found = ask_for_each(half);
    result.merge(*found);
  }
  return result;
}

std::optional<BaseImage> Engine::base_image(const std::string& reference) {
  if (!find({reference}).contains(reference)) return std::nullopt;
  std::vector<std::string> question = {"image", "inspect", "--format", "{{json .Config}}"};
  if (name_ == "buildah")
    question = {"inspect", "--type", "image", "--format", "{{json .OCIv1.Config}}"};
  question.push_back(reference);
  const std::string doing = fmt::format("look at image '{}'", reference);
  const Outcome outcome = require(std::move(question), doing);
  auto result = parse_base_image(outcome.out);
  if (!result)
    throw engine_failure(diag::ErrorKind::failed, name_, doing,
                         {outcome.status, 0, outcome.out, outcome.err}, {});
  return result;
}

std::map<std::string, ImageIdentity> Engine::inspect(const std::vector<std::string>& references) {
  auto result = find(references);
  std::vector<std::string> missing;
  for (const std::string& reference : references)
    if (!result.contains(reference)) missing.push_back(reference);
  if (missing.empty()) return result;
  if (missing.size() == 1)
    throw diag::Error(
        diag::ErrorKind::unavailable,
        fmt::format(
            "{} has no image '{}'; build it with 'sconectl apply -f <its service manifest>' "
            "or get it with '{} pull {}'",
            name_, missing[0], name_, missing[0]));
  throw diag::Error(
      diag::ErrorKind::unavailable,
      fmt::format("{} does not have {} of the images; build them with 'sconectl apply "
                  "-f <service manifest>' or get them with '{} pull'",
                  name_, missing.size(), name_),
      missing);
}

}  // namespace sconectl::image
