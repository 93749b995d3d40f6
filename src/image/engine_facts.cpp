// The /scone folder out of an image.
#include <fmt/core.h>

#include <set>

#include "image/docker_socket.hpp"
#include "image/engine_failure.hpp"
#include "image/folder_cache.hpp"
#include "image/tar.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/processes.hpp"
#include "sconectl/image/description.hpp"
#include "sconectl/image/engine.hpp"

namespace sconectl::image {
namespace {

/// Calls a function when it goes, whatever happened before.
class Finally {
 public:
  explicit Finally(std::function<void()> act) : act_(std::move(act)) {}
  Finally(const Finally&) = delete;
  Finally& operator=(const Finally&) = delete;
  ~Finally() {
    try {
      act_();
    } catch (const std::exception&) {
      return;  // the first failure is the one to report
    }
  }

 private:
  std::function<void()> act_;
};

diag::Error no_folder(const std::string& reference) {
  return {diag::ErrorKind::invalid,
          fmt::format("image '{}' has no /scone folder, so a mesh does not know how to run it; "
                      "build it with 'sconectl apply -f <its service manifest>'",
                      reference)};
}

/// Paths relative to /scone: the archive has "scone/" in front of each.
SconeFolder opened(const std::string& archive, const std::string& reference) {
  constexpr std::string_view prefix = "scone/";
  SconeFolder folder;
  try {
    for (auto& [path, bytes] : untar(archive))
      if (path.starts_with(prefix)) folder[path.substr(prefix.size())] = std::move(bytes);
  } catch (const diag::Error& error) {
    throw error.within(fmt::format("reading /scone of image '{}'", reference));
  }
  if (folder.empty()) throw no_folder(reference);
  return folder;
}

}  // namespace

std::string Engine::scone_archive(const std::string& container, const std::string& reference) {
  const std::string doing = fmt::format("open image '{}'", reference);
  if (name_ == "buildah") {
    const std::filesystem::path root = last_line(require({"mount", container}, doing).out);
    if (!files_.exists(root / "scone")) throw no_folder(reference);
    host::Command pack;
    pack.argv = {"tar", "-C", root.string(), "-cf", "-", "scone"};
    const host::Exit packed = processes_.run(pack);
    if (packed.ok()) return packed.out;
    throw engine_failure(diag::ErrorKind::failed, "tar", doing, packed, {});
  }
  const Outcome copied = call({"cp", container + ":/scone", "-"});
  if (copied.status == 0) return copied.out;
  // The exit status is that of every failure. Where an API tells, it is asked; else the engine that
  // shows the container but does not copy from it has nothing to copy.
  std::optional<bool> there;
  if (socket_) there = container_has(*http_, *socket_, container, "/scone");
  if (!there && call({"container", "inspect", container}).status == 0) there = false;
  if (there == false) throw no_folder(reference);
  require_answer();
  throw engine_failure(diag::ErrorKind::failed, name_, doing, {copied.status, 0, "", copied.err},
                       {});
}

std::optional<SconeFolder> Engine::extract_by_daemon(const std::string& reference) {
  const auto container = create_container(*http_, *socket_, reference, "/scone");
  if (!container) return std::nullopt;
  const Finally remove([&] { remove_container(*http_, *socket_, *container); });
  const auto archive = archive_in_container(*http_, *socket_, *container, "/scone");
  if (!archive) return std::nullopt;
  if (archive->empty()) throw no_folder(reference);
  return opened(*archive, reference);
}

SconeFolder Engine::extract(const std::string& reference) {
  if (socket_) {
    if (auto folder = extract_by_daemon(reference)) return *std::move(folder);
  }
  const std::string doing = fmt::format("open image '{}'", reference);
  const Outcome made =
      name_ == "buildah"
          ? require({"from", "--pull-never", reference}, doing)
          : require({"create", "--pull", "never", "--network", "none", reference, "/scone"}, doing);
  const std::string container = last_line(made.out);
  const Finally remove([&] { call({"rm", container}); });
  return opened(scone_archive(container, reference), reference);
}

SconeFolder Engine::scone_folder(const std::string& reference, const ImageIdentity& identity) {
  if (!identity.description.empty()) return read_description(identity.description, reference);
  FolderCache cache(files_, cache_);
  if (auto kept = cache.find(identity.id)) return std::move(*kept);
  SconeFolder folder = extract(reference);
  cache.keep(identity.id, folder);
  return folder;
}

Facts Engine::facts(const std::string& reference, const ImageIdentity& identity) {
  Facts result = facts_from(scone_folder(reference, identity), reference);
  result.image_id = identity.id;
  result.digest = identity.digest;
  return result;
}

std::map<std::string, Facts> Engine::facts(const std::vector<std::string>& references) {
  const std::set<std::string> distinct(references.begin(), references.end());
  const auto identities = inspect({distinct.begin(), distinct.end()});
  std::map<std::string, Facts> result;
  for (const std::string& reference : distinct) {
    const ImageIdentity& identity = identities.at(reference);
    result.emplace(reference, facts(reference, identity));
  }
  return result;
}

}  // namespace sconectl::image
