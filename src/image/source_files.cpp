#include "image/source_files.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "sconectl/diag/error.hpp"

namespace sconectl::image {

namespace fs = std::filesystem;

namespace {

constexpr int deepest_folder = 64;
constexpr int most_links = 40;
constexpr std::size_t largest_ignore_file = 1024UL * 1024;

fs::path normal(const fs::path& path) {
  return path.empty() ? fs::path(".") : path.lexically_normal();
}

}  // namespace

std::optional<fs::path> resolved_inside(const host::Files& files, const fs::path& folder,
                                        const fs::path& path) {
  const fs::path written = normal(path).lexically_relative(normal(folder));
  std::vector<fs::path> before(written.begin(), written.end());
  std::vector<fs::path> way;
  int links = 0;
  // Name by name, because `..` behind a link leads above what the link leads to.
  std::reverse(before.begin(), before.end());
  while (!before.empty()) {
    const fs::path name = before.back();
    before.pop_back();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (way.empty()) return std::nullopt;
      way.pop_back();
      continue;
    }
    way.push_back(name);
    fs::path at = normal(folder);
    for (const fs::path& part : way) at /= part;
    const auto target = files.read_link(at);
    if (!target) continue;
    if (target->is_absolute() || ++links > most_links) return std::nullopt;
    way.pop_back();
    const std::vector<fs::path> names(target->begin(), target->end());
    before.insert(before.end(), names.rbegin(), names.rend());
  }
  fs::path result = normal(folder);
  for (const fs::path& part : way) result /= part;
  return result;
}

SourceFiles::SourceFiles(const host::Files& files, const fs::path& folder,
                         const fs::path& target_directory)
    : files_(files),
      folder_(normal(folder)),
      target_directory_(fs::absolute(target_directory).lexically_normal()) {
  built_in_.add(built_in_excludes());
  for (const char* name : {".dockerignore", ".sconectlignore"}) {
    const auto text = files.read_if_exists(folder_ / name, largest_ignore_file);
    if (!text) continue;
    own_.add(*text);
    built_in_.add(*text);
  }
}

void SourceFiles::leave_out(std::string_view pattern) {
  built_in_.add(pattern);
}

std::string SourceFiles::relative(const fs::path& path) const {
  return normal(path).lexically_relative(folder_).generic_string();
}

/// By what a run leaves in one: sessions, the signing key, or images with their contexts.
bool SourceFiles::is_target_directory(const fs::path& directory) const {
  if (fs::absolute(directory).lexically_normal() == target_directory_ ||
      files_.is_directory(directory / "session_files") ||
      (files_.exists(directory / "identity.pem") && files_.exists(directory / ".lock")))
    return true;
  const fs::path images = directory / "images";
  if (files_.read_link(images) || !files_.is_directory(images)) return false;
  for (const std::string& name : files_.list(images))
    if (files_.exists(images / name / "Dockerfile") && files_.exists(images / name / "context"))
      return true;
  return false;
}

void SourceFiles::add(const fs::path& source, const std::string& target) {
  if (source.is_absolute()) return add_below(source, target, 0);  // the launcher: ours
  const std::string path = relative(source);
  if (path != "." && own_.excludes(path) && !own_.has_exceptions())
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("'{}' is to be copied, and an ignore file leaves it out; take it "
                                  "out of one of them",
                                  source.string()));
  const auto real = resolved_inside(files_, folder_, source);
  if (!real)
    throw diag::Error(
        diag::ErrorKind::invalid,
        fmt::format("'{}' leads out of the build folder through a symbolic link; copy "
                    "what is needed into the folder",
                    source.string()));
  add_below(*real, target, 0);
}

void SourceFiles::add_link(const fs::path& source, const std::string& target) {
  const auto held = files_.read_link(source);
  if (!resolved_inside(files_, folder_, source))
    throw diag::Error(
        diag::ErrorKind::invalid,
        fmt::format(
            "'{}' is a symbolic link to '{}', which is not in the build folder; copy what is "
            "needed into the folder, or name the link in .dockerignore",
            relative(source), held->string()));
  links_[target] = *held;
}

void SourceFiles::add_below(const fs::path& source, const std::string& target, int depth) {
  const auto status = files_.status(source);
  if (!status || status->kind == host::FileKind::other)
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("'{}' can not be put into an image: it is neither a file nor a "
                                  "directory",
                                  source.string()));
  if (status->kind == host::FileKind::file) {
    found_[target] = source;
    return;
  }
  if (depth == deepest_folder)
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("'{}' is nested more than {} directories deep", source.string(),
                                  deepest_folder));
  directories_.insert(target);
  for (const std::string& name : files_.list(source)) {
    const fs::path below = source / name;
    const std::string path = relative(below);
    std::string place = target;
    place.append(target.ends_with('/') ? "" : "/").append(name);
    const bool excluded = built_in_.excludes(path);
    if (files_.read_link(below)) {
      if (!excluded) add_link(below, place);
    } else if (files_.is_directory(below)) {
      if (excluded ? built_in_.has_exceptions() : !is_target_directory(below))
        add_below(below, place, depth + 1);
    } else if (!excluded) {
      add_below(below, place, depth + 1);
    }
  }
}

}  // namespace sconectl::image
