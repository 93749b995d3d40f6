// What a service is started with.
#pragma once

#include "casd/secret_reader.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// Arguments, environment, working directory and injection files of a native service with every
/// placeholder replaced (SL-070 ... SL-076, SL-197 ... SL-208, SL-245). `@@N` and `\@\@NAME` stay:
/// the runtime replaces them (SL-320 ... SL-323). Throws Error{unsupported} for what only an
/// enclave has (volumes, a file system protection file, templates on its disk), and whatever
/// reading a secret throws.
[[nodiscard]] cas::Configuration native_configuration(const LoadedSession& session,
                                                      const session::Service& service,
                                                      SecretReader& secrets);

}  // namespace sconectl::casd
