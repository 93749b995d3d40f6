#include "sconectl/oci/name.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/image_reference.hpp"

namespace sconectl::oci {
namespace {

constexpr std::string_view usual_registry = "docker.io";
constexpr std::string_view digest_prefix = "sha256:";

/// As docker tells a registry from the first part of a path.
bool names_registry(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:[") != std::string_view::npos ||
         text::lower(first) != first;
}

}  // namespace

std::string ImageName::text() const {
  return fmt::format("{}/{}{}{}{}{}", registry, repository, tag.empty() ? "" : ":", tag,
                     digest ? "@" : "", digest.value_or(""));
}

ImageName ImageName::with_digest(std::string other) const {
  return {registry, repository, "", std::move(other)};
}

ImageName parse_image_name(std::string_view text) {
  const std::string fault = text::image_reference_fault(text);
  if (!fault.empty())
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("'{}' is no image reference: it {}", text, fault));
  ImageName name;
  const auto at = text.find('@');
  if (at != std::string_view::npos) {
    name.digest = std::string(text.substr(at + 1));
    if (!is_digest(*name.digest))
      throw diag::Error(diag::ErrorKind::unsupported,
                        fmt::format("'{}' has a digest that is not one of SHA-256", text));
    text = text.substr(0, at);
  }
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find('/', colon) == std::string_view::npos) {
    name.tag = std::string(text.substr(colon + 1));
    text = text.substr(0, colon);
  }
  if (name.tag.empty() && !name.digest) name.tag = "latest";
  const auto slash = text.find('/');
  const std::string_view first = text.substr(0, slash);
  if (slash != std::string_view::npos && names_registry(first)) {
    name.registry = std::string(first);
    text = text.substr(slash + 1);
  } else {
    name.registry = std::string(usual_registry);
  }
  if (name.registry == "index.docker.io") name.registry = std::string(usual_registry);
  const bool official = name.registry == usual_registry && text.find('/') == std::string_view::npos;
  name.repository = fmt::format("{}{}", official ? "library/" : "", text);
  return name;
}

bool is_digest(std::string_view text) {
  constexpr std::size_t digits = 64;
  if (!text.starts_with(digest_prefix)) return false;
  const std::string_view hex = text.substr(digest_prefix.size());
  return text::is_hex(hex, digits) && text::lower(hex) == hex;
}

std::string digest_of(std::string_view bytes) {
  return std::string(digest_prefix) + crypto::hex(crypto::view(crypto::sha256(bytes)));
}

}  // namespace sconectl::oci
