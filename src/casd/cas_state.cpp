#include "casd/cas_state.hpp"

#include <fmt/format.h>

#include "casd/audit/owners_audit.hpp"
#include "casd/log/logger.hpp"
#include "casd/sessions/root_session.hpp"
#include "casd/store/postgres.hpp"
#include "casd/tracing/trace.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/access_policy.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::casd {

namespace {

crypto::Time seconds_of(const host::Clock& clock) {
  return std::chrono::time_point_cast<std::chrono::seconds>(clock.now());
}

void log_damage(spdlog::logger& log, const diag::Error& fault) {
  log_event(log, Severity::error, fault.text(),
            {{"cause", fault.causes().empty() ? "" : fault.causes().back()}});
}

void log_database_trouble(spdlog::logger& log, const std::string& text) {
  log_event(log, Severity::warning, "PostgreSQL can not be used", {{"reason", text}});
}

void log_new_key_of_others(spdlog::logger& log, const std::string& left) {
  log_event(log, Severity::info, "another CAS has given the database a new key");
  if (!left.empty())
    log_event(log, Severity::warning, "the key file still has the old key, too",
              {{"reason", left}});
}

void log_wait(spdlog::logger& log, const std::string& data) {
  log_event(log, Severity::info, "another CAS uses the data directory: waiting for its end",
            {{"data", data}});
}

void log_open_to_group(spdlog::logger& log, const OpenToGroup& files) {
  if (files.names.empty()) return;
  log_event(log, Severity::warning,
            files.closed ? "a group had access to files of the CAS; it has not any more"
                         : "a group has access to files of the CAS, and this can not be changed",
            {{"files", fmt::format("{}", fmt::join(files.names, " "))}});
}

/// CC-018, CC-059.
void provision_self(Ownership& ownership, const StartPermission& permission,
                    const SelfProvisioning& owner, const AuditOptions& audit, spdlog::logger& log) {
  if (ownership.provisioned() && owner.skip_if_provisioned) return;
  diag::Diagnostics warnings;
  auto config = cas::parse_owner_config("owner configuration", owner.owner_config, warnings);
  // What can not be undone comes last.
  (void)with_owners(audit, config.audit_log);
  ownership.provision(permission, owner.owner_certificate, std::move(config));
  log_event(log, Severity::info, "the CAS was provisioned by its start",
            {{"owner", ownership.owned()->key_hash}});
}

LeafNames first_names(Ownership& ownership, const StartPermission& permission,
                      const ServiceOptions& options, spdlog::logger& log) {
  if (options.self_provisioning)
    provision_self(ownership, permission, *options.self_provisioning, options.audit, log);
  const auto owned = ownership.owned();
  return {owned ? owned->config.api_identity : cas::ApiIdentity{}, options.names};
}

AuditOptions owned_audit(const AuditOptions& operators, const Ownership& ownership) {
  const auto owned = ownership.owned();
  return owned ? with_owners(operators, owned->config.audit_log) : operators;
}

}  // namespace

CasState::CasState(const ServiceOptions& options, host::Clock& system_clock, CasMetrics& counts)
    : CasState(options, system_clock, counts, StartPermission()) {}

CasState::CasState(const ServiceOptions& options, host::Clock& system_clock, CasMetrics& counts,
                   const StartPermission& permission)
    : log(options.log ? options.log : silent_logger()),
      clock(system_clock),
      metrics(counts),
      started(now()),
      versions_per_creator(options.versions_per_creator),
      max_sessions(options.max_sessions),
      creations(options.versions_per_address),
      operators_reconnect_timeout(options.reconnect_timeout),
      store(options.data,
            {.database = options.database_url.empty()
                             ? nullptr
                             : postgres_database(options.database_url,
                                                 [this](const std::string& text) {
                                                   log_database_trouble(*log, text);
                                                 }),
             .until_started = true,
             .on_fault = [this](const diag::Error& fault) { log_damage(*log, fault); },
             .on_new_key = [this](const auto& left) { log_new_key_of_others(*log, left); },
             .accept_missing_counter = options.accept_missing_counter,
             .key_identities = options.key_identities,
             .lock_timeout = options.lock_timeout,
             .on_wait = [this, data = options.data.string()] { log_wait(*log, data); },
             .on_read = [this](auto took) { count_read(took); },
             .on_write = [](auto took,
                            bool stored) { trace_step(TraceStep::database_write, took, !stored); },
             .on_commit = [this](auto took, bool stored) { count_commit(took, stored); }}),
      ownership(store, {.serves = !options.demand_owner, .offered = options.offer_ownership}),
      identity(store, permission, first_names(ownership, permission, options, *log),
               seconds_of(system_clock)),
      audit({.store = store,
             .identity = identity,
             .http = options.http,
             .clock = system_clock,
             .log = *log},
            permission, owned_audit(options.audit, ownership)),
      sessions(store),
      leases(store, permission, system_clock, options.reconnect_timeout),
      releases(store, system_clock, options.audit.receipts),
      one_time_passwords(store, system_clock),
      evidence({.identity = identity,
                .source = options.collateral,
                .snp_source = options.snp_collateral,
                .test_root = options.evidence_test_root,
                .http = options.http},
               system_clock, *log),
      remote_secrets(options.http, system_clock, identity, ImportSources(options.import_from)),
      azure(options.http, system_clock, options.azure_clouds, ImportSources(options.import_from)),
      renewal(store, *log),
      secret_sources{store, sessions, remote_secrets, azure, renewal, system_clock},
      operators_audit_(options.audit),
      names_(options.names) {
  store.on_namespace_locked([this](const std::string& name) { namespace_locked(name); });
  for (const auto& sealed : store.sealed_namespaces())
    log_event(*log, Severity::warning, "a namespace is locked: who has its key has to unlock it",
              {{"namespace", sealed.name}});
  apply_owner_config();
  log_open_to_group(*log, store.open_to_group());
  if (!store.kept_before_migration().empty())
    log_event(*log, Severity::info,
              "the database was brought up to date; a copy of before was kept for the way back",
              {{"copy", store.kept_before_migration().string()}});
  if (store.counter_was_missing())
    log_event(
        *log, Severity::warning,
        "cas.counter was missing at this start: the database is taken as it is, and nobody can "
        "tell whether acknowledged commits are missing",
        {{"data", options.data.string()}});
  if (!store.active("/")) {
    NewSession root;
    root.session = default_root(now());
    root.based_on = {{"/", {}}};
    (void)store.add(SessionWritePermission(permission), root);
    store.checkpoint();
  }
  if (options.owner) give_root_to(*options.owner, permission);
  if (store.took_next_key()) {
    log_new_key();
    audit.note(AuditEvent("database_key_rotated"));
  }
  if (ownership.provisioned_by_start()) {
    AuditEvent event("cas_provisioned");
    event.with("identity", ownership.owned()->key_hash);
    audit.note(event);
  }
  store.started();
  ownership.on_configured_by_others(
      [this](const cas::ApiIdentity& before) { owner_config_changed(before); });
}

void CasState::log_new_key() const {
  log_event(*log, Severity::info, "the database has a new key");
  if (store.old_key_in_log())
    log_event(*log, Severity::warning,
              "another program reads the database and kept its log from being emptied: what the "
              "old key has sealed may stand there still");
}

void CasState::count_read(std::chrono::nanoseconds took) {
  metrics.store_reads.observe(took);
  trace_step(TraceStep::database_read, took);
}

void CasState::count_commit(std::chrono::nanoseconds took, bool stored) {
  if (!stored) return metrics.store_commit_failures.add();
  metrics.store_commits.observe(took);
  metrics.last_commit.store(now().time_since_epoch().count(), std::memory_order_relaxed);
}

/// What was read with its key is forgotten.
void CasState::namespace_locked(const std::string& name) {
  sessions.forget(name);
  denials.forget_reasons(name);
}

/// Once: an owner does not take the root from somebody else.
void CasState::give_root_to(const std::string& owner, const StartPermission& permission) {
  const auto active = sessions.required("/");
  if (active->stored.hash == default_root_hash()) {
    NewSession root;
    root.session = owned_root(owner, now());
    root.based_on = {{"/", default_root_hash()}};
    if (!store.add(SessionWritePermission(permission), root))
      throw diag::Error(diag::ErrorKind::failed, "the root session can not be given to its owner");
    store.checkpoint();
    log_event(*log, Severity::info, "the root session has an owner", {{"owner", owner}});
    return;
  }
  session::Caller caller;
  caller.tls_key = crypto::parse_key_hash(owner);
  if (session::decide(active->session, session::Operation::update, caller).granted) return;
  throw diag::Error(diag::ErrorKind::conflict,
                    active->stored.hash == sealed_root_hash()
                        ? "the root session is sealed, because a session was created before it had "
                          "an owner: everybody may create sessions here; start without --owner, or "
                          "anew with another data directory"
                        : "the root session belongs to somebody else than " + owner);
}

void CasState::check_api_identity(const cas::ApiIdentity& api_identity) {
  const std::lock_guard lock(renewing_);
  Identity::check_leaf(store, {api_identity, names_}, now());
}

bool CasState::changes_audit_log(const cas::AuditLogConfig& wanted) const {
  const auto owned = ownership.owned();
  return with_owners(operators_audit_, wanted) !=
         with_owners(operators_audit_, owned ? owned->config.audit_log : cas::AuditLogConfig{});
}

void CasState::renew_leaf(const std::lock_guard<std::mutex>&) {
  const auto owned = ownership.known();
  identity.renew_leaf(store, {owned ? owned->config.api_identity : cas::ApiIdentity{}, names_},
                      now());
  log_event(*log, Severity::info, "the server has a new certificate");
  if (on_new_certificate) on_new_certificate();
}

std::string CasState::remember_denial(const std::string& config_id,
                                      const LoadedSessionPtr& judged_by, const std::string& source,
                                      Refusal step, std::vector<cas::DenialReason> reasons) {
  auto id = Denials::make_id();
  session::ConfigId named;
  try {
    named = session::parse_config_id(config_id);
  } catch (const diag::Error&) {
    return id;
  }
  if (const auto session = judged_by ? judged_by : sessions.active(named.session))
    denials.note({id, text::rfc3339(now()), session->session.name, session->stored.hash,
                  named.service, source, std::string(text::word(step)), std::move(reasons)});
  return id;
}

void CasState::rename(std::vector<std::string> names) {
  const std::lock_guard lock(renewing_);
  names_ = std::move(names);
  renew_leaf(lock);
}

void CasState::take_new_keys(const std::lock_guard<std::mutex>& renewing) {
  renew_leaf(renewing);
  audit.certify(identity);
}

void CasState::rotate_keys(const Owner& who, const cas::KeyRotation& which, const Notes& notes) {
  const std::lock_guard lock(renewing_);
  Identity::rotate(store, OwnershipPermission(who), which, now(), notes);
  take_new_keys(lock);
  audit.tell_key("the CAS has new keys");
}

/// Whoever needs the database hears of its faults there; until it answers, what is known counts.
void CasState::follow_others() try {
  const auto facts = store.facts_of_others();
  if (facts == facts_seen_) return;
  const std::lock_guard lock(renewing_);
  if (identity.changed_by_others(store)) take_new_keys(lock);
  facts_seen_ = facts;
} catch (const diag::Error& error) {
  if (error.kind() == diag::ErrorKind::unavailable) return;
  log_event(*log, Severity::error, "the new keys of the CAS can not be taken",
            {{"reason", error.text()}});
}

void CasState::look_for_new_keys() {
  try {
    store.see_others();
  } catch (const diag::Error&) {  // of the database, as below
    return;
  }
  follow_others();
}

void CasState::owner_config_changed(const cas::ApiIdentity& before) {
  const std::lock_guard lock(renewing_);
  apply_owner_config();
  if (!(ownership.known()->config.api_identity == before)) renew_leaf(lock);
}

void CasState::apply_owner_config() {
  const auto owned = ownership.known();
  if (!owned) return;
  leases.set_lifetime(
      owned->config.enclave_reconnect_timeout.value_or(operators_reconnect_timeout));
}

crypto::Time CasState::now() const {
  return seconds_of(clock);
}

}  // namespace sconectl::casd
