// Volumes and images (SL-230 to SL-253).
#include <fmt/core.h>

#include <unordered_set>

#include "check_parts.hpp"
#include "sconectl/diag/suggest.hpp"

namespace sconectl::session {
namespace {

constexpr std::uint32_t all_permissions = 0777;

std::string title(const Image& image) {
  return fmt::format("image '{}'", image.name);
}

void warn_unprotected(const Checked& checked, const Place& place, const std::string& what,
                      UpdatePolicy policy) {
  if (policy == UpdatePolicy::no_rollback_protection)
    checked.warning(place, what + ": no_rollback_protection accepts any older state of the volume");
}

void check_mounts(const Checked& checked, const Image& image,
                  const std::unordered_set<std::string_view>& volumes) {
  std::unordered_set<std::string_view> paths;
  for (const ImageVolume& volume : image.volumes) {
    const std::string what = fmt::format("{}: volume '{}'", title(image), volume.name);
    if (!volumes.contains(volume.name)) {
      const std::string text = what + " is not defined in 'volumes'";
      is_first_dialect(checked.session) ? checked.warning(volume.place, text)
                                        : checked.error(volume.place, text);
    }
    if (!volume.path.starts_with('/'))
      checked.error(volume.place,
                    fmt::format("{}: the path '{}' must be absolute", what, volume.path));
    if (!paths.insert(volume.path).second)
      checked.error(volume.place, fmt::format("{}: another volume is mounted at '{}' already", what,
                                              volume.path));
    warn_unprotected(checked, volume.place, what, volume.update_policy);
  }
}

void check_files(const Checked& checked, const Image& image) {
  std::unordered_set<std::string_view> paths;
  for (const InjectionFile& file : image.injection_files) {
    const std::string what = fmt::format("{}: injection file '{}'", title(image), file.path);
    if (file.path.empty())
      checked.error(file.place, what + ": the path is empty");
    else if (!file.path.starts_with('/'))
      checked.warning(file.place, what + ": the path is relative to 'pwd' of the service");
    if (!paths.insert(file.path).second)
      checked.warning(file.place, what + " is given twice; the last entry counts");
    if (file.permission > all_permissions)
      checked.error(file.place, what + ": the permission is larger than 0o777");
    if (file.content) check_text(checked, file.place, what, *file.content, Use::file);
  }
}

}  // namespace

void check_images(const Checked& checked) {
  std::unordered_set<std::string_view> volumes;
  for (const Volume& volume : checked.session.volumes) volumes.insert(volume.name);
  for (const Image& image : checked.session.images) {
    check_mounts(checked, image, volumes);
    check_files(checked, image);
    if (!image.provide_secrets) continue;
    for (const std::string& name : *image.provide_secrets)
      if (checked.secret(name) == nullptr)
        checked.error(image.place, fmt::format("{}: provide_secrets: {}", title(image),
                                               checked.undefined(name)));
  }
}

void check_volumes(const Checked& checked) {
  std::unordered_set<std::string> offered;
  for (const Volume& volume : checked.session.volumes) {
    const std::string what = fmt::format("volume '{}'", volume.name);
    if (volume.fspf_key)
      check_key_setting(checked, volume.place, what + ": fspf_key", *volume.fspf_key);
    if (volume.import)
      check_reference(checked, volume.place, what + ": import", volume.import->session,
                      volume.import->session_hash.has_value(), Direction::import);
    std::unordered_set<std::string_view> targets;
    for (const VolumeExport& target : volume.exports) {
      check_reference(checked, volume.place, what + ": export", target.session,
                      target.session_hash.has_value(), Direction::export_);
      if (target.update_policy)
        warn_unprotected(checked, volume.place, what + ": export", *target.update_policy);
      const std::string& name = target.volume_alias ? *target.volume_alias : volume.name;
      if (!targets.insert(target.session).second)
        checked.error(volume.place, fmt::format("{}: it is exported to session '{}' twice", what,
                                                target.session));
      else if (!offered.insert(target.session + '\n' + name).second)
        checked.error(volume.place,
                      fmt::format("{}: session '{}' is offered another volume with the "
                                  "name '{}' already",
                                  what, target.session, name));
    }
  }
}

}  // namespace sconectl::session
