// What of a service manifest becomes readable for everybody who has the image.
#pragma once

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/manifest/service.hpp"

namespace sconectl::action {

/// Values of the manifest travel in the image's /scone folder. One warning for each that is a
/// secret: those of `secrets`, variables whose name says so (`DB_PASSWORD`), injected files with a
/// private key or such a name; what the CAS fills in (`$$SCONE::name$$`) is none.
void warn_of_readable_secrets(const manifest::Service& service, diag::Diagnostics& out);

}  // namespace sconectl::action
