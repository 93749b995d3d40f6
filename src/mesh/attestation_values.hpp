// Values of secrets that say how services prove themselves: config fragments and measurements.
#pragma once

#include <optional>
#include <string>

#include "sconectl/mesh/rollout.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::mesh {

/// A fragment with the attestation variants, or the measurements, of both; those of `now` first.
/// Nothing if one of them is something else.
[[nodiscard]] std::optional<yaml::Value> joined_measurements(const yaml::Value& now,
                                                             const yaml::Value& before);

struct MeasurementValue {
  yaml::Value value;
  std::string unknown;  ///< "secret S of session N" if it is not known, else ""
};

/// The value of a secret of `session`, from the session that it is imported from if it is.
[[nodiscard]] MeasurementValue measurement_value(const session::Session& session,
                                                 const std::string& secret,
                                                 const SessionByName& others);

}  // namespace sconectl::mesh
