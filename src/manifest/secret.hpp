// Reading `secrets.global`; private to this room.
#pragma once

#include <vector>

#include "sconectl/manifest/secret.hpp"
#include "sconectl/yaml/map_reader.hpp"

namespace sconectl::manifest {

/// The secrets under `key`, with names that are there and unique.
std::vector<Secret> secrets(yaml::MapReader& reader, std::string_view key);

}  // namespace sconectl::manifest
