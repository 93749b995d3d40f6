#include "image/chart.hpp"

#include <fmt/core.h>

namespace sconectl::image {
namespace {

constexpr std::string_view charts_folder = "charts/";
constexpr const char* chart_file = "Chart.yaml";
constexpr const char* values_file = "values.yaml.template";

/// The files of the chart itself, before anything is rendered.
std::map<std::string, std::string> chart_files(const render::TemplateSet& templates) {
  const auto first = templates.files.lower_bound(std::string(charts_folder));
  const bool published = first != templates.files.end() && first->first.starts_with(charts_folder);
  std::map<std::string, std::string> result;
  for (const auto& [path, text] : templates.files) {
    if (!published)
      result.emplace(path, text);
    else if (path.starts_with(charts_folder))
      result.emplace(path.substr(charts_folder.size()), text);
  }
  for (const char* source : {"values.template", "Chart.yaml.template", "env.yaml"})
    result.erase(source);
  return result;
}

}  // namespace

std::map<std::string, std::string> chart(const render::TemplateSet& templates,
                                         const render::Variables& variables,
                                         diag::Diagnostics& out) {
  auto files = chart_files(templates);
  const auto put = [&](const char* source, const char* result) {
    const std::string* text = templates.find(source);
    if (text == nullptr) return;
    const auto file =
        std::make_shared<diag::Source>(fmt::format("{}/{}", templates.name, source), *text);
    files[result] = render::render_yaml(file, variables, render::Dialect::tera, out);
  };
  put("Chart.yaml.template", chart_file);
  put("values.template", values_file);
  if (!files.contains(values_file) && files.contains("values.yaml")) {
    files.insert({values_file, files.at("values.yaml")});
    files.erase("values.yaml");
  }
  for (const auto& [name, source] :
       {std::pair{chart_file, "Chart.yaml.template"}, std::pair{values_file, "values.template"}})
    if (!files.contains(name))
      out.error(diag::whole_file(templates.name),
                fmt::format("these templates make no chart: neither '{}' nor 'charts/{}' is there",
                            source, name));
  return files;
}

}  // namespace sconectl::image
