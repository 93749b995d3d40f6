#include "sconectl/manifest/parse.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "manifest/kinds.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::manifest {
namespace {

constexpr std::array<std::string_view, 4> service_kinds = {"genservice", "genImage", "genAppImage",
                                                           "genimage"};
constexpr std::string_view mesh_kind = "mesh";

std::vector<std::string_view> all_kinds() {
  std::vector<std::string_view> result(service_kinds.begin(), service_kinds.end());
  result.push_back(mesh_kind);
  return result;
}

/// What the document seems to be when its kind does not say: reading on finds the other mistakes.
std::optional<ManifestKind> guess(const yaml::Value& document) {
  if (document.find("build") != nullptr) return ManifestKind::service;
  const bool mesh = document.find("cas") != nullptr || document.find("policy") != nullptr;
  return mesh ? std::optional(ManifestKind::mesh) : std::nullopt;
}

bool looks_like_session(const yaml::Value& document) {
  if (document.find("apiVersion") != nullptr || guess(document)) return false;
  return document.find("name") != nullptr &&
         (document.find("version") != nullptr || document.find("services") != nullptr ||
          document.find("access_policy") != nullptr || document.find("secrets") != nullptr);
}

/// "scone/5.8", "scone/5.8.0" and everything that is higher.
bool accepted_version(std::string_view version) {
  constexpr std::string_view prefix = "scone/";
  if (!version.starts_with(prefix)) return false;
  std::vector<int> parts;
  for (const std::string_view part : text::split(version.substr(prefix.size()), '.')) {
    const auto number = text::is_digits(part) ? text::number<int>(part) : std::nullopt;
    if (!number) return false;
    parts.push_back(*number);
  }
  return parts.size() >= 2 && parts.size() <= 3 && std::pair(parts[0], parts[1]) >= std::pair(5, 8);
}

void check_version(const yaml::Value& document, diag::Diagnostics& out) {
  const yaml::Value* version = document.find("apiVersion");
  if (version == nullptr || version->is_null()) {
    out.error(version == nullptr ? document.location() : version->location(),
              "'apiVersion' is missing; write 'apiVersion: scone/5.8'");
  } else if (!version->is_scalar() || !accepted_version(version->text())) {
    out.error(version->location(),
              fmt::format("'apiVersion' must be 'scone/5.8' or higher, this is {}",
                          version->is_scalar() ? "'" + version->text() + "'"
                                               : std::string(kind_name(*version))));
  }
}

std::optional<ManifestKind> check_kind(const yaml::Value& document, diag::Diagnostics& out) {
  const yaml::Value* kind = document.find("kind");
  if (kind == nullptr || !kind->is_scalar()) {
    out.error(kind == nullptr ? document.location() : kind->location(),
              "'kind' is missing; write 'kind: genservice' to build an image or 'kind: mesh' to "
              "deploy an application");
    return guess(document);
  }
  if (const auto result = manifest_kind(kind->text())) return result;
  const auto known = all_kinds();
  out.error(
      kind->location(),
      fmt::format("'kind' can not be '{}', only 'genservice' (also 'genImage', "
                  "'genAppImage', 'genimage') or 'mesh'{}",
                  kind->text(),
                  diag::did_you_mean(kind->text(), std::span<const std::string_view>(known))));
  if (const auto guessed = guess(document)) return guessed;
  const auto meant = diag::nearest(kind->text(), std::span<const std::string_view>(known));
  return meant ? manifest_kind(*meant) : std::nullopt;
}

}  // namespace

std::optional<ManifestKind> manifest_kind(std::string_view kind) {
  if (kind == mesh_kind) return ManifestKind::mesh;
  const bool service =
      std::find(service_kinds.begin(), service_kinds.end(), kind) != service_kinds.end();
  return service ? std::optional(ManifestKind::service) : std::nullopt;
}

Manifest parse(const yaml::Value& document, diag::Diagnostics& out) {
  if (!document.is_mapping()) {
    out.error(document.location(),
              document.is_null()
                  ? "the manifest is empty"
                  : fmt::format("a manifest must be a mapping, this is {}", kind_name(document)));
    return Service{};
  }
  if (looks_like_session(document)) {
    out.error(document.location(),
              "this is a CAS session, not a manifest; upload it with 'sconectl session create'");
    return Service{};
  }
  check_version(document, out);
  const auto kind = check_kind(document, out);
  if (!kind) return Service{};
  warn_of_fields_without_effect(document, *kind, out);
  if (*kind == ManifestKind::mesh) return parse_mesh(document, out);
  return parse_service(document, out);
}

}  // namespace sconectl::manifest
