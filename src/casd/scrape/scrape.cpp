#include "casd/scrape/scrape.hpp"

#include "casd/metrics/cas_metrics.hpp"
#include "casd/metrics/exposition.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::casd {

namespace {

using Type = Exposition::Type;

std::uint64_t flag(bool value) {
  return value ? 1 : 0;
}

double seconds_since_1970(crypto::Time time) {
  return static_cast<double>(time.time_since_epoch().count());
}

void single(Exposition& out, std::string_view name, Type type, std::string_view help,
            std::uint64_t value) {
  out.family(name, type, help);
  out.sample({}, value);
}

void moment(Exposition& out, std::string_view name, std::string_view help, double seconds) {
  out.family(name, Type::gauge, help);
  out.sample({}, seconds);
}

/// One sample for each word.
template <class Enum>
void each(Exposition& out, std::string_view name, std::string_view help, std::string_view label,
          const CountersOf<Enum>& counters) {
  out.family(name, Type::counter, help);
  const auto words = text::all_words<Enum>();
  for (std::size_t i = 0; i < words.size(); ++i)
    out.sample({{label, words[i]}}, counters[static_cast<Enum>(i)].value());
}

void write_process(Exposition& out, const CasState& state, std::string_view version) {
  out.family("sconectl_cas_build_info", Type::gauge, "The version of this CAS; always 1.");
  out.sample({{"version", version}}, std::uint64_t{1});
  moment(out, "sconectl_cas_start_time_seconds", "When this CAS started, in seconds since 1970.",
         seconds_since_1970(state.started));
  single(out, "sconectl_cas_provisioned", Type::gauge,
         "1: sessions and services are served; 0: the CAS waits for its owner.",
         flag(state.ownership.serves()));
  single(out, "sconectl_cas_draining", Type::gauge, "1: the CAS is about to stop.",
         flag(state.draining));
}

void write_requests(Exposition& out, const CasMetrics& metrics) {
  out.family("sconectl_cas_requests_total", Type::counter,
             "Answered requests by route and class of status.");
  const auto classes = text::all_words<StatusClass>();
  for (std::size_t route = 0; route < metrics.routes.size(); ++route)
    for (std::size_t i = 0; i < classes.size(); ++i)
      out.sample({{"method", metrics.routes[route].method},
                  {"route", metrics.routes[route].path},
                  {"code", classes[i]}},
                 metrics.of_route[route].by_class[static_cast<StatusClass>(i)].value());
  out.family("sconectl_cas_responses_total", Type::counter, "Answered requests by status.");
  for (std::size_t i = 0; i < CasMetrics::statuses.size(); ++i)
    out.sample({{"code", std::to_string(CasMetrics::statuses[i])}}, metrics.by_status[i].value());
  out.sample({{"code", "other"}}, metrics.by_status.back().value());
  out.family("sconectl_cas_request_duration_seconds", Type::histogram,
             "From the last byte of a request to the first of its answer, by route.");
  for (std::size_t route = 0; route < metrics.routes.size(); ++route)
    out.sample({{"method", metrics.routes[route].method}, {"route", metrics.routes[route].path}},
               metrics.of_route[route].durations);
  each(out, "sconectl_cas_refusals_total", "Who was told no, by reason.", "reason",
       metrics.refusals);
  single(out, "sconectl_cas_requests_throttled_total", Type::counter,
         "Requests that were refused unread, because their address sent too many.",
         metrics.requests_throttled.value());
}

void write_connections(Exposition& out, const CasMetrics& metrics, const ServerReadings& readings) {
  single(out, "sconectl_cas_connections_open", Type::gauge, "Connections that are open now.",
         readings.open_connections);
  single(out, "sconectl_cas_connections_accepted_total", Type::counter,
         "Connections that were let in.", metrics.connections_accepted.value());
  single(out, "sconectl_cas_connections_refused_total", Type::counter,
         "Connections that were closed at once, because there were too many.",
         metrics.connections_refused.value());
  each(out, "sconectl_cas_tls_handshake_failures_total", "TLS handshakes that failed, by reason.",
       "reason", metrics.handshake_failures);
}

void write_releases(Exposition& out, const CasMetrics& metrics) {
  single(out, "sconectl_cas_sessions_created_total", Type::counter, "Sessions that were created.",
         metrics.sessions_created.value());
  single(out, "sconectl_cas_sessions_updated_total", Type::counter,
         "Versions that took the place of another one.", metrics.sessions_updated.value());
  single(out, "sconectl_cas_service_configurations_released_total", Type::counter,
         "Configurations that services were given.", metrics.configurations_released.value());
  each(out, "sconectl_cas_secrets_released_total",
       "Secrets that left, by the way they took; public ones are not counted.", "way",
       metrics.secrets_released);
}

void write_store(Exposition& out, const CasMetrics& metrics, const Store& store) {
  out.family("sconectl_cas_store_commit_duration_seconds", Type::histogram,
             "Transactions from their beginning to their end on disk, the audit log included.");
  out.sample({}, metrics.store_commits);
  single(out, "sconectl_cas_store_commit_failures_total", Type::counter,
         "Transactions that did not reach the disk.", metrics.store_commit_failures.value());
  moment(out, "sconectl_cas_store_last_commit_timestamp_seconds",
         "When the last transaction reached the disk, in seconds since 1970; 0: none since the "
         "start.",
         static_cast<double>(metrics.last_commit.load(std::memory_order_relaxed)));
  out.family("sconectl_cas_store_read_duration_seconds", Type::histogram,
             "Reads from the database; what is answered from memory is none.");
  out.sample({}, metrics.store_reads);
  if (!store.has_others()) {  // a server has metrics of its own
    const auto space = store.space();
    single(out, "sconectl_cas_store_database_bytes", Type::gauge,
           "Size of the database and its write-ahead log.", space.used);
    single(out, "sconectl_cas_store_free_bytes", Type::gauge,
           "What is free on the disk of the database; below 8 MiB the CAS takes no writes.",
           space.free);
  }
  single(out, "sconectl_cas_store_verified", Type::gauge,
         "1: every row has been verified since the start.", flag(store.all_verified()));
  single(out, "sconectl_cas_store_damaged", Type::gauge, "1: a damage of the database is known.",
         flag(store.damage_known()));
  single(out, "sconectl_cas_store_last_write_ok", Type::gauge,
         "1: the last transaction reached the disk.", flag(store.last_write_succeeded()));
}

void write_snapshots(Exposition& out, const SnapshotMetrics& snapshots) {
  single(out, "sconectl_cas_snapshots_made_total", Type::counter,
         "Snapshots that were made since the start.", snapshots.made.value());
  single(out, "sconectl_cas_snapshots_failed_total", Type::counter,
         "Snapshots that could not be made.", snapshots.failed.value());
  moment(out, "sconectl_cas_snapshots_last_timestamp_seconds",
         "When the last snapshot was made, in seconds since 1970; 0: none since the start.",
         static_cast<double>(snapshots.last.load(std::memory_order_relaxed)));
}

void write_traces(Exposition& out, const CasMetrics& metrics) {
  single(out, "sconectl_cas_trace_spans_exported_total", Type::counter,
         "Spans that the collector has taken.", metrics.spans_exported.value());
  each(out, "sconectl_cas_trace_spans_dropped_total",
       "Spans that the collector never gets, by what was in the way.", "reason",
       metrics.spans_dropped);
}

void write_audit_log(Exposition& out, const AuditLog& log) {
  const auto counts = log.counts();
  single(out, "sconectl_cas_audit_log_enabled", Type::gauge, "1: there is an audit log.",
         flag(log.on()));
  single(out, "sconectl_cas_audit_log_sinks", Type::gauge,
         "Files and servers that the audit log goes to.", counts.sinks);
  single(out, "sconectl_cas_audit_log_sinks_failing", Type::gauge, "Of them, those that fail now.",
         counts.failing);
  single(out, "sconectl_cas_audit_log_waiting_entries", Type::gauge,
         "Entries that wait for a file or server, of all of them together.", counts.waiting);
  single(out, "sconectl_cas_audit_log_waiting_bytes", Type::gauge, "Their size.",
         counts.waiting_bytes);
  single(out, "sconectl_cas_audit_log_lost_entries_total", Type::counter,
         "Entries that a file or server will never get.", counts.lost);
  single(out, "sconectl_cas_audit_log_sink_failures_total", Type::counter,
         "Attempts to write that failed.", counts.failures);
  single(out, "sconectl_cas_audit_log_sequence_number", Type::gauge,
         "Number of the newest entry; 0: none since the start.", log.sequence_number());
}

void write_expiries(Exposition& out, const CasState& state, const ServerReadings& readings) {
  out.family("sconectl_cas_certificate_expiry_timestamp_seconds", Type::gauge,
             "When certificates of the CAS end, in seconds since 1970.");
  const auto until = [&](std::string_view which, crypto::Time end) {
    out.sample({{"certificate", which}}, seconds_since_1970(end));
  };
  until("server", state.identity.leaf()->certificate.not_after());
  const auto chain = crypto::certificates_from_pem(state.identity.chain_pem());
  until("instance", chain.at(0).not_after());
  until("root", chain.at(1).not_after());
  single(out, "sconectl_cas_collateral_platforms", Type::gauge,
         "Kinds of platforms whose collateral was used in the last 24 hours.",
         readings.collateral_kinds);
  out.family(
      "sconectl_cas_collateral_expiry_timestamp_seconds", Type::gauge,
      "When the collateral of these platforms ends that ends first and last, in seconds since "
      "1970; 0: there is none.");
  out.sample({{"bound", "first"}}, seconds_since_1970(readings.collateral_first_end));
  out.sample({{"bound", "last"}}, seconds_since_1970(readings.collateral_last_end));
}

}  // namespace

std::string metrics_text(CasState& state, const ServerReadings& readings,
                         std::string_view version) {
  Exposition out;
  write_process(out, state, version);
  write_requests(out, state.metrics);
  write_connections(out, state.metrics, readings);
  write_releases(out, state.metrics);
  write_store(out, state.metrics, state.store);
  write_snapshots(out, state.metrics.snapshots);
  write_traces(out, state.metrics);
  write_audit_log(out, state.audit);
  write_expiries(out, state, readings);
  return out.text();
}

}  // namespace sconectl::casd
