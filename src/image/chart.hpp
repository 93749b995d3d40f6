// Stage 1 of a chart: the template set with the values of the service manifest.
#pragma once

#include <map>
#include <string>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/render/render.hpp"
#include "sconectl/render/template_set.hpp"

namespace sconectl::image {

/// The chart's files by path relative to the chart, with Chart.yaml and values.yaml.template. A set
/// is laid out as the published ones: Chart.yaml.template and values.template beside charts/, or as
/// a plain chart directory. Mistakes name the set's file and place.
[[nodiscard]] std::map<std::string, std::string> chart(const render::TemplateSet& templates,
                                                       const render::Variables& variables,
                                                       diag::Diagnostics& out);

}  // namespace sconectl::image
