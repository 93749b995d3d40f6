// One-time passwords of services (SL-307 ... SL-311).
#pragma once

#include <string>
#include <string_view>

#include "casd/cas_state.hpp"

namespace sconectl::casd {

/// Accepts the password of the present time step or a neighbour, each step once for this service
/// and secret; what was used is remembered durably before this returns. Throws Error{refused} with
/// the published texts (RA-086), and Error{too_many} after too many wrong ones.
void use_one_time_password(CasState& state, const std::string& session, const std::string& service,
                           std::string_view key, std::string_view password);

}  // namespace sconectl::casd
