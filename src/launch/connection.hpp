// The way to the CAS.
#pragma once

#include "sconectl/cas/client.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/launch/launch.hpp"

namespace sconectl::launch {

/// To the CAS of the options, which must have the pinned key if there is one.
[[nodiscard]] cas::Client connection(const Options& options, host::Http& http, host::Clock& clock);

/// Whatever reason the CAS gives, to us it is a refusal (docs/native-runtime.md).
[[noreturn]] void refuse(const Options& options, const diag::Error& error);

}  // namespace sconectl::launch
