#include "sconectl/oci/source.hpp"

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/name.hpp"

namespace sconectl::oci {
namespace {

FetchedManifest required_manifest(ImageSource& source, const std::string& selector) {
  auto found = source.manifest(selector);
  if (!found)
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("{} has no image '{}'", source.name(), selector));
  return *std::move(found);
}

}  // namespace

std::string small_blob(ImageSource& source, const Descriptor& blob) {
  const auto refuse = [&](std::string_view why) {
    return diag::Error(diag::ErrorKind::invalid,
                       fmt::format("{}: blob {} {}", source.name(), blob.digest, why));
  };
  if (blob.size > largest_document) throw refuse("is too long for what it should be");
  std::string bytes;
  source.blob(blob, [&](std::string_view part) {
    if (bytes.size() + part.size() > largest_document)
      throw refuse("is longer than it is said to be");
    bytes += part;
  });
  if (digest_of(bytes) != blob.digest) throw refuse("has other bytes than its digest says");
  return bytes;
}

ResolvedImage resolve(ImageSource& source, const std::string& selector, const Platform& platform) {
  FetchedManifest fetched = required_manifest(source, selector);
  const std::string from = fmt::format("{} ({})", source.name(), selector);
  auto parsed = parse_manifest(fetched.bytes, from);
  if (const auto* index = std::get_if<Index>(&parsed)) {
    fetched = required_manifest(source, manifest_for(*index, platform, from).digest);
    parsed = parse_manifest(fetched.bytes, from);
  }
  auto* manifest = std::get_if<Manifest>(&parsed);
  if (manifest == nullptr)
    throw diag::Error(diag::ErrorKind::invalid, fmt::format("{}: an index in an index", from));
  std::string config = small_blob(source, manifest->config);
  return {fetched.digest, std::move(*manifest), std::move(config)};
}

}  // namespace sconectl::oci
