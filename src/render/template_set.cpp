#include "sconectl/render/template_set.hpp"

#include <cassert>

#include "render/embedded.hpp"

namespace sconectl::render {
namespace {

TemplateSet service_templates() {
  TemplateSet set{"<built-in service templates>", {}};
  for (std::size_t i = 0; i < service_count; ++i)
    set.files.emplace(service_files[i].path,
                      std::string(service_files[i].bytes, service_files[i].length));
  return set;
}

}  // namespace

const std::string* TemplateSet::find(const std::string& path) const {
  const auto found = files.find(path);
  return found == files.end() ? nullptr : &found->second;
}

const TemplateSet& embedded([[maybe_unused]] std::string_view name) {
  assert(name == "service");
  static const TemplateSet set = service_templates();
  return set;
}

}  // namespace sconectl::render
