#include "sconectl/supply/cosign.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/supply/dsse.hpp"
#include "sconectl/text/ascii.hpp"
#include "supply/json.hpp"
#include "supply/reference.hpp"

namespace sconectl::supply {
namespace {

constexpr std::string_view digest_prefix = "sha256:";
constexpr std::string_view claim_type = "cosign container image signature";
constexpr const char* signature_annotation = "dev.cosignproject.cosign/signature";
constexpr const char* predicate_annotation = "predicateType";
constexpr std::size_t most_layers = 1'000;

bool is_sha256_digest(std::string_view digest) {
  return digest.starts_with(digest_prefix) &&
         text::is_hex(digest.substr(digest_prefix.size()), 64) && text::lower(digest) == digest;
}

std::string_view hex_of(std::string_view digest) {
  if (!is_sha256_digest(digest)) {
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("the digest of an image is 'sha256:' and 64 hex digits in lower "
                                  "case, not '{}'",
                                  digest));
  }
  return digest.substr(digest_prefix.size());
}

std::string digest_of(std::string_view bytes) {
  return std::string(digest_prefix) + crypto::hex(crypto::view(crypto::sha256(bytes)));
}

[[noreturn]] void refuse_signature(std::string text) {
  throw diag::Error(diag::ErrorKind::refused, std::move(text));
}

/// As the JSON writer of Go, which cosign is written in, escapes letters of HTML.
std::string go_json(const Json& value) {
  std::string result;
  for (const char c : compact(value)) {
    if (c == '<' || c == '>' || c == '&') {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result;
}

Json json_of(const Annotations& annotations) {
  Json result = Json::object();
  for (const auto& [name, value] : annotations) result[name] = value;
  return result;
}

Annotations texts_of(const Json& object) {
  Annotations result;
  for (const auto& [name, value] : object.items()) {
    if (value.is_string()) result.emplace(name, value.get<std::string>());
  }
  return result;
}

Json blob_descriptor(std::string_view media_type, std::uint64_t size, std::string_view digest) {
  return {{"mediaType", media_type}, {"size", size}, {"digest", digest}};
}

/// An empty image with these layers, which are not compressed.
std::string config_of(std::span<const Layer> layers) {
  constexpr const char* no_time = "0001-01-01T00:00:00Z";
  Json history = Json::array();
  Json digests = Json::array();
  for (const Layer& layer : layers) {
    history.push_back({{"created", no_time}});
    digests.push_back(layer.digest);
  }
  return compact({{"architecture", ""},
                  {"created", no_time},
                  {"history", std::move(history)},
                  {"os", ""},
                  {"rootfs", {{"type", "layers"}, {"diff_ids", std::move(digests)}}},
                  {"config", Json::object()}});
}

Layer layer_of(std::string_view media_type, std::string bytes, Annotations annotations) {
  Layer layer{std::string(media_type), digest_of(bytes), bytes.size(), std::move(annotations), {}};
  layer.bytes = std::move(bytes);
  return layer;
}

Layer described_layer(const Json& descriptor) {
  const auto size = descriptor.is_object() ? descriptor.find("size") : descriptor.end();
  Layer layer{text_member(descriptor, "mediaType"),
              text_member(descriptor, "digest"),
              0,
              texts_of(object_member(descriptor, "annotations")),
              {}};
  if (!is_sha256_digest(layer.digest) || size == descriptor.end() || !size->is_number_unsigned()) {
    throw diag::Error(diag::ErrorKind::invalid,
                      "a layer of the manifest has no SHA-256 digest or no size");
  }
  layer.size = size->get<std::uint64_t>();
  return layer;
}

SignedClaim parse_claim(std::string_view payload) {
  const Json parts = parse_object(payload, "what was signed");
  const Json& critical = object_member(parts, "critical");
  if (text_member(critical, "type") != claim_type) {
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("what was signed is not of type '{}'", claim_type));
  }
  return {text_member(object_member(critical, "identity"), "docker-reference"),
          text_member(object_member(critical, "image"), "docker-manifest-digest"),
          texts_of(object_member(parts, "optional"))};
}

}  // namespace

std::string signature_tag(std::string_view digest) {
  return fmt::format("sha256-{}.sig", hex_of(digest));
}

std::string attestation_tag(std::string_view digest) {
  return fmt::format("sha256-{}.att", hex_of(digest));
}

std::string repository_name(std::string_view reference) {
  const Reference parts = parse_reference(reference);
  return parts.registry + "/" + parts.repository;
}

std::string signature_payload(std::string_view repository, std::string_view digest,
                              const Annotations& annotations) {
  hex_of(digest);
  return go_json({{"critical",
                   {{"identity", {{"docker-reference", repository}}},
                    {"image", {{"docker-manifest-digest", digest}}},
                    {"type", claim_type}}},
                  {"optional", annotations.empty() ? Json(nullptr) : json_of(annotations)}});
}

Layer signature_layer(std::string payload, const crypto::PrivateKey& key) {
  require_signing_key(key.public_key());
  const std::string signature = crypto::base64(key.sign(payload));
  return layer_of(simple_signing_type, std::move(payload), {{signature_annotation, signature}});
}

Layer attestation_layer(std::string envelope, std::string_view predicate_type) {
  return layer_of(
      dsse_media_type, std::move(envelope),
      {{signature_annotation, ""}, {predicate_annotation, std::string(predicate_type)}});
}

Artifact artifact(std::span<const Layer> layers) {
  Artifact result;
  result.config = config_of(layers);
  result.config_digest = digest_of(result.config);
  Json list = Json::array();
  for (const Layer& layer : layers) {
    Json descriptor = blob_descriptor(layer.media_type, layer.size, layer.digest);
    if (!layer.annotations.empty()) descriptor["annotations"] = json_of(layer.annotations);
    list.push_back(std::move(descriptor));
  }
  result.manifest = compact(
      {{"schemaVersion", 2},
       {"mediaType", oci_manifest_type},
       {"config", blob_descriptor(oci_config_type, result.config.size(), result.config_digest)},
       {"layers", std::move(list)}});
  result.manifest_digest = digest_of(result.manifest);
  return result;
}

std::vector<Layer> layers_of(std::string_view manifest) {
  const Json parts = parse_object(manifest, "the manifest");
  const Json& list = array_member(parts, "layers");
  if (!parts.contains("layers") || list.size() > most_layers) {
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("not an image manifest of at most {} layers", most_layers));
  }
  std::vector<Layer> layers;
  for (const Json& descriptor : list) layers.push_back(described_layer(descriptor));
  return layers;
}

void require_bytes(const Layer& layer, std::string_view bytes) {
  if (digest_of(bytes) != layer.digest) {
    refuse_signature(fmt::format("the registry sent other bytes than those of {}", layer.digest));
  }
}

SignedClaim verified_claim(const Layer& layer, std::string_view bytes, std::string_view digest,
                           const crypto::PublicKey& key) {
  require_bytes(layer, bytes);
  const auto annotation = layer.annotations.find(signature_annotation);
  if (layer.media_type != simple_signing_type || annotation == layer.annotations.end()) {
    throw diag::Error(diag::ErrorKind::invalid, "this layer is no signature of cosign");
  }
  const auto signature = crypto::unbase64(annotation->second);
  if (!signature || !key.verify(bytes, *signature)) {
    refuse_signature("the signature was not made with this key, or was changed");
  }
  SignedClaim claim = parse_claim(bytes);
  if (claim.digest != digest) {
    refuse_signature(
        fmt::format("the signature is for the image {}, not for {}", claim.digest, digest));
  }
  return claim;
}

}  // namespace sconectl::supply
