#include "enclave/walk.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>

#include "sconectl/diag/error.hpp"
#include "sconectl/enclave/gramine_manifest.hpp"

namespace sconectl::enclave {
namespace {

constexpr int most_links = 40;  // as the kernel

class Walk {
 public:
  Walk(const FileTree& tree, const std::function<bool(const std::string&)>& excluded,
       bool follow_links, std::size_t most)
      : tree_(tree), excluded_(excluded), follow_links_(follow_links), most_(most) {}

  std::vector<std::string> run(const std::string& directory) {
    enter(directory, without_links(tree_, directory).value_or(directory));
    std::sort(files_.begin(), files_.end());
    return std::move(files_);
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the directories
  void enter(const std::string& directory, const std::string& real) {
    if (std::find(inside_.begin(), inside_.end(), real) != inside_.end()) return;
    inside_.push_back(real);
    for (const std::string& name : tree_.list(directory)) {
      const std::string path = below(directory, name);
      if (excluded_(path)) continue;
      count();
      const EntryKind kind = tree_.kind(path);
      if (kind == EntryKind::file) files_.push_back(path);
      if (kind != EntryKind::directory) continue;
      if (!tree_.link(path)) {
        enter(path, below(real, name));
      } else if (follow_links_) {
        if (const auto target = without_links(tree_, path)) enter(path, *target);
      }
    }
    inside_.pop_back();
  }

  void count() {
    if (++seen_ > most_)
      throw diag::Error(diag::ErrorKind::invalid,
                        fmt::format("more than {} files are to be trusted: name the ones that "
                                    "the program needs in 'sgx.trusted_files'",
                                    most_));
  }

  const FileTree& tree_;
  const std::function<bool(const std::string&)>& excluded_;
  bool follow_links_;
  std::size_t most_;
  std::vector<std::string> inside_;  ///< the directories on the way, without links
  std::vector<std::string> files_;
  std::size_t seen_ = 0;
};

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) parts.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

}  // namespace

std::string below(const std::string& directory, std::string_view name) {
  std::string path = directory;
  if (!path.ends_with('/')) path += '/';
  return path += name;
}

std::optional<std::string> without_links(const FileTree& tree, const std::string& path) {
  std::vector<std::string> rest = parts_of(path);
  std::reverse(rest.begin(), rest.end());
  std::string real = "/";
  int links = 0;
  while (!rest.empty()) {
    const std::string name = std::move(rest.back());
    rest.pop_back();
    if (name == ".") continue;
    if (name == "..") {
      real.resize(std::max<std::size_t>(real.find_last_of('/'), 1));
      continue;
    }
    const std::string next = below(real, name);
    const auto target = tree.link(next);
    if (!target) {
      real = next;
      continue;
    }
    if (++links > most_links) return std::nullopt;
    if (target->starts_with('/')) real = "/";
    std::vector<std::string> parts = parts_of(*target);
    rest.insert(rest.end(), parts.rbegin(), parts.rend());
  }
  if (tree.kind(real) == EntryKind::nothing) return std::nullopt;
  return real;
}

std::vector<std::string> all_files(const FileTree& tree,
                                   const std::function<bool(const std::string& path)>& excluded,
                                   std::size_t most) {
  return Walk(tree, excluded, true, most).run("/");
}

std::vector<std::string> files_below(const FileTree& tree, const std::string& directory) {
  const std::function<bool(const std::string&)> nothing = [](const std::string&) { return false; };
  std::string top = directory;
  while (top.size() > 1 && top.ends_with('/')) top.pop_back();
  return Walk(tree, nothing, false, std::numeric_limits<std::size_t>::max()).run(top);
}

bool is_changing(const std::string& path) {
  static constexpr std::array<std::string_view, 7> files{
      "/.dockerenv",   "/.dockerinit", "/etc/.pwd.lock",  "/etc/mtab",
      "/etc/hostname", "/etc/hosts",   "/etc/resolv.conf"};
  // The manifests and the signature are what is being made.
  static constexpr std::array<std::string_view, 3> starts{"/etc/gshadow", "/etc/shadow",
                                                          "/gramine/app_files/entrypoint."};
  static constexpr std::array<std::string_view, 8> directories{
      "/boot", "/dev", "/etc/security", "/proc", "/run", "/sys", "/var", measuring_directory};
  const auto begins = [&](std::string_view start) { return path.starts_with(start); };
  const auto contains = [&](std::string_view directory) {
    return path.starts_with(directory) &&
           (path.size() == directory.size() || path[directory.size()] == '/');
  };
  constexpr std::string_view run_levels = "/etc/rc?.d/";
  const bool run_level = path.size() > run_levels.size() && path.starts_with("/etc/rc") &&
                         path.substr(8, 3) == run_levels.substr(8);
  return run_level || std::find(files.begin(), files.end(), path) != files.end() ||
         std::any_of(starts.begin(), starts.end(), begins) ||
         std::any_of(directories.begin(), directories.end(), contains);
}

}  // namespace sconectl::enclave
