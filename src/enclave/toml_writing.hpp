// TOML that depends on what is in it and on nothing else, so that enclaves are measured alike.
#pragma once

#include <string>
#include "enclave/toml.hpp"

namespace sconectl::enclave {

/// Keys sorted bytewise, the values of a table before the tables in it; lists of tables one entry a
/// line. Throws Error{invalid} for dates, which no manifest has.
[[nodiscard]] std::string write_toml(const toml::table& table);

}  // namespace sconectl::enclave
