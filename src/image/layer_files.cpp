#include "image/layer_files.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;
using oci::TarKind;

constexpr unsigned mode_of_programs = 0755;
constexpr unsigned mode_of_files = 0644;
constexpr unsigned any_execute = 0111;

class Collector {
 public:
  Collector(const oci::Tree& tree, LayerFiles& out, const host::Files* files = nullptr)
      : files_(files), tree_(tree), out_(out) {}

  void place_text(const std::string& text, const std::string& target) {
    const std::string path = place_of(target.substr(1));
    out_[path] = {{TarKind::file, path, "", mode_of_files, 0, 0, text.size()}, {}, text};
  }

  void place(const fs::path& source, const std::string& target) {
    const bool is_folder = target.ends_with('/');
    const std::string path = target.substr(1, target.size() - 1 - (is_folder ? 1 : 0));
    if (is_folder) {
      add_directory(path);
      add_entries(source, path);
    } else {
      add(source, path);
    }
  }

 private:
  /// A directory of the image with those above it, as the base has them.
  void add_directory(const std::string& wanted) {
    const std::string path = tree_.resolved(wanted);
    for (auto slash = path.find('/');; slash = path.find('/', slash + 1)) {
      const std::string part = path.substr(0, slash);
      if (!part.empty()) add_one_directory(part);
      if (slash == std::string::npos) return;
    }
  }

  void add_one_directory(const std::string& path) {
    oci::TarEntry entry{TarKind::directory, path, "", mode_of_programs};
    if (const oci::Directory* known = tree_.directory(path)) {
      entry.mode = known->mode;
      entry.user = known->user;
      entry.group = known->group;
    }
    out_.try_emplace(path, LayerFile{entry, {}, {}});
  }

  void add_entries(const fs::path& source, const std::string& target) {
    for (const std::string& name : files_->list(source))
      add(source / name, target.empty() ? name : fmt::format("{}/{}", target, name));
  }

  /// Where a file ends up, with the directories above it. The last name itself is not followed: a
  /// file takes the place of a link.
  std::string place_of(const std::string& wanted) {
    const auto slash = wanted.rfind('/');
    const std::string directory = slash == std::string::npos ? "" : wanted.substr(0, slash);
    add_directory(directory);
    const std::string above = tree_.resolved(directory);
    const std::string name = wanted.substr(slash == std::string::npos ? 0 : slash + 1);
    return above.empty() ? name : fmt::format("{}/{}", above, name);
  }

  void add(const fs::path& source, const std::string& wanted) {
    const std::string path = place_of(wanted);
    if (const auto link = files_->read_link(source)) {
      out_[path] = {{TarKind::symbolic_link, path, link->string(), 0777}, {}, {}};
      return;
    }
    const auto status = files_->status(source);
    if (!status || status->kind == host::FileKind::other)
      throw diag::Error(
          diag::ErrorKind::failed,
          fmt::format("'{}' is gone or no file any more; run it again", source.string()));
    if (status->kind == host::FileKind::directory) {
      add_directory(wanted);
      add_entries(source, wanted);
      return;
    }
    const bool executable = (status->mode & any_execute) != 0;
    out_[path] = {{TarKind::file, path, "", executable ? mode_of_programs : mode_of_files, 0, 0,
                   status->size},
                  source,
                  {}};
  }

  const host::Files* files_;
  const oci::Tree& tree_;
  LayerFiles& out_;
};

}  // namespace

LayerFiles text_files(const std::map<std::string, std::string>& texts, const oci::Tree& tree) {
  LayerFiles result;
  Collector collector(tree, result);
  for (const auto& [path, text] : texts) collector.place_text(text, path);
  return result;
}

LayerFiles layer_files(const AssemblyLayer& layer, const host::Files& files,
                       const fs::path& context, const oci::Tree& tree) {
  LayerFiles result;
  Collector collector(tree, result, &files);
  for (const Placement& part : layer.parts) collector.place(context / part.context, part.target);
  return result;
}

}  // namespace sconectl::image
