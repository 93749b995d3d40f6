// `volumes` and `images` (SL-230 to SL-253).
#include <fmt/core.h>

#include <algorithm>

#include "sconectl/session/name.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sections.hpp"

namespace sconectl::session {

std::optional<std::uint32_t> file_mode(std::string_view text) {
  const bool octal = text.size() > 1 && text.front() == '0';
  if (octal) text.remove_prefix(text[1] == 'o' ? 2 : 1);
  const auto mode = text::number<std::uint32_t>(text, octal ? 8 : 10);
  return mode && *mode <= 0777 ? mode : std::nullopt;
}

namespace {

/// Letters, digits and what names of volumes have been seen with; printable, no spaces at the ends.
std::string volume_name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  const bool control = std::any_of(name.begin(), name.end(), text::is_control);
  return control ? "holds a control character" : "";
}

Volume read_volume(const yaml::Value& value, const std::string& path, Context& context) {
  Reader map(value, path, context);
  Volume volume;
  volume.place.at = value.location();
  volume.name = map.required_text("name");
  if (const auto wrong = volume_name_fault(volume.name); map.has("name") && !wrong.empty())
    map.refuse("name", wrong);
  if (const auto* key = map.find("fspf_key"))
    volume.fspf_key = setting_of<std::string>(
        *key, map.path("fspf_key"), context,
        [&](const auto& v) { return hex_of(v, map.path("fspf_key"), 32, context); });
  volume.fspf_tag = map.hex("fspf_tag", 16);
  map.since(11, "files");
  if (const auto* files = map.find("files"))
    volume.files = enum_of<VolumeFiles>(*files, map.path("files"), context);
  volume.import = read_volume_import(map, volume.name);
  if (map.has("import")) {
    for (const char* key : {"fspf_key", "fspf_tag", "files", "export"})
      map.refuse(key, "excludes 'import'");
  } else {
    volume.exports = read_volume_exports(map);
  }
  if (map.has("fspf_tag") && !map.has("fspf_key")) map.refuse("fspf_tag", "needs 'fspf_key'");
  if (map.has("fspf_key") && !map.has("fspf_tag") && volume.fspf_key &&
      !std::holds_alternative<Placeholder>(*volume.fspf_key))
    map.refuse("fspf_key",
               "needs 'fspf_tag'; without both the volume is initialised automatically");
  map.finish();
  return volume;
}

/// Plain or quoted (SL-246).
std::optional<std::uint32_t> read_permission(Reader& map) {
  const auto text = map.text("permission");
  if (!text) return std::nullopt;
  const std::string& digits = *text;
  if (const auto mode = file_mode(digits)) {
    if (digits.size() == 3 && digits.front() != '0' &&
        digits.find_first_not_of("04567") == digits.npos)
      map.context().warning(*map.value().find("permission"),
                            fmt::format("'{}': {} is a decimal number, the mode 0o{:o}; write "
                                        "0o{} if that is meant",
                                        map.path("permission"), digits, *mode, digits));
    return mode;
  }
  map.refuse("permission", "must be a file mode from 0 to 0o777, such as 0o640");
  return std::nullopt;
}

std::optional<InjectionFile> read_injection_file(const yaml::Value& value, const std::string& path,
                                                 Context& context) {
  InjectionFile file;
  file.place.at = value.location();
  if (value.is_scalar()) {
    file.path = value.text();
    return file;
  }
  Reader map(value, path, context);
  file.path = map.required_text("path");
  file.content = map.text("content");
  map.since(10, "permission");
  file.permission = read_permission(map).value_or(file.permission);
  map.finish();
  if (!map.has("path")) return std::nullopt;  // which was reported
  return file;
}

std::optional<ImageVolume> read_image_volume(const yaml::Value& value, const std::string& path,
                                             Context& context) {
  Reader map(value, path, context);
  ImageVolume volume;
  volume.place.at = value.location();
  volume.name = map.required_text("name");
  volume.path = map.required_text("path");
  map.since(2, "update_policy");
  if (const auto* policy = map.find("update_policy"))
    volume.update_policy = enum_of<UpdatePolicy>(*policy, map.path("update_policy"), context)
                               .value_or(volume.update_policy);
  map.finish();
  return volume;
}

Image read_image(const yaml::Value& value, const std::string& path, Context& context) {
  Reader map(value, path, context);
  Image image;
  image.place.at = value.location();
  image.name = map.required_text("name");
  if (map.has("name") && image.name.empty()) map.refuse("name", "is empty");
  const auto& volumes = map.list("volumes");
  for (std::size_t i = 0; i < volumes.size(); ++i)
    if (auto volume = read_image_volume(volumes[i], map.item_path("volumes", i), context))
      image.volumes.push_back(*std::move(volume));
  const auto& files = map.list("injection_files");
  for (std::size_t i = 0; i < files.size(); ++i)
    if (auto file = read_injection_file(files[i], map.item_path("injection_files", i), context))
      image.injection_files.push_back(*std::move(file));
  map.since(11, "provide_secrets");
  if (map.has("provide_secrets")) image.provide_secrets = map.texts("provide_secrets");
  map.ignore("provide_secrets");
  for (const char* key : {"tags", "mrenclaves", "import"}) map.legacy_key(key);
  map.finish();
  return image;
}

}  // namespace

void read_volumes(Reader& session, std::vector<Volume>& volumes) {
  read_items(session, "volumes", volumes, read_volume);
}

void read_images(Reader& session, std::vector<Image>& images) {
  read_items(session, "images", images, read_image);
}

}  // namespace sconectl::session
