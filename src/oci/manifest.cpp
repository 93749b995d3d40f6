#include "sconectl/oci/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "oci/depth.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/name.hpp"

namespace sconectl::oci {
namespace {

using Json = nlohmann::ordered_json;

constexpr int schema_version = 2;
constexpr std::uint64_t largest_size = std::uint64_t{1} << 50U;

[[noreturn]] void refuse(const std::string& from, std::string_view why) {
  throw diag::Error(diag::ErrorKind::invalid, fmt::format("the manifest of {}: {}", from, why));
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

Annotations annotations_in(const Json& json) {
  Annotations result;
  const auto found = json.find("annotations");
  if (found == json.end() || !found->is_object()) return result;
  for (const auto& [name, value] : found->items())
    if (value.is_string()) result[name] = value.get<std::string>();
  return result;
}

Descriptor descriptor(const Json& json, const std::string& from) {
  if (!json.is_object()) refuse(from, "a descriptor is missing");
  Descriptor result;
  result.media_type = text_at(json, "mediaType");
  result.digest = text_at(json, "digest");
  if (!is_digest(result.digest))
    refuse(from, fmt::format("'{}' is no SHA-256 digest", result.digest));
  const auto size = json.find("size");
  if (size == json.end() || !size->is_number_unsigned() ||
      size->get<std::uint64_t>() > largest_size)
    refuse(from, "a size is missing");
  result.size = size->get<std::uint64_t>();
  result.annotations = annotations_in(json);
  return result;
}

Platform platform(const Json& json) {
  const auto found = json.find("platform");
  if (found == json.end() || !found->is_object()) return {};
  return {text_at(*found, "os"), text_at(*found, "architecture"), text_at(*found, "variant")};
}

Manifest manifest(const Json& json, const std::string& from) {
  Manifest result;
  result.media_type = text_at(json, "mediaType");
  if (result.media_type.empty()) result.media_type = manifest_type;
  result.artifact_type = text_at(json, "artifactType");
  result.config = descriptor(json.at("config"), from);
  const auto layers = json.find("layers");
  if (layers == json.end() || !layers->is_array()) refuse(from, "it has no layers");
  for (const Json& layer : *layers) result.layers.push_back(descriptor(layer, from));
  result.annotations = annotations_in(json);
  return result;
}

Index index(const Json& json, const std::string& from) {
  Index result;
  result.media_type = text_at(json, "mediaType");
  if (result.media_type.empty()) result.media_type = index_type;
  const Json& entries = json.at("manifests");
  if (!entries.is_array()) refuse(from, "'manifests' is no list");
  for (const Json& entry : entries)
    result.manifests.push_back({descriptor(entry, from), platform(entry)});
  result.annotations = annotations_in(json);
  return result;
}

Json as_json(const Descriptor& descriptor) {
  Json json;
  json["mediaType"] = descriptor.media_type;
  json["digest"] = descriptor.digest;
  json["size"] = descriptor.size;
  if (!descriptor.annotations.empty()) json["annotations"] = descriptor.annotations;
  return json;
}

Json as_json(const Platform& platform) {
  Json json;
  json["architecture"] = platform.architecture;
  json["os"] = platform.system;
  if (!platform.variant.empty()) json["variant"] = platform.variant;
  return json;
}

}  // namespace

std::string Platform::text() const {
  return fmt::format("{}/{}{}{}", system, architecture, variant.empty() ? "" : "/", variant);
}

Platform this_platform() {
#if defined(__aarch64__)
  return {"linux", "arm64", ""};
#else
  return {"linux", "amd64", ""};
#endif
}

Descriptor in_words_of_oci(Descriptor layer) {
  if (layer.media_type == "application/vnd.docker.image.rootfs.diff.tar.gzip")
    layer.media_type = layer_type;
  if (layer.media_type == "application/vnd.docker.image.rootfs.diff.tar")
    layer.media_type = "application/vnd.oci.image.layer.v1.tar";
  return layer;
}

std::variant<Manifest, Index> parse_manifest(std::string_view text, const std::string& from) {
  if (is_deep(text)) refuse(from, "it is nested too deeply");
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) refuse(from, "it is no JSON");
  if (json.contains("manifests")) return index(json, from);
  if (json.contains("config")) return manifest(json, from);
  refuse(from, "it is neither that of an image nor of an index (schema 1 is not read)");
}

const Descriptor& manifest_for(const Index& index, const Platform& platform,
                               const std::string& from) {
  std::string there;
  for (const IndexEntry& entry : index.manifests) {
    const bool fits = entry.platform.system == platform.system &&
                      entry.platform.architecture == platform.architecture;
    if (fits) return entry.manifest;
    // Attestations of builds stand beside images, for no machine.
    if (entry.platform.system != "unknown")
      there += (there.empty() ? "" : ", ") + entry.platform.text();
  }
  if (index.manifests.size() == 1 && index.manifests.front().platform == Platform{})
    return index.manifests.front().manifest;
  throw diag::Error(diag::ErrorKind::unavailable,
                    fmt::format("{} has no image for {} ({})", from, platform.text(),
                                there.empty() ? "it names none" : "it has " + there));
}

std::string write(const Manifest& manifest) {
  Json json;
  json["schemaVersion"] = schema_version;
  json["mediaType"] = manifest.media_type;
  if (!manifest.artifact_type.empty()) json["artifactType"] = manifest.artifact_type;
  json["config"] = as_json(manifest.config);
  json["layers"] = Json::array();
  for (const Descriptor& layer : manifest.layers) json["layers"].push_back(as_json(layer));
  if (!manifest.annotations.empty()) json["annotations"] = manifest.annotations;
  return json.dump();
}

std::string write(const Index& index) {
  Json json;
  json["schemaVersion"] = schema_version;
  json["mediaType"] = index.media_type;
  json["manifests"] = Json::array();
  for (const IndexEntry& entry : index.manifests) {
    Json item = as_json(entry.manifest);
    if (entry.platform != Platform{}) item["platform"] = as_json(entry.platform);
    json["manifests"].push_back(std::move(item));
  }
  if (!index.annotations.empty()) json["annotations"] = index.annotations;
  return json.dump();
}

}  // namespace sconectl::oci
