// Values of a mesh that nothing reads: misspelt names, settings of other charts.
#pragma once

#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

/// A warning for each variable of `env`, and each key of `helm_extra_values`, that no service of
/// the application reads. `all_known` is false if services were left out, of which nobody knows
/// what they read: then only sections of known services are judged.
void warn_of_unread_values(const Application& application, const Options& options, bool all_known,
                           diag::Diagnostics& out);

}  // namespace sconectl::mesh
