// policy/service.json: the typed facts of an image of ours.
#pragma once

#include <string>

#include "sconectl/image/facts.hpp"

namespace sconectl::image {

/// Everything of `facts` that the other texts of the folder do not say. Keys in a fixed order.
[[nodiscard]] std::string service_json(const Facts& facts);

/// Fills `facts` from a service.json. Throws Error{invalid} that names facts.image: not JSON, a
/// field that is missing or of the wrong type, or a format version that this program does not know.
void read_service_json(const std::string& text, Facts& facts);

}  // namespace sconectl::image
