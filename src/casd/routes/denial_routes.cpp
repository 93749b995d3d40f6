// Why a service was refused.
#include "casd/routes/handlers.hpp"

namespace sconectl::casd {

Response read_denial(RequestContext& /*context*/, const cas::DenialInfo& denial,
                     const ReadableSession& /*session*/) {
  return json_response(200, cas::encode(denial));
}

}  // namespace sconectl::casd
