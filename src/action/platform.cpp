#include "sconectl/action/platform.hpp"

#include <fmt/format.h>

#include <set>

#include "sconectl/diag/error.hpp"
#include "sconectl/render/template_set.hpp"
#include "sconectl/text/image_reference.hpp"

namespace sconectl::action {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t longest_chart_file = 1U << 20U;
/// The line of values.yaml that an image goes into.
constexpr std::string_view no_image = "\nimage: \"\"\n";

void require_reference(const char* option, const std::string& reference) {
  const std::string fault = text::image_reference_fault(reference);
  if (!fault.empty())
    throw Error(ErrorKind::usage,
                fmt::format("{}: '{}' is no image: it {}", option, reference, fault));
}

host::Tree files_of(const PlatformChart& chart) {
  host::Tree tree;
  const std::string directory = chart.name + "/";
  for (const auto& [path, text] : render::embedded("platform").files)
    if (path.starts_with(directory)) tree[path.substr(directory.size())] = {text};
  if (chart.image) {
    const auto values_file = tree.find("values.yaml");
    if (values_file == tree.end())
      throw Error(ErrorKind::usage, fmt::format("--image: '{}' installs no image", chart.name));
    std::string& values = values_file->second.bytes;
    // A reference has no character that means something in quotes.
    values.replace(values.find(no_image), no_image.size(),
                   fmt::format("\nimage: \"{}\"\n", *chart.image));
  }
  return tree;
}

/// Everything below a directory, by path relative to it.
void list_below(const host::Files& files, const std::filesystem::path& directory,
                const std::string& prefix, std::set<std::string>& result) {
  for (const std::string& name : files.list(directory)) {
    if (files.is_directory(directory / name) && !files.read_link(directory / name))
      list_below(files, directory / name, prefix + name + "/", result);
    else
      result.insert(prefix + name);
  }
}

/// Only what this command has written may be replaced.
void require_own_place(const host::Files& files, const PlatformChart& chart,
                       const host::Tree& tree) {
  const auto& directory = chart.directory;
  if (!files.exists(directory)) return;
  if (!files.is_directory(directory))
    throw Error(ErrorKind::invalid, fmt::format("'{}' is no directory", directory.string()));
  std::set<std::string> found;
  list_below(files, directory, "", found);
  if (found.empty()) return;
  std::string stranger;
  if (tree.contains("Chart.yaml")) {
    const auto about =
        files.read_if_exists(directory / "Chart.yaml", longest_chart_file).value_or("");
    if (about.find(fmt::format("  sconectl/platform-chart: {}\n", chart.name)) == std::string::npos)
      stranger = *found.begin();
  }
  for (const std::string& path : found)
    if (!tree.contains(path)) stranger = path;
  if (!stranger.empty())
    throw Error(ErrorKind::invalid,
                fmt::format("'{}' holds '{}', which is not of the chart '{}'; nothing was written: "
                            "name an empty or a new directory with -o",
                            directory.string(), stranger, chart.name));
}

}  // namespace

std::vector<std::string> platform_charts() {
  std::set<std::string> names;
  for (const auto& [path, text] : render::embedded("platform").files)
    names.insert(path.substr(0, path.find('/')));
  return {names.begin(), names.end()};
}

void write_platform_chart(System& system, const PlatformChart& chart) {
  if (chart.image) require_reference("--image", *chart.image);
  const host::Tree tree = files_of(chart);
  require_own_place(system.files, chart, tree);
  system.files.replace_tree(chart.directory, tree);
}

}  // namespace sconectl::action
