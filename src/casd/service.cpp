#include "sconectl/casd/service.hpp"

#include "casd/cas_state.hpp"
#include "casd/routes/refusal.hpp"
#include "casd/routes/route.hpp"
#include "casd/routes/routes.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

Response error_response(const diag::Error& error) {
  auto response = json_response(cas::http_status(error.kind()),
                                cas::encode(cas::error_body(error, cas_version())));
  if (response.status == 503) response.headers.emplace_back("Retry-After", "5");
  if (response.status == 429)
    response.headers.emplace_back("Retry-After", std::to_string(AttemptLimiter::window.count()));
  return response;
}

/// RA-006.
bool is_multipart(std::string type) {
  for (char& c : type)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return type.starts_with("multipart/");
}

}  // namespace

Service::Service(const ServiceOptions& options, host::Clock& clock)
    : state_(std::make_unique<CasState>(options, clock)) {}

Service::~Service() = default;

Response Service::handle(const Request& request) {
  Response response;
  try {
    if (is_multipart(request.content_type))
      return refusal(415, "multipart bodies are not accepted; send the session itself");
    response = answer(*state_, request);
  } catch (const diag::Error& error) {
    response = error_response(error);
    if (response.status == 500 || response.status == 503)
      state_->log(Level::error, "a request failed",
                  {{"reason", error.text()},
                   {"cause", error.causes().empty() ? "" : error.causes().back()}});
  } catch (const std::exception&) {
    // The text of a foreign exception may quote what it was given: it goes nowhere.
    state_->log(Level::error, "a request failed", {{"reason", "unexpected exception"}});
    response = error_response({diag::ErrorKind::failed, "internal error"});
  }
  return response;
}

const std::string& Service::key_hash() const {
  return state_->identity.key_hash();
}
const std::string& Service::software_key_hash() const {
  return state_->identity.software_key_hash();
}
const std::string& Service::chain_pem() const {
  return state_->identity.chain_pem();
}
const std::string& Service::session_encryption_key() const {
  return state_->identity.session_encryption_key();
}
const crypto::Certificate& Service::server_certificate() const {
  return state_->identity.leaf();
}
const crypto::PrivateKey& Service::server_key() const {
  return state_->identity.leaf_key();
}

}  // namespace sconectl::casd
