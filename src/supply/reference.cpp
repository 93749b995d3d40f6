#include "supply/reference.hpp"

#include "sconectl/text/split.hpp"

namespace sconectl::supply {
namespace {

constexpr std::string_view docker_hub = "index.docker.io";

/// The part before the first slash names a registry if nothing else can look like it.
bool names_registry(std::string_view part) {
  return part.find_first_of(".:") != std::string_view::npos || part == "localhost";
}

}  // namespace

Reference parse_reference(std::string_view reference) {
  Reference result;
  const text::Cut pinned = text::cut(reference, '@');
  result.digest = pinned.after.value_or("");
  std::string_view rest = pinned.before;
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    result.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  const text::Cut parts = text::cut(rest, '/');
  const bool named = parts.after && names_registry(parts.before);
  result.registry = named && parts.before != "docker.io" ? parts.before : docker_hub;
  result.repository = named ? *parts.after : rest;
  if (result.registry == docker_hub && result.repository.find('/') == std::string::npos) {
    result.repository = "library/" + result.repository;
  }
  return result;
}

}  // namespace sconectl::supply
