#include "casd/routes/refusal.hpp"

#include "casd/routes/handlers.hpp"

namespace sconectl::casd {

Response refusal(int status, const cas::ErrorBody& body) {
  auto response = json_response(status, cas::encode(body));
  if (status == 503) response.headers.emplace_back("Retry-After", "5");
  if (status == 429)
    response.headers.emplace_back("Retry-After", std::to_string(AttemptLimiter::window.count()));
  return response;
}

Response refusal(int status, std::string text) {
  return refusal(status, cas::ErrorBody{{std::move(text)}, cas_version()});
}

diag::Error secret_not_public(const cas::ValuesQuery& query) {
  return {diag::ErrorKind::not_found,
          "Failed to read value '" + query.secret.value_or("") + "' of '/session=" + query.session +
              "' requested by a public client",
          {std::string(cas::message::secret_not_public)}};
}

diag::Error no_such_denial() {
  return {diag::ErrorKind::not_found,
          "this CAS remembers no such denial",
          {"it keeps the last ones of each session that exists, until it is started anew; its log "
           "and its audit log have the id"}};
}

Response too_many_requests(std::chrono::seconds wait) {
  const auto seconds = std::to_string(wait.count());
  auto response = json_response(
      429, cas::encode(cas::ErrorBody{
               {"this address sends too many requests; try again in " + seconds + " s"},
               cas_version()}));
  response.headers.emplace_back("Retry-After", seconds);
  return response;
}

diag::Error not_provisioned() {
  return {diag::ErrorKind::unavailable,
          "this CAS is not provisioned yet",
          {"its owner provisions it with 'sconectl cas provision' and the token of its log; until "
           "then it tells only its version, its health and what it is attested by"}};
}

}  // namespace sconectl::casd
