#include "casd/routes/refusal.hpp"

#include "casd/routes/routes.hpp"
#include "sconectl/cas/wire.hpp"

namespace sconectl::casd {

Response refusal(int status, std::string text) {
  return json_response(status, cas::encode(cas::ErrorBody{{std::move(text)}, cas_version()}));
}

}  // namespace sconectl::casd
