// What a service is started with.
#pragma once

#include <set>
#include <string>

#include "casd/provisioning/file_systems.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::casd {

/// Arguments, environment, working directory and injection files of a service with every
/// placeholder replaced (SL-070 ... SL-076, SL-197 ... SL-208, SL-245), its templates and its
/// protected file systems. `@@N` and `\@\@NAME` stay: the runtime replaces them (SL-320 ...
/// SL-323). Throws Error{unsupported} for protected file systems if the service can not use them,
/// and whatever reading a secret throws. `released`: the names of the secrets whose values are in
/// it.
[[nodiscard]] cas::Configuration service_configuration(const LoadedSession& session,
                                                       const session::Service& service,
                                                       bool protects_files, SecretReader& secrets,
                                                       FileSystems& file_systems,
                                                       std::set<std::string>& released);

}  // namespace sconectl::casd
