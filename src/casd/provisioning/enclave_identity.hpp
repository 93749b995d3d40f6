// Who an enclave or machine is, as its evidence says: for the audit log (CC-069).
#pragma once

#include <map>
#include <string>

#include "sconectl/cas/wire_service.hpp"

namespace sconectl::casd {

/// `tee` and its measurements in hex, under the names that manufacturers use. Only of evidence that
/// was judged. Empty for evidence of type "none"; `tee` alone for what can not be read here.
[[nodiscard]] std::map<std::string, std::string> enclave_identity(const cas::Evidence& evidence);

}  // namespace sconectl::casd
