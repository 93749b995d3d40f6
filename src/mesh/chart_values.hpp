// The values of a service's chart, as helm would merge them.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/mesh/chart.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::mesh {

using ValuePath = std::initializer_list<std::string_view>;

/// What stands in the umbrella's values under the service's name wins over the sub-chart's own
/// values, key by key; a null there takes a value away.
class ChartValues {
 public:
  /// `umbrella` is what values_in() gives for the umbrella chart.
  ChartValues(const yaml::Value& umbrella, const Chart& chart, const ServiceInstance& service);

  /// Nothing where neither says anything.
  [[nodiscard]] const yaml::Value* find(ValuePath path) const;
  /// The text of a scalar, or "".
  [[nodiscard]] std::string text(ValuePath path) const;
  [[nodiscard]] bool is_true(ValuePath path) const { return text(path) == "true"; }
  /// The scalars of a list.
  [[nodiscard]] std::vector<std::string> texts(ValuePath path) const;
  /// Whether the chart is one of ours, so that its values mean what docs/kubernetes.md says.
  [[nodiscard]] bool ours() const { return find({"runtime"}) != nullptr; }
  /// What the mesh itself says, without what comes from the image: a mapping or nothing.
  [[nodiscard]] const yaml::Value* of_mesh() const { return umbrella_ ? &*umbrella_ : nullptr; }

 private:
  std::optional<yaml::Value> umbrella_;
  yaml::Value own_;
};

/// The values of the umbrella chart, read once for all services.
[[nodiscard]] yaml::Value umbrella_values_in(const Chart& chart);

/// A quantity of Kubernetes in bytes: "64Mi", "1G", "1073741824". Nothing for any other text.
[[nodiscard]] std::optional<std::uint64_t> bytes_of(std::string_view quantity);

/// A quantity of processors as a decimal number: "2", "0.5" for "500m". Nothing for any other text.
[[nodiscard]] std::optional<std::string> processors_of(std::string_view quantity);

}  // namespace sconectl::mesh
