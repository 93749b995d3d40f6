// The user's files: looked at before planning, copied into the build context after it.
#include <fmt/core.h>

#include <set>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/image/plan.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

constexpr int deepest = 64;
constexpr std::size_t largest_requirements = 1024 * 1024;

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
class Gathering {
 public:
  Gathering(const host::Files& files, fs::path left_out)
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
    if (depth == deepest)
      throw diag::Error(
          diag::ErrorKind::unavailable,
          fmt::format("'{}' is nested too deeply, a link may lead back to a directory "
                      "above it",
                      source.string()));
    directories_.insert(target);
    for (const std::string& name : files_.list(source))
      add(source / name, target.ends_with('/') ? target + name : target + "/" + name, depth + 1);
  }

  [[nodiscard]] const std::map<std::string, fs::path>& found() const { return found_; }
  [[nodiscard]] const std::set<std::string>& directories() const { return directories_; }

 private:
  const host::Files& files_;
  fs::path left_out_;
  std::map<std::string, fs::path> found_;
  std::set<std::string> directories_;
};

/// Removes what is not in `wanted` (paths relative to the context); empty directories stay if they
/// are wanted themselves.
void prune(host::Files& files, const fs::path& directory, const std::string& prefix,
           const std::set<std::string>& wanted) {
  for (const std::string& name : files.list(directory)) {
    const std::string path = prefix + name;
    const auto inside = wanted.lower_bound(path + "/");
    const bool holds_wanted = inside != wanted.end() && inside->starts_with(path + "/");
    if (!wanted.contains(path) && !holds_wanted)
      files.remove_tree(directory / name);
    else if (files.is_directory(directory / name))
      prune(files, directory / name, path + "/", wanted);
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
  Gathering gathering(files, fs::absolute(target.empty() ? "." : target).lexically_normal());
  std::set<std::string> wanted;
  for (const auto& [path, entry] : plan.context) {
    if (const auto* source = std::get_if<fs::path>(&entry.content))
      gathering.add(*source, path);
    else
      wanted.insert(path);
  }
  for (const auto& [path, source] : gathering.found()) wanted.insert(path);
  wanted.insert(gathering.directories().begin(), gathering.directories().end());

  files.make_directories(context);
  prune(files, context, "", wanted);
  for (const std::string& path : gathering.directories()) files.make_directories(context / path);
  for (const auto& [path, source] : gathering.found()) {
    files.make_directories((context / path).parent_path());
    files.copy_file(source, context / path);
  }
  for (const auto& [path, entry] : plan.context) {
    const auto* bytes = std::get_if<std::string>(&entry.content);
    if (bytes == nullptr) continue;
    files.make_directories((context / path).parent_path());
    files.write(context / path, *bytes, entry.mode, host::Durability::cached);
  }
  files.write(directory / "Dockerfile", plan.dockerfile, 0644, host::Durability::cached);
}

}  // namespace sconectl::image
