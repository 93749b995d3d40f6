// Signatures and attestations of images as cosign (v1 and v2) makes, stores and verifies them:
// https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md. Without a transparency log:
// others verify with `--insecure-ignore-tlog`.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/key.hpp"

namespace sconectl::supply {

inline constexpr std::string_view simple_signing_type =
    "application/vnd.dev.cosign.simplesigning.v1+json";
inline constexpr std::string_view oci_manifest_type = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view oci_config_type = "application/vnd.oci.image.config.v1+json";

using Annotations = std::map<std::string, std::string>;

/// "sha256-HEX.sig", the tag beside the image under which its signatures are. Throws Error{invalid}
/// for another digest than "sha256:HEX".
[[nodiscard]] std::string signature_tag(std::string_view digest);
/// "sha256-HEX.att"; as above.
[[nodiscard]] std::string attestation_tag(std::string_view digest);

/// The name that cosign gives the repository of a reference: "index.docker.io/library/debian" for
/// "debian:12", "registry.local:5000/team/app" for "registry.local:5000/team/app@sha256:…".
[[nodiscard]] std::string repository_name(std::string_view reference);

/// What is signed, byte for byte as cosign writes it. `annotations` are cosign's `-a KEY=VALUE`.
/// Throws Error{invalid} for another digest than "sha256:HEX".
[[nodiscard]] std::string signature_payload(std::string_view repository, std::string_view digest,
                                            const Annotations& annotations = {});

/// A layer of the manifest that holds signatures or attestations.
struct Layer {
  std::string media_type;
  std::string digest;  ///< "sha256:…"
  std::uint64_t size = 0;
  Annotations annotations;
  std::string bytes;  ///< empty where only the manifest was read
};

/// The payload, with its signature (base64 of the ASN.1) as annotation. An ECDSA signature is
/// another one each time. Throws Error{unsupported} as require_signing_key does.
[[nodiscard]] Layer signature_layer(std::string payload, const crypto::PrivateKey& key);
/// An envelope (signed_envelope) of a statement with this predicate type.
[[nodiscard]] Layer attestation_layer(std::string envelope, std::string_view predicate_type);

/// What is pushed: the config and the layers as blobs, then the manifest under its tag.
struct Artifact {
  std::string manifest;  ///< of type oci_manifest_type
  std::string manifest_digest;
  std::string config;  ///< of type oci_config_type
  std::string config_digest;
};

/// The manifest of all these layers, the same bytes each time. To add to what is in a registry,
/// give layers_of() of that and then the new ones; what is there already need not be pushed again.
[[nodiscard]] Artifact artifact(std::span<const Layer> layers);

/// The layers of a manifest, without their bytes. Throws Error{invalid} for what is no image
/// manifest, or has more than 1,000 layers or ones without a SHA-256 digest.
[[nodiscard]] std::vector<Layer> layers_of(std::string_view manifest);

/// Throws Error{refused} unless these bytes, fetched from a registry, have the layer's digest.
void require_bytes(const Layer& layer, std::string_view bytes);

/// What somebody has signed about an image.
struct SignedClaim {
  std::string repository;   ///< docker-reference: what the signer calls the image
  std::string digest;       ///< "sha256:…"
  Annotations annotations;  ///< those that are texts
};

/// Checks a layer with its bytes (require_bytes is a part of it) against a key and the digest of
/// the image. Throws Error{refused} for another key, another image and changed bytes,
/// Error{invalid} for what is no signature of cosign. Whether the claim's repository is the
/// expected one is for the caller to judge: cosign ignores it, and images are copied between
/// registries.
[[nodiscard]] SignedClaim verified_claim(const Layer& layer, std::string_view bytes,
                                         std::string_view digest, const crypto::PublicKey& key);

}  // namespace sconectl::supply
