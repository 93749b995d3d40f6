// A configuration as JSON, its members in the order in which they came.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::oci {

using ConfigJson = nlohmann::ordered_json;

/// Error{invalid} for what is no configuration of an image for Linux. `from` for messages.
[[nodiscard]] ConfigJson parsed_config(std::string_view text, const std::string& from);

/// What stands under a key; an empty one is put there if it is nothing of the kind.
[[nodiscard]] ConfigJson& object_at(ConfigJson& json, const char* key);
[[nodiscard]] ConfigJson& array_at(ConfigJson& json, const char* key);

/// Of the uncompressed layers, lowest first. Error{invalid} unless all are SHA-256 digests.
[[nodiscard]] std::vector<std::string> diff_ids_in(const ConfigJson& json, const std::string& from);

/// Takes out what stands there of the container that made the image, and of its own last build.
void forget_builder(ConfigJson& json);

}  // namespace sconectl::oci
