#include "sconectl/render/template_set.hpp"

#include <cassert>

#include "render/embedded.hpp"

namespace sconectl::render {
namespace {

TemplateSet templates(std::string name, const diag::Embedded* files, std::size_t count) {
  TemplateSet set{std::move(name), {}};
  for (std::size_t i = 0; i < count; ++i)
    set.files.emplace(files[i].path, std::string(files[i].bytes, files[i].length));
  return set;
}

}  // namespace

const std::string* TemplateSet::find(const std::string& path) const {
  const auto found = files.find(path);
  return found == files.end() ? nullptr : &found->second;
}

const TemplateSet& embedded(std::string_view name) {
  if (name == "platform") {
    static const TemplateSet set =
        templates("<built-in platform charts>", platform_files, platform_count);
    return set;
  }
  assert(name == "service");
  static const TemplateSet set =
      templates("<built-in service templates>", service_files, service_count);
  return set;
}

}  // namespace sconectl::render
