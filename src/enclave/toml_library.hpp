// The TOML library.
#pragma once

#include "toml_assert.hpp"
// The assertion first.
#include <toml++/toml.h>
