// Fields that are read and checked, and have no effect yet. Whoever makes one work removes its
// line.
#include <fmt/core.h>

#include <array>
#include <string>

#include "manifest/kinds.hpp"

namespace sconectl::manifest {
namespace {

struct Field {
  std::string_view path;  ///< "[]" stands for any item of a list
  std::string_view effect;
};

constexpr std::array service_fields = {
    Field{"build.binaries", "only the program of 'build.command' is converted"},
    Field{"build.gen_policy", "no policy is made while building"},
    Field{"build.plain_files", "files that are not protected are in the image anyway"},
    Field{"build.plains", "files that are not protected are in the image anyway"},
    Field{"build.stable", "only the image that is built is accepted"},
    Field{"build.volumes", "no volume is made"},
};

constexpr std::array mesh_fields = {
    Field{"extra_policies", "no further policy is made"},
    Field{"repo", "no image is moved to another registry"},
};

template <typename Fields>
void walk(const yaml::Value& value, const std::string& path, const Fields& fields,
          diag::Diagnostics& out) {
  for (const yaml::Value& item : value.items()) walk(item, path + "[]", fields, out);
  for (const yaml::Entry& entry : value.entries()) {
    const std::string here = path.empty() ? entry.key : path + "." + entry.key;
    for (const Field& field : fields)
      if (field.path == here && !entry.value.is_null())
        out.warning(entry.key_location,
                    fmt::format("'{}' has no effect yet: {}", here, field.effect));
    walk(entry.value, here, fields, out);
  }
}

}  // namespace

void warn_of_fields_without_effect(const yaml::Value& document, ManifestKind kind,
                                   diag::Diagnostics& out) {
  if (kind == ManifestKind::mesh)
    walk(document, "", mesh_fields, out);
  else
    walk(document, "", service_fields, out);
}

}  // namespace sconectl::manifest
