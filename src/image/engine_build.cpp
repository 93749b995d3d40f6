// Images that an engine builds, and their ways to registries and files.
#include <fmt/core.h>

#include "image/dockerfile_text.hpp"
#include "image/engine_failure.hpp"
#include "image/registry.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/image/engine.hpp"

namespace sconectl::image {
namespace {

constexpr std::size_t largest_dockerfile = std::size_t{16} << 20U;

/// Docker takes registries of this machine without TLS, or with a certificate that nobody knows;
/// the others have to be told.
std::vector<std::string> with_trust(std::string_view engine, std::vector<std::string> words,
                                    const std::string& reference) {
  if (engine != "docker" && is_on_loopback(reference)) words.emplace_back("--tls-verify=false");
  words.push_back(reference);
  return words;
}

}  // namespace

const std::string& checked_reference(const std::string& reference) {
  if (reference.empty() || reference.front() == '-')
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("'{}' is not an image reference", reference));
  return reference;
}

DockerBuilder::Kind Engine::builder() const {
  if (name_ != "docker" || refuses_build_kit_) return DockerBuilder::Kind::classic;
  return builder_->kind(processes_);
}

void Engine::bring_bases(const std::filesystem::path& directory, const Lines& lines) {
  if (name_ == "docker") return;
  for (const std::string& base : base_images(dockerfile_in(directory)))
    if (is_on_loopback(base) && !find({base}).contains(base)) pull(base, lines);
}

std::string Engine::dockerfile_in(const std::filesystem::path& directory) const {
  return files_.read_if_exists(directory / "Dockerfile", largest_dockerfile).value_or("");
}

ImageIdentity Engine::build(const std::filesystem::path& directory, const std::string& reference,
                            const Lines& lines, const BuildConfiguration& configuration) {
  const auto show = lines ? lines : [](std::string_view) {};
  std::vector<std::string> arguments = {name_ == "buildah" ? "bud" : "build", "--tag",
                                        checked_reference(reference), "--file",
                                        (directory / "Dockerfile").string()};
  for (const std::string& name : configuration.proxies)
    arguments.insert(arguments.end(), {"--build-arg", name});
  for (const BuildFile& file : configuration.files)
    arguments.insert(arguments.end(), {"--secret", fmt::format("id={},src={}", secret_id(file.kind),
                                                               file.source.string())});
  // Only BuildKit mounts files: a docker that has none says so itself.
  uses_build_kit_ = builder() != DockerBuilder::Kind::classic || !configuration.files.empty();
  const bool sets_times = configuration.time && name_ != "docker";
  if (sets_times)
    arguments.insert(arguments.end(), {"--timestamp", std::to_string(*configuration.time)});
  // Layers that an earlier build has left may have its times.
  if (sets_times || configuration.fresh) arguments.emplace_back("--no-cache");
  if (builder() == DockerBuilder::Kind::buildx) arguments.emplace_back("--load");
  arguments.push_back((directory / "context").string());
  bring_bases(directory, show);
  try {
    require(std::move(arguments), fmt::format("build image '{}'", reference), show);
  } catch (const diag::Error&) {
    builder_->forget();
    throw;
  }
  if (configuration.time && !sets_times) retime(directory, reference, *configuration.time, show);
  return inspect({reference}).at(reference);
}

void Engine::tag(const std::string& existing, const std::string& reference) {
  require({"tag", checked_reference(existing), checked_reference(reference)},
          fmt::format("name image '{}' also '{}'", existing, reference));
}

std::string Engine::push(const std::string& reference, const Lines& lines) {
  const auto show = lines ? lines : [](std::string_view) {};
  const std::string doing = fmt::format("push image '{}'", checked_reference(reference));
  const Outcome outcome = call(with_trust(name_, {"push"}, reference), show);
  if (outcome.status != 0) {
    require_answer();
    const bool refused = http_ == nullptr || registry_answers(*http_, reference);
    throw engine_failure(refused ? diag::ErrorKind::failed : diag::ErrorKind::unavailable, name_,
                         doing, {outcome.status, 0, outcome.out, outcome.err}, outcome.last_lines);
  }
  if (name_ != "docker")
    return "";  // the others compress anew: what they have is not what went out
  const std::string digest = inspect({reference}).at(reference).digest;
  return digest.substr(digest.find('@') + 1);
}

void Engine::pull(const std::string& reference, const Lines& lines) {
  const auto show = lines ? lines : [](std::string_view) {};
  const Outcome outcome = call(with_trust(name_, {"pull"}, checked_reference(reference)), show);
  if (outcome.status == 0) return;
  require_answer();
  throw engine_failure(diag::ErrorKind::unavailable, name_,
                       fmt::format("pull image '{}'", reference),
                       {outcome.status, 0, outcome.out, outcome.err}, outcome.last_lines);
}

void Engine::save(const std::string& reference, const std::filesystem::path& file) {
  const std::string place = file.string();
  std::vector<std::string> arguments = {"save", "--output", place, checked_reference(reference)};
  if (name_ == "buildah") arguments = {"push", reference, "docker-archive:" + place};
  require(std::move(arguments), fmt::format("save image '{}'", reference));
}

}  // namespace sconectl::image
