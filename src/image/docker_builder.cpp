#include "sconectl/image/docker_builder.hpp"

#include <fmt/core.h>

#include <array>
#include <future>
#include <utility>
#include <vector>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/docker_configuration.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/processes.hpp"

namespace sconectl::image {
namespace {

constexpr std::array<std::pair<std::string_view, DockerBuilder::Kind>, 3> builder_names = {
    {{"classic", DockerBuilder::Kind::classic},
     {"buildkit", DockerBuilder::Kind::build_kit},
     {"buildx", DockerBuilder::Kind::buildx}}};
constexpr std::size_t largest_docker_configuration = std::size_t{4} << 20U;
constexpr std::size_t largest_builder_note = 65536;

/// Whether `docker build` with BuildKit knows these options.
bool builds_with(host::Processes& processes, const std::vector<std::string>& options) {
  host::Command help;
  help.argv = {"docker", "build"};
  help.argv.insert(help.argv.end(), options.begin(), options.end());
  help.argv.emplace_back("--help");
  help.environment["DOCKER_BUILDKIT"] = "1";
  return processes.run(help).ok();
}

DockerBuilder::Kind ask_docker(host::Processes& processes) {
  auto without = std::async(std::launch::async, [&] { return builds_with(processes, {}); });
  const bool loads = builds_with(processes, {"--load"});
  const bool builds = without.get();
  using Kind = DockerBuilder::Kind;
  return loads ? Kind::buildx : builds ? Kind::build_kit : Kind::classic;
}

/// The files that decide, a line each; "" if there may be others.
std::string files_of_docker(const host::Processes& processes, const host::Files& files,
                            const host::Environment& environment) {
  const auto program = processes.find_program("docker");
  if (!program) return "";
  const std::filesystem::path own = host::docker_configuration(environment);
  const auto configuration =
      files.read_if_exists(own / "config.json", largest_docker_configuration);
  if (configuration && configuration->find("cliPluginsExtraDirs") != std::string::npos) return "";
  std::vector<std::filesystem::path> deciding = {*program, own / "config.json"};
  for (const std::filesystem::path& directory :
       {own / "cli-plugins", std::filesystem::path("/usr/local/lib/docker/cli-plugins"),
        std::filesystem::path("/usr/local/libexec/docker/cli-plugins"),
        std::filesystem::path("/usr/lib/docker/cli-plugins"),
        std::filesystem::path("/usr/libexec/docker/cli-plugins")})
    deciding.push_back(directory / "docker-buildx");
  std::string result;
  for (const std::filesystem::path& file : deciding)
    if (const auto status = files.status(file))
      result +=
          fmt::format("{} {} {} {} {} {}\n", file.string(), status->size, status->stamp.device,
                      status->stamp.inode, status->stamp.modified, status->stamp.changed);
  return result;
}

/// As files_of_docker(), "" too if something there can not be read.
std::string installation_of(const host::Processes& processes, const host::Files& files,
                            const host::Environment& environment) {
  try {
    return files_of_docker(processes, files, environment);
  } catch (const diag::Error&) {
    return "";
  }
}

}  // namespace

DockerBuilder::Kind DockerBuilder::kind(host::Processes& processes) {
  const std::scoped_lock one_asks(asking_);
  if (kind_) return *kind_;
  std::string installation;
  if (notes_) installation = installation_of(processes, notes_->files, notes_->environment);
  if (!installation.empty()) kind_ = noted(installation);
  if (kind_) return *kind_;
  kind_ = ask_docker(processes);
  if (!installation.empty()) write_note(installation, *kind_);
  return *kind_;
}

void DockerBuilder::note(host::Files& files, const host::Environment& environment,
                         std::filesystem::path file) {
  const std::scoped_lock one_asks(asking_);
  notes_.emplace(Notes{files, environment, std::move(file)});
}

void DockerBuilder::forget() {
  const std::scoped_lock one_asks(asking_);
  kind_.reset();
  if (!notes_) return;
  try {
    notes_->files.remove_tree(notes_->file);
  } catch (const diag::Error&) {
    // It can not be written either: the disk is full or not ours.
  }
}

std::optional<DockerBuilder::Kind> DockerBuilder::noted(std::string_view installation) const {
  try {
    const auto text = notes_->files.read_if_exists(notes_->file, largest_builder_note);
    for (const auto& [name, kind] : builder_names)
      if (text && *text == fmt::format("{}\n{}", name, installation)) return kind;
  } catch (const diag::Error&) {
    // As good as none.
  }
  return std::nullopt;
}

void DockerBuilder::write_note(std::string_view installation, Kind kind) const {
  try {
    notes_->files.make_directories(notes_->file.parent_path());
    for (const auto& [name, known] : builder_names)
      if (known == kind)
        notes_->files.write(notes_->file, fmt::format("{}\n{}", name, installation), 0600,
                            host::Durability::cached);
  } catch (const diag::Error&) {
    // The next run asks again.
  }
}

}  // namespace sconectl::image
