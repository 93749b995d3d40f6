// Uploading and checking sessions (RA-025, RA-026, RA-034).
#include "casd/routes/handlers.hpp"
#include "sconectl/cas/wire.hpp"

namespace sconectl::casd {

std::optional<Response> upload_session(RequestContext& context, const AllowedUpload& allowed) {
  const auto& upload = allowed.upload();
  const auto found = store_upload(context.state, allowed);
  if (!found) return std::nullopt;
  auto warnings = upload.warnings;
  warnings.insert(warnings.end(), found->begin(), found->end());
  return json_response(201, cas::encode(cas::SessionAccepted{
                                upload.hash, cas::bounded_messages(std::move(warnings))}));
}

Response check_session(RequestContext&, const Upload& upload) {
  return json_response(
      200, cas::encode(cas::SessionAccepted{upload.hash, cas::bounded_messages(upload.warnings)}));
}

}  // namespace sconectl::casd
