// What archives are divided into.
#pragma once

#include <cstddef>

namespace sconectl::oci {

inline constexpr std::size_t tar_block = 512;

}  // namespace sconectl::oci
