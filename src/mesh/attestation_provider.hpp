// Who judges the evidence of a mesh's services: the CAS, or Azure Attestation.
#pragma once

#include <string>

#include "sconectl/mesh/application.hpp"

namespace sconectl::mesh {

/// The URL of --maa, else of `policy.maa`; "": the CAS judges. What is no provider, or can have no
/// effect beside `policy.security_policy_name`, is in `out`.
[[nodiscard]] std::string attestation_provider(const manifest::Mesh& mesh, const Options& options,
                                               diag::Diagnostics& out);

/// Says of which services a provider judges nothing.
void warn_of_unjudged(const Application& application, const Options& options,
                      diag::Diagnostics& out);

}  // namespace sconectl::mesh
