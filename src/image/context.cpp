// The user's files: looked at before planning, copied into the build context after it.
#include <fmt/core.h>

#include <set>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/image/plan.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

constexpr int deepest_folder = 64;
constexpr std::size_t largest_requirements = 1024UL * 1024;

Source look(const std::string& path, const host::Files& files, const fs::path& directory) {
  const auto status = files.status(directory / path);
  if (!status) return {};
  switch (status->kind) {
    case host::FileKind::file:
      return {Source::Kind::file, ""};
    case host::FileKind::directory:
      return {Source::Kind::directory, ""};
    case host::FileKind::other:
      break;
  }
  return {Source::Kind::other, ""};
}

/// The files of a plan's context, with directories of the user opened up.
class SourceFiles {
 public:
  SourceFiles(const host::Files& files, fs::path left_out)
      : files_(files), left_out_(std::move(left_out)) {}

  void add(const fs::path& source, const std::string& target, int depth = 0) {
    if (fs::absolute(source).lexically_normal() == left_out_) return;
    const auto status = files_.status(source);
    if (!status || status->kind == host::FileKind::other)
      throw diag::Error(diag::ErrorKind::unavailable,
                        fmt::format("'{}' can not be put into an image: it is neither a file nor a "
                                    "directory, or a link that leads nowhere",
                                    source.string()));
    if (status->kind == host::FileKind::file) {
      found_[target] = source;
      return;
    }
    if (depth == deepest_folder)
      throw diag::Error(
          diag::ErrorKind::unavailable,
          fmt::format("'{}' is nested too deeply, a link may lead back to a directory "
                      "above it",
                      source.string()));
    directories_.insert(target);
    for (const std::string& name : files_.list(source))
      add(source / name, fmt::format("{}{}{}", target, target.ends_with('/') ? "" : "/", name),
          depth + 1);
  }

  [[nodiscard]] const std::map<std::string, fs::path>& found() const { return found_; }
  [[nodiscard]] const std::set<std::string>& directories() const { return directories_; }

 private:
  const host::Files& files_;
  fs::path left_out_;
  std::map<std::string, fs::path> found_;
  std::set<std::string> directories_;
};

/// What a context holds once it is written, by path relative to it.
struct ContextPaths {
  std::set<std::string> files;
  std::set<std::string> directories;

  [[nodiscard]] bool directory(const std::string& path) const {
    const auto below = [&](const std::set<std::string>& paths) {
      const auto first = paths.lower_bound(path + "/");
      return first != paths.end() && first->starts_with(path + "/");
    };
    return directories.contains(path) || below(files) || below(directories);
  }
};

/// Removes what stands in the way of the new context (a directory where a file will be, and the
/// other way round); with `leftovers`, also what is not part of it.
void prune(host::Files& files, const fs::path& directory, const std::string& prefix,
           const ContextPaths& wanted, bool leftovers) {
  for (const std::string& name : files.list(directory)) {
    const std::string path = prefix + name;
    const bool is_directory = files.is_directory(directory / name);
    const bool as_file = wanted.files.contains(path);
    const bool as_directory = wanted.directory(path);
    const bool fits = is_directory ? as_directory : as_file;
    if (!fits && (leftovers || as_file || as_directory))
      files.remove_tree(directory / name);
    else if (is_directory)
      prune(files, directory / name, path + "/", wanted, leftovers);
  }
}

}  // namespace

Sources survey(const manifest::Service& service, const host::Files& files,
               const fs::path& directory) {
  Sources sources;
  for (const manifest::Text& entry : service.build.copy)
    if (!entry.text.empty()) sources[entry.text] = look(entry.text, files, directory);
  if (const manifest::Text* file = service.requirements_file()) {
    Source source = look(file->text, files, directory);
    if (source.kind == Source::Kind::file)
      source.text = files.read(directory / file->text, largest_requirements);
    sources[file->text] = std::move(source);
  }
  return sources;
}

std::string listing(const BuildPlan& plan) {
  std::string text;
  for (const auto& [path, entry] : plan.context) text += path + "\n";
  return text;
}

void write(const BuildPlan& plan, host::Files& files, const fs::path& directory) {
  const fs::path context = directory / "context";
  const fs::path target = directory.parent_path().parent_path();
  SourceFiles sources(files, fs::absolute(target.empty() ? "." : target).lexically_normal());
  ContextPaths wanted;
  for (const auto& [path, entry] : plan.context) {
    if (const auto* source = std::get_if<fs::path>(&entry.content))
      sources.add(*source, path);
    else
      wanted.files.insert(path);
  }
  for (const auto& [path, source] : sources.found()) wanted.files.insert(path);
  wanted.directories = sources.directories();

  files.make_directories(context);
  prune(files, context, "", wanted, false);
  for (const std::string& path : wanted.directories) files.make_directories(context / path);
  for (const auto& [path, source] : sources.found()) {
    files.make_directories((context / path).parent_path());
    files.copy_file(source, context / path);
  }
  for (const auto& [path, entry] : plan.context) {
    const auto* bytes = std::get_if<std::string>(&entry.content);
    if (bytes == nullptr) continue;
    files.make_directories((context / path).parent_path());
    files.write(context / path, *bytes, entry.mode, host::Durability::cached);
  }
  // Last, so that a full disk leaves the files of the previous plan in place.
  prune(files, context, "", wanted, true);
  files.write(directory / "Dockerfile", plan.dockerfile, 0644, host::Durability::cached);
}

}  // namespace sconectl::image
