#include "sconectl/casd/service.hpp"

#include "casd/backup/snapshots.hpp"
#include "casd/cas_state.hpp"
#include "casd/metrics/cas_metrics.hpp"
#include "casd/provisioning/request_rate.hpp"
#include "casd/routes/handlers.hpp"
#include "casd/routes/refusal.hpp"
#include "casd/routes/route.hpp"
#include "casd/scrape/scrape.hpp"
#include "casd/tracing/tracer.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

Response error_response(const diag::Error& error) {
  return refusal(cas::http_status(error.kind()), cas::error_body(error, cas_version()));
}

/// A thread that serves many connections does not parse large bodies.
constexpr std::size_t most_at_once = 16UL * 1024;

/// RA-006.
bool is_multipart(std::string type) {
  for (char& c : type)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return type.starts_with("multipart/");
}

/// No client takes more.
std::optional<Response> bounded(std::optional<Response> response) {
  if (response && response->body.size() > cas::max_json_bytes)
    throw diag::Error(diag::ErrorKind::refused, "the reply would have more than " +
                                                    std::to_string(cas::max_json_bytes) + " bytes");
  return response;
}

/// The same as of services that come by HTTP: in the log before the secret leaves.
void note_secret(CasState& state, const SecretRequest& request, const AttestedService& service) {
  const auto& version = service.session().stored;
  AuditEvent attested("service_attested");
  attested.about(version)
      .with("service", service.service().name)
      .with("source", request.peer.source)
      .with("enclave", service.enclave());
  const std::set<std::string> names{request.secret.name};
  AuditEvent released("secrets_released");
  released.about(version).with("service", service.service().name).with("secrets", names);
  auto notes = state.audit.notes(attested);
  for (auto& note : state.audit.notes(released)) notes.push_back(std::move(note));
  const auto receipt = state.releases.changes({.service = service.service().name,
                                               .version = version.hash,
                                               .source = request.peer.source,
                                               .secrets = names});
  if (notes.empty() && receipt.empty()) return;
  state.store.change_states(service.state_permission(), version, receipt, &notes);
}

void note_refused_secret(CasState& state, const SecretRequest& request, const std::string& denial,
                         const std::string& reason) {
  const auto id = request.config_id.substr(0, request.config_id.find('@'));
  AuditEvent event("request_refused");
  event.with("request", "secret_prov")
      .with("service", id)
      .with("source", request.peer.source)
      .with("denial", denial)
      .with("reason", reason);
  state.audit.note_refusal(event);
}

AttestedService authenticated(ServiceAuthentication& authentication, CasState& state,
                              const SecretRequest& request, Refusal& refusal,
                              std::string& denial) try {
  auto service =
      authentication.authenticate_certificate(state.sessions, request.peer.certificate_pem);
  refusal = Refusal::other;
  return service;
} catch (const diag::Error& error) {
  refusal = authentication.judged();
  if (error.kind() == diag::ErrorKind::refused)
    denial = state.remember_denial(request.config_id, authentication.session(), request.peer.source,
                                   refusal, authentication.reasons(error));
  throw;
} catch (...) {
  refusal = authentication.judged();
  throw;
}

/// What one enclave gets: text with a NUL behind it, which Gramine demands of texts.
/// `refusal`: what it would be refused for now; `denial`: under which id its reasons are kept.
crypto::Secret provided_secret(CasState& state, const SecretRequest& request, Refusal& refusal,
                               std::string& denial) {
  refusal = Refusal::not_provisioned;
  if (!state.ownership.serves()) throw not_provisioned();
  SecretReader secrets(state.secret_sources, std::make_shared<ImportBudget>());
  cas::ConfigRequest asked;
  asked.config_id = request.config_id;
  ServiceAuthentication authentication(asked, request.peer.source, secrets, state.evidence);
  const auto service = authenticated(authentication, state, request, refusal, denial);
  auto secret = secrets.text(service.session(), request.secret);
  if (secrets.gives_text(service.session(), request.secret))
    secret.append(std::string_view("\0", 1));
  note_secret(state, request, service);
  state.metrics.secrets_released[ReleaseWay::secret_prov].add();
  return secret;
}

/// Who may not have a secret, and not what could not be had.
bool is_refused_secret(const diag::Error& error, Refusal refusal) {
  return error.kind() == diag::ErrorKind::refused || refusal == Refusal::not_provisioned ||
         (error.kind() == diag::ErrorKind::invalid && refusal == Refusal::evidence);
}

std::optional<Response> final_answer(CasState& state, const Request& request, Waiting waiting,
                                     Outcome& outcome) {
  try {
    if (is_multipart(request.content_type))
      return refusal(415, "multipart bodies are not accepted; send the session itself");
    return bounded(answer(state, request, waiting, outcome));
  } catch (const NamespaceLocked& error) {  // no fault: its owner has to unlock it
    return error_response(error);
  } catch (const diag::Error& error) {
    auto response = error_response(error);
    // Whoever asks a CAS without an owner is refused: strangers must not fill the log.
    const bool waits = outcome.refusal == Refusal::not_provisioned;
    if (response.status == 500 || (response.status == 503 && !waits))
      log_event(*state.log, Severity::error, "a request failed",
                {{"reason", error.text()},
                 {"cause", error.causes().empty() ? "" : error.causes().back()}});
    return response;
  } catch (const std::exception&) {
    // The text of a foreign exception may quote what it was given: it goes nowhere.
    log_event(*state.log, Severity::error, "a request failed",
              {{"reason", "unexpected exception"}});
    return error_response({diag::ErrorKind::failed, "internal error"});
  }
}

std::optional<Response> answered(CasState& state, const Request& request, Waiting waiting) {
  Outcome outcome;
  const TraceScope traced(request.trace.get());
  auto response = final_answer(state, request, waiting, outcome);
  if (!response) return response;
  if (request.trace) request.trace->refusal = outcome.refusal;
  if (request.method == "HEAD") response->body.clear();
  if (outcome.refusal) state.metrics.refusals[*outcome.refusal].add();
  response->route = outcome.route;
  return response;
}

/// As probes and load balancers write it; other forms of the same path are counted.
bool is_health(std::string_view target) {
  target = target.substr(0, target.find('?'));
  return target == cas::path::health || target == cas::path::health_live ||
         target == cas::path::health_ready;
}

/// For snapshots: a number that is another one after every write.
std::uint64_t changes_of(const Store& store) {
  return static_cast<std::uint64_t>(store.commits());
}

}  // namespace

Service::Service(const ServiceOptions& options, host::Clock& clock)
    : metrics_(std::make_unique<CasMetrics>(route_labels())),
      state_(std::make_unique<CasState>(options, clock, *metrics_)) {
  if (!options.snapshots.directory.empty())
    snapshots_ = std::make_unique<Snapshots>(
        options.snapshots, options.data, BackupSource{options.key_identities, options.database_url},
        [this] { return changes_of(state_->store); }, *state_->log, metrics_->snapshots);
  if (!options.traces.collector.empty() && options.http != nullptr)
    tracer_ = std::make_unique<Tracer>(Tracer::Parts{.options = options.traces,
                                                     .version = std::string(cas_version()),
                                                     .http = *options.http,
                                                     .log = *state_->log,
                                                     .metrics = *metrics_});
  if (options.requests_per_second)
    request_rate_ = std::make_unique<RequestRate>(*options.requests_per_second);
}

Service::~Service() = default;

Response Service::handle(const Request& request) {
  return std::move(*answered(*state_, request, Waiting::allowed));
}

std::optional<Response> Service::handle_at_once(const Request& request) {
  if (request.body.size() > most_at_once) return std::nullopt;
  // Every other answer may have to wait for a server.
  if (state_->store.has_others() && request.target != cas::path::health_live) return std::nullopt;
  return answered(*state_, request, Waiting::forbidden);
}

std::shared_ptr<Trace> Service::begin_trace(std::string_view method, std::string_view traceparent,
                                            std::uint16_t port,
                                            std::chrono::steady_clock::time_point at) {
  if (!tracer_) return nullptr;
  auto trace = tracer_->begin(traceparent, at);
  if (!trace) return nullptr;
  trace->method = traced_method(method);
  trace->port = port;
  return trace;
}

void Service::end_trace(Trace& trace, const Response& response) {
  trace.route = response.route;
  trace.status = response.status;
  trace.ended = std::chrono::steady_clock::now();
  tracer_->end(trace);
}

std::optional<Response> Service::refuse_too_many(const std::string& source,
                                                 std::string_view target) {
  if (!request_rate_ || is_health(target)) return std::nullopt;
  const auto refused = request_rate_->count(source, state_->clock.steady());
  if (!refused) return std::nullopt;
  metrics_->requests_throttled.add();
  metrics_->refusals[Refusal::rate_limited].add();
  if (refused->tell)
    log_event(*state_->log, Severity::warning, "an address sends too many requests",
              {{"source", source}});
  return too_many_requests(refused->wait);
}

std::optional<crypto::Secret> Service::provide_secret(const SecretRequest& request) {
  const auto log = [&](Severity severity, std::string_view event, const std::string& reason) {
    log_event(
        *state_->log, severity, event,
        {{"service", request.config_id}, {"secret", request.secret.name}, {"reason", reason}});
  };
  std::string denial;
  Refusal refusal{};
  try {
    auto secret = provided_secret(*state_, request, refusal, denial);
    log(Severity::info, "secret provided", "the evidence meets the session's demands");
    return secret;
  } catch (const diag::Error& error) {
    const auto reason =
        error.causes().empty() ? error.text() : error.text() + ": " + error.causes().front();
    log_event(*state_->log, Severity::warning, "secret refused",
              {{"service", request.config_id},
               {"secret", request.secret.name},
               {"denial", denial},
               {"reason", reason}});
    if (is_refused_secret(error, refusal)) metrics_->refusals[refusal].add();
    try {
      note_refused_secret(*state_, request, denial, error.text());
    } catch (const diag::Error& unwritten) {
      log(Severity::error, "a refusal is not in the audit log", unwritten.text());
    }
  } catch (const std::exception&) {  // its text may quote what it was given
    log(Severity::error, "secret refused", "unexpected exception");
  }
  return std::nullopt;
}

void Service::request_snapshot() {
  if (snapshots_) return snapshots_->request();
  log_event(*state_->log, Severity::warning,
            "no snapshot is made: the CAS was started without --snapshots");
}

void Service::take_next_key() {
  try {
    if (state_->store.take_next_key(state_->audit.notes(AuditEvent("database_key_rotated"))))
      state_->log_new_key();
  } catch (const diag::Error& error) {
    log_event(*state_->log, Severity::error, "the rotation of the database's key is not complete",
              {{"reason", error.text()}});
  }
}

void Service::begin_audit_files_anew() {
  try {
    state_->audit.begin_anew_if_asked();
  } catch (const diag::Error& error) {
    log_event(*state_->log, Severity::error, "a file of the audit log was not begun anew",
              {{"reason", error.text()}});
  }
}

void Service::stop_long_work() {
  state_->keys.stop();
}

std::string Service::key_hash() const {
  return state_->identity.key_hash();
}
std::string Service::software_key_hash() const {
  return state_->identity.software_key_hash();
}
std::string Service::chain_pem() const {
  return state_->identity.chain_pem();
}
std::string Service::shown_chain_pem() const {
  return state_->identity.shown_chain_pem();
}
std::string Service::session_encryption_key() const {
  return state_->identity.session_encryption_key();
}
cas::Identity Service::server_identity() const {
  return *state_->identity.leaf();
}
crypto::Certificate Service::server_certificate() const {
  return state_->identity.leaf()->certificate;
}
void Service::on_new_certificate(std::function<void()> told) {
  state_->on_new_certificate = std::move(told);
}
void Service::renew_certificate(std::vector<std::string> names) {
  state_->rename(std::move(names));
}
std::string Service::provisioning_token() const {
  return state_->ownership.token();
}
bool Service::serves() const {
  return state_->ownership.serves();
}
void Service::drain() {
  state_->draining = true;
}
std::string Service::metrics_text(const ServerReadings& readings) {
  return casd::metrics_text(*state_, readings, cas_version());
}

}  // namespace sconectl::casd
