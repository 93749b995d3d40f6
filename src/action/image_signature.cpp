#include "action/image_signature.hpp"

#include <fmt/core.h>

#include "sconectl/action/image_trust.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/supply/cosign.hpp"
#include "sconectl/supply/cosign_key.hpp"
#include "sconectl/supply/dsse.hpp"
#include "sconectl/supply/provenance.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t largest_image_key = 65536;

crypto::Secret password_for(System& system, const std::string& prompt) {
  if (auto value = system.environment.get("COSIGN_PASSWORD"))
    return crypto::Secret::adopt(*std::move(value));
  auto line = system.environment.hidden_line(prompt);
  if (!line)
    throw diag::Error(diag::ErrorKind::usage,
                      "the key has a password, and no terminal is here to ask for it; set "
                      "COSIGN_PASSWORD");
  return crypto::Secret::adopt(*std::move(line));
}

oci::Descriptor described(const supply::Layer& layer) {
  return {layer.media_type, layer.digest, layer.size};
}

void push_text(oci::Registry& registry, const oci::Descriptor& blob, const std::string& text) {
  if (!registry.has_blob(blob))
    registry.push_blob(blob, [&](const oci::Sink& take) { take(text); });
}

std::vector<supply::Layer> layers_under(oci::Registry& registry, const std::string& tag) {
  const auto manifest = registry.manifest(tag);
  return manifest ? supply::layers_of(manifest->bytes) : std::vector<supply::Layer>{};
}

/// Adds layers to what is under a tag.
void add_layers(oci::Registry& registry, const std::string& tag, std::vector<supply::Layer> fresh) {
  std::vector<supply::Layer> all = layers_under(registry, tag);
  for (supply::Layer& layer : fresh) {
    push_text(registry, described(layer), layer.bytes);
    all.push_back(std::move(layer));
  }
  const supply::Artifact artifact = supply::artifact(all);
  push_text(registry,
            {std::string(supply::oci_config_type), artifact.config_digest, artifact.config.size()},
            artifact.config);
  registry.push_manifest(tag, supply::oci_manifest_type, artifact.manifest);
}

/// Whether one of the layers is an attestation of this key that says the same.
bool is_attested(oci::Registry& registry, const std::vector<supply::Layer>& layers,
                 const std::string& digest, const ImageDocument& document,
                 const crypto::PublicKey& key) {
  for (const supply::Layer& layer : layers) {
    const auto type = layer.annotations.find("predicateType");
    if (type == layer.annotations.end() || type->second != document.predicate_type) continue;
    const std::string envelope = oci::small_blob(registry, described(layer));
    try {
      (void)supply::verified_statement(envelope, digest, document.predicate_type, key);
      if (supply::verified_payload(envelope, supply::in_toto_type, key) == document.statement)
        return true;
    } catch (const diag::Error&) {
      continue;  // somebody else's
    }
  }
  return false;
}

bool is_signed(oci::Registry& registry, const std::vector<supply::Layer>& layers,
               const std::string& digest, const crypto::PublicKey& key) {
  for (const supply::Layer& layer : layers) {
    try {
      (void)supply::verified_claim(layer, oci::small_blob(registry, described(layer)), digest, key);
      return true;
    } catch (const diag::Error& error) {
      if (error.kind() == diag::ErrorKind::unavailable) throw;
    }
  }
  return false;
}

/// What a tag has now: the digest that is signed or verified.
std::string digest_in(oci::Registry& registry, const oci::ImageName& name) {
  if (name.digest) return *name.digest;
  auto digest = registry.digest(name.tag);
  if (digest) return *std::move(digest);
  throw diag::Error(diag::ErrorKind::unavailable,
                    fmt::format("there is no image '{}'", name.text()));
}

}  // namespace

crypto::PrivateKey read_image_key(System& system, const std::filesystem::path& file) {
  crypto::Secret pem = crypto::Secret::adopt(system.files.read(file, largest_image_key));
  try {
    return supply::read_signing_key(pem.view(), [&] {
      return password_for(system, fmt::format("Password of '{}': ", file.string()));
    });
  } catch (const diag::Error& error) {
    throw diag::Error(error.kind(), fmt::format("'{}': {}", file.string(), error.text()));
  }
}

void sign_image(ImageSources& sources, const oci::ImageName& image, const std::string& digest,
                const crypto::PrivateKey& key, const std::vector<ImageDocument>& documents) {
  supply::require_signing_key(key.public_key());
  oci::Registry registry = sources.registry(image);
  const std::string tag = supply::signature_tag(digest);
  if (!is_signed(registry, layers_under(registry, tag), digest, key.public_key()))
    add_layers(registry, tag,
               {supply::signature_layer(
                   supply::signature_payload(supply::repository_name(image.text()), digest), key)});
  const std::string attestations = supply::attestation_tag(digest);
  const auto there = layers_under(registry, attestations);
  std::vector<supply::Layer> fresh;
  for (const ImageDocument& document : documents)
    if (!is_attested(registry, there, digest, document, key.public_key()))
      fresh.push_back(supply::attestation_layer(
          supply::signed_envelope(supply::in_toto_type, document.statement, key),
          document.predicate_type));
  if (!fresh.empty()) add_layers(registry, attestations, std::move(fresh));
}

std::string sign_image(System& system, const std::string& reference,
                       const std::filesystem::path& key_file) {
  ImageSources sources(system);
  const oci::ImageName name = oci::parse_image_name(reference);
  oci::Registry registry = sources.registry(name);
  std::string digest = digest_in(registry, name);
  sign_image(sources, name, digest, read_image_key(system, key_file), {});
  return digest;
}

VerifiedImage verify_image(System& system, const std::string& reference,
                           const std::filesystem::path& public_key) {
  ImageSources sources(system);
  const oci::ImageName name = oci::parse_image_name(reference);
  const auto key = crypto::PublicKey::from_pem(system.files.read(public_key, largest_image_key));
  oci::Registry registry = sources.registry(name);
  VerifiedImage result;
  result.digest = digest_in(registry, name);
  const auto signatures = layers_under(registry, supply::signature_tag(result.digest));
  if (!is_signed(registry, signatures, result.digest, key))
    throw diag::Error(
        diag::ErrorKind::refused,
        fmt::format("image '{}' ({}) has {}", reference, result.digest,
                    signatures.empty() ? std::string("no signature")
                                       : fmt::format("{} signatures, and none of the key '{}'",
                                                     signatures.size(), public_key.string())));
  for (const auto& layer : layers_under(registry, supply::attestation_tag(result.digest))) {
    const auto type = layer.annotations.find("predicateType");
    if (type == layer.annotations.end()) continue;
    const std::string envelope = oci::small_blob(registry, described(layer));
    try {
      auto statement = supply::verified_statement(envelope, result.digest, type->second, key);
      result.attestations.push_back({type->second, std::move(statement.predicate)});
    } catch (const diag::Error&) {
      result.others.push_back(type->second);
    }
  }
  return result;
}

void make_image_key(System& system, const std::filesystem::path& prefix) {
  const auto key_file = std::filesystem::path(prefix.string() + ".key");
  const auto public_file = std::filesystem::path(prefix.string() + ".pub");
  for (const auto& file : {key_file, public_file})
    if (system.files.exists(file))
      throw diag::Error(
          diag::ErrorKind::conflict,
          fmt::format("'{}' is there already, and is not written over", file.string()));
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const crypto::Secret password =
      password_for(system, fmt::format("Password for '{}' (it may be empty): ", key_file.string()));
  constexpr std::size_t salt_size = 32;
  constexpr std::size_t nonce_size = 24;
  const crypto::Secret text = supply::write_signing_key(
      key, password, {crypto::random_bytes(salt_size), crypto::random_bytes(nonce_size)});
  system.files.write(key_file, text.view(), 0600);
  system.files.write(public_file, key.public_key().spki_pem(), 0644);
}

}  // namespace sconectl::action
