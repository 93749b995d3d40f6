// Evidence stands in attestation reports and in service requests.
#pragma once

#include "json.hpp"
#include "sconectl/cas/wire.hpp"

namespace sconectl::cas {

[[nodiscard]] Json evidence_json(const Evidence& evidence);
[[nodiscard]] Evidence evidence(const Json& json);

}  // namespace sconectl::cas
