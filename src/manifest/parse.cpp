#include "sconectl/manifest/parse.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "manifest/kinds.hpp"
#include "sconectl/diag/suggest.hpp"

namespace sconectl::manifest {
namespace {

constexpr std::array<std::string_view, 4> service_kinds = {"genservice", "genImage", "genAppImage",
                                                           "genimage"};
constexpr std::array<std::string_view, 5> all_kinds = {"genservice", "genImage", "genAppImage",
                                                       "genimage", "mesh"};
enum class Shape { service, mesh, neither };

Shape shape_of(std::string_view kind) {
  if (kind == "mesh") return Shape::mesh;
  return is_service_kind(kind) ? Shape::service : Shape::neither;
}

/// What the document seems to be when its kind does not say: reading on finds the other mistakes.
Shape guess(const yaml::Value& document) {
  if (document.find("build") != nullptr) return Shape::service;
  const bool mesh = document.find("cas") != nullptr || document.find("policy") != nullptr;
  return mesh ? Shape::mesh : Shape::neither;
}

bool looks_like_session(const yaml::Value& document) {
  if (document.find("apiVersion") != nullptr || guess(document) != Shape::neither) return false;
  return document.find("name") != nullptr &&
         (document.find("version") != nullptr || document.find("services") != nullptr ||
          document.find("access_policy") != nullptr || document.find("secrets") != nullptr);
}

/// "scone/5.8", "scone/5.8.0" and everything that is higher.
bool accepted_version(std::string_view version) {
  constexpr std::string_view prefix = "scone/";
  if (version.substr(0, prefix.size()) != prefix) return false;
  version.remove_prefix(prefix.size());
  std::array<int, 3> parts = {0, 0, 0};
  std::size_t count = 0;
  const char* at = version.data();
  const char* const end = at + version.size();
  while (count < parts.size()) {
    if (at == end || *at < '0' || *at > '9') return false;
    const auto [next, error] = std::from_chars(at, end, parts.at(count++));
    if (error != std::errc{}) return false;
    if (next == end) return count >= 2 && (parts[0] > 5 || (parts[0] == 5 && parts[1] >= 8));
    if (*next != '.') return false;
    at = next + 1;
  }
  return false;
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

Shape check_kind(const yaml::Value& document, diag::Diagnostics& out) {
  const yaml::Value* kind = document.find("kind");
  if (kind == nullptr || !kind->is_scalar()) {
    out.error(kind == nullptr ? document.location() : kind->location(),
              "'kind' is missing; write 'kind: genservice' to build an image or 'kind: mesh' to "
              "deploy an application");
    return guess(document);
  }
  const Shape shape = shape_of(kind->text());
  if (shape != Shape::neither) return shape;
  out.error(
      kind->location(),
      fmt::format("'kind' can not be '{}', only 'genservice' (also 'genImage', "
                  "'genAppImage', 'genimage') or 'mesh'{}",
                  kind->text(),
                  diag::did_you_mean(kind->text(), std::span<const std::string_view>(all_kinds))));
  const Shape guessed = guess(document);
  if (guessed != Shape::neither) return guessed;
  const auto meant = diag::nearest(kind->text(), std::span<const std::string_view>(all_kinds));
  return meant ? shape_of(*meant) : Shape::neither;
}

}  // namespace

bool is_service_kind(std::string_view kind) {
  return std::find(service_kinds.begin(), service_kinds.end(), kind) != service_kinds.end();
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
  const Shape shape = check_kind(document, out);
  if (shape == Shape::neither) return Service{};
  warn_of_fields_without_effect(document, shape == Shape::mesh, out);
  if (shape == Shape::mesh) return parse_mesh(document, out);
  return parse_service(document, out);
}

}  // namespace sconectl::manifest
