// The user's files: looked at before planning, copied into the build context after it.
#include <fmt/core.h>

#include <set>

#include "image/kind.hpp"
#include "image/maven.hpp"
#include "image/node.hpp"
#include "image/requirements.hpp"
#include "image/source_files.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/files_beneath.hpp"
#include "sconectl/host/similar_file.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/text/utf8.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_requirements = 1024UL * 1024;
constexpr std::size_t largest_gramine_manifest = 64UL * 1024 * 1024;
constexpr std::size_t most_requirements = 1000;  // -r and -c, with repetitions

Source look(const std::string& path, const host::Files& files, const fs::path& directory) {
  const fs::path written = fs::path(path).lexically_normal();
  if (written.is_relative() && *written.begin() != ".." &&
      !resolved_inside(files, directory, directory / written))
    return {Source::Kind::outside, "", ""};
  const auto status = files.status(directory / path);
  if (!status) return {Source::Kind::missing, "", host::did_you_mean_file(files, directory / path)};
  switch (status->kind) {
    case host::FileKind::file:
      return {Source::Kind::file, "", ""};
    case host::FileKind::directory:
      return {Source::Kind::directory, "", ""};
    case host::FileKind::other:
      break;
  }
  return {Source::Kind::other, "", ""};
}

/// A requirements file and all that it takes in, each once.
void add_requirements(const std::string& path, const host::Files& files, const fs::path& directory,
                      Sources& sources) {
  std::vector<std::string> open = {path};
  for (std::size_t i = 0; i < open.size() && i < most_requirements; ++i) {
    if (const auto found = sources.find(open[i]);
        found != sources.end() && !found->second.text.empty())
      continue;
    Source source = look(open[i], files, directory);
    if (source.kind == Source::Kind::file) {
      source.text =
          text::without_byte_order_mark(files.read(directory / open[i], largest_requirements));
      for (std::string& included : included_paths(open[i], source.text))
        open.push_back(std::move(included));
    }
    sources[open[i]] = std::move(source);
  }
}

/// What a context holds once it is written, by path relative to it.
struct ContextPaths {
  std::set<std::string> files;
  std::set<std::string> links;
  std::set<std::string> directories;

  [[nodiscard]] bool directory(const std::string& path) const {
    const auto below = [&](const std::set<std::string>& paths) {
      const auto first = paths.lower_bound(path + "/");
      return first != paths.end() && first->starts_with(path + "/");
    };
    return directories.contains(path) || below(files) || below(links) || below(directories);
  }
};

/// Removes what stands in the way of the new context (a directory where a file will be, and the
/// other way round); with `leftovers`, also what is not part of it.
void prune(host::Files& ours, const host::Files& files, const fs::path& directory,
           const std::string& prefix, const ContextPaths& wanted, bool leftovers) {
  // The way to the directory is looked at once, its entries are looked at themselves.
  for (const std::string& name : ours.list(directory)) {
    const std::string path = prefix + name;
    const bool is_link = files.read_link(directory / name).has_value();
    const bool is_directory = !is_link && files.is_directory(directory / name);
    const bool as_file = is_link ? wanted.links.contains(path) : wanted.files.contains(path);
    const bool as_directory = wanted.directory(path);
    const bool fits = is_directory ? as_directory : as_file;
    if (!fits && (leftovers || is_link || as_file || as_directory))
      ours.remove_tree(directory / name);
    else if (is_directory)
      prune(ours, files, directory / name, path + "/", wanted, leftovers);
  }
}

/// The size of a file of ours if it has this mode. After prune() there is no link where a file is
/// wanted.
std::optional<std::uintmax_t> size_with_mode(const host::Files& files, const fs::path& path,
                                             unsigned mode) {
  const auto status = files.status(path);
  const bool fits = status && status->kind == host::FileKind::file && status->mode == mode;
  return fits ? std::optional(status->size) : std::nullopt;
}

/// How copies of the user's files get their modes.
enum class Modes {
  kept,   ///< as the user's files have them
  usual,  ///< 0755 where anybody may execute them, else 0644
};

/// Copies that everybody may read lie where nobody else gets to.
void make_context(host::Files& ours, const host::Files& files, Modes modes,
                  const fs::path& context) {
  ours.make_directories(context.parent_path());
  if (modes == Modes::kept) return ours.make_directories(context);
  constexpr unsigned own = 0700;
  const auto there = files.status(context);
  if (there && there->mode != own) ours.remove_tree(context);
  ours.make_directories(context, own);
}

/// Copies one file, unless that would change nothing.
void bring(host::Files& ours, const host::Files& files, FileHashes& hashes, Modes modes,
           const fs::path& from, const fs::path& to) {
  const auto source = files.status(from);
  unsigned mode = source ? source->mode & 0777U : 0;
  if (modes == Modes::usual) mode = (mode & 0111U) != 0 ? 0755 : 0644;
  if (source && size_with_mode(files, to, mode) == source->size && hashes.of(from) == hashes.of(to))
    return;
  ours.make_directories(to.parent_path());
  if (modes == Modes::kept || !source || (source->mode & 0777U) == mode)
    return ours.copy_file(from, to);
  ours.write_in_parts(to, mode, host::Durability::cached,
                      [&](const host::Sink& take) { files.read_in_parts(from, take); });
}

/// Whether write() would change nothing.
bool is_written(const host::Files& files, FileHashes& hashes, const fs::path& path,
                std::string_view bytes, unsigned mode) {
  return size_with_mode(files, path, mode) == bytes.size() &&
         hashes.of(path) == crypto::sha256(bytes);
}

/// target of target/images/<name>.
fs::path target_of(const fs::path& directory) {
  const fs::path target = directory.parent_path().parent_path();
  return target.empty() ? fs::path(".") : target;
}

}  // namespace

Sources survey(const manifest::Service& service, const host::Files& files,
               const fs::path& directory) {
  Sources sources;
  for (const manifest::Text& entry : service.build.copy)
    if (!entry.text.empty()) sources[entry.text] = look(entry.text, files, directory);
  const auto kind = kind_of(service.build.kind.text);
  if (kind && kind->family == Kind::Family::node)
    for (const auto name : {node_packages, node_lock})
      sources.try_emplace(std::string(name), look(std::string(name), files, directory));
  if (kind && kind->family == Kind::Family::java)
    sources.try_emplace(std::string(maven_project),
                        look(std::string(maven_project), files, directory));
  if (const auto& own = service.build.gramine.manifest) {
    Source source = look(own->text, files, directory);
    if (source.kind == Source::Kind::file)
      source.text = files.read(directory / own->text, largest_gramine_manifest);
    sources[own->text] = std::move(source);
  }
  if (const manifest::Text* file = service.requirements_file())
    add_requirements(file->text, files, directory, sources);
  return sources;
}

std::string listing(const BuildPlan& plan) {
  std::string text;
  for (const auto& [path, entry] : plan.context) text += path + "\n";
  return text;
}

void write(const BuildPlan& plan, host::Files& files, const fs::path& directory) {
  FileHashes hashes(files);
  write(plan, files, directory, hashes);
}

void write(const BuildPlan& plan, host::Files& files, const fs::path& directory,
           FileHashes& hashes) {
  const fs::path context = directory / "context";
  SourceFiles sources(files, ".", target_of(directory));
  if (plan.context.contains("node/" + std::string(node_packages))) sources.leave_out(node_modules);
  if (plan.recipe.maven) sources.leave_out(maven_target);
  ContextPaths wanted;
  for (const auto& [path, entry] : plan.context) {
    if (const auto* source = std::get_if<fs::path>(&entry.content))
      sources.add(*source, path);
    else
      (std::holds_alternative<ContextLink>(entry.content) ? wanted.links : wanted.files)
          .insert(path);
  }
  for (const auto& [path, source] : sources.files()) wanted.files.insert(path);
  for (const auto& [path, held] : sources.links()) wanted.links.insert(path);
  wanted.directories = sources.directories();

  const auto ours = host::files_beneath(files, target_of(directory));
  const Modes modes = plan.configuration.time ? Modes::usual : Modes::kept;
  make_context(*ours, files, modes, context);
  prune(*ours, files, context, "", wanted, false);
  for (const std::string& path : wanted.directories) ours->make_directories(context / path);
  for (const auto& [path, source] : sources.files())
    bring(*ours, files, hashes, modes, source, context / path);
  for (const auto& [path, held] : sources.links()) {
    if (files.read_link(context / path) == fs::path(held)) continue;
    ours->make_directories((context / path).parent_path());
    ours->make_link(held, context / path);
  }
  for (const auto& [path, entry] : plan.context) {
    const fs::path place = context / path;
    if (const auto* link = std::get_if<ContextLink>(&entry.content)) {
      if (files.read_link(place) == fs::path(link->target)) continue;
      ours->make_directories(place.parent_path());
      ours->make_link(link->target, place);
    } else if (const auto* bytes = std::get_if<std::string>(&entry.content)) {
      if (is_written(files, hashes, place, *bytes, entry.mode)) continue;
      ours->make_directories(place.parent_path());
      ours->write(place, *bytes, entry.mode, host::Durability::cached);
    }
  }
  const bool is_link = files.read_link(directory / "Dockerfile").has_value();
  if (is_link || !is_written(files, hashes, directory / "Dockerfile", plan.dockerfile, 0644))
    ours->write(directory / "Dockerfile", plan.dockerfile, 0644, host::Durability::cached);
  // Last, so that a full disk leaves the files of the previous plan in place.
  prune(*ours, files, context, "", wanted, true);
}

}  // namespace sconectl::image
