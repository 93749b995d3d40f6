// The files of a service's chart before the mesh fills them.
#pragma once

#include <map>
#include <string>

#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

/// The only one that the mesh fills; the others are Helm's.
inline constexpr const char* values_template = "values.yaml.template";

/// What helm judges the values by; a chart may have none.
inline constexpr const char* schema_file = "values.schema.json";

/// Path -> text: the chart that the mesh names (`helm_chart`), else the one in the image.
[[nodiscard]] inline const std::map<std::string, std::string>& chart_files(
    const ServiceInstance& service, const Options& options) {
  const auto& own = service.given->helm_chart;
  return own ? options.charts.at(own->text) : service.facts.chart;
}

}  // namespace sconectl::mesh
