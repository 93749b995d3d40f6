// What a CAS counts while it runs. Gauges that follow from something else are computed when they
// are asked for (casd/scrape).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casd/metrics/instruments.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::casd {

/// Why somebody was told no. What is wrong in itself (400), missing (404) or out of date (409) is
/// none of these.
enum class Refusal {
  unauthenticated,    ///< no certificate where one is needed
  access_policy,      ///< of the session or namespace
  owner,              ///< not the owner of the CAS
  not_exported,       ///< to another CAS
  challenge,          ///< an unknown, old or used nonce
  token,              ///< service access token, provisioning token, key of a namespace
  evidence,           ///< missing, not genuine, or of something else
  one_time_password,  ///< missing, wrong or used
  lease,              ///< ended, revoked, or of another version
  rate_limited,       ///< too often
  not_provisioned,    ///< the CAS has no owner yet
  other,              ///< by the function behind the route: quotas, limits, imports
};
[[nodiscard]] constexpr auto words_of(Refusal) {
  return text::words<Refusal::other>("unauthenticated", "access_policy", "owner", "not_exported",
                                     "challenge", "token", "evidence", "one_time_password", "lease",
                                     "rate_limited", "not_provisioned", "other");
}

/// How secrets leave.
enum class ReleaseWay {
  configuration,  ///< with what a service starts with
  running,        ///< to a service that runs
  secret_prov,    ///< by Gramine's protocol
  other_cas,      ///< that imports them
};
[[nodiscard]] constexpr auto words_of(ReleaseWay) {
  return text::words<ReleaseWay::other_cas>("configuration", "running", "secret_prov", "other_cas");
}

enum class HandshakeFailure {
  tls,     ///< what the client sent is not what this server speaks or takes
  closed,  ///< by the client; also by who only looks whether something listens
  timeout,
};
[[nodiscard]] constexpr auto words_of(HandshakeFailure) {
  return text::words<HandshakeFailure::timeout>("tls", "closed", "timeout");
}

/// Why spans do not reach the collector.
enum class SpanLoss {
  queue,      ///< too many wait for it
  collector,  ///< it did not take them
};
[[nodiscard]] constexpr auto words_of(SpanLoss) {
  return text::words<SpanLoss::collector>("queue", "collector");
}

/// Of an HTTP status.
enum class StatusClass { success, client_error, server_error, other };
[[nodiscard]] constexpr auto words_of(StatusClass) {
  return text::words<StatusClass::other>("2xx", "4xx", "5xx", "other");
}

/// A counter for each member of an enum with words.
template <class Enum>
class CountersOf {
 public:
  Counter& operator[](Enum member) { return counters_.at(static_cast<std::size_t>(member)); }
  const Counter& operator[](Enum member) const {
    return counters_.at(static_cast<std::size_t>(member));
  }

 private:
  std::array<Counter, text::word_table<Enum>.size()> counters_;
};

/// What is told of one request beside its answer.
struct Outcome {
  std::size_t route = 0;  ///< see CasMetrics; 0: none was found
  std::optional<Refusal> refusal = {};
};

struct SnapshotMetrics {
  Counter made, failed;
  std::atomic<std::int64_t> last = 0;  ///< seconds since 1970
};

/// Safe to use from several threads; nobody waits.
struct CasMetrics {
  /// Constants of the program: what a request is counted under, never what it said.
  struct RouteLabels {
    std::string_view method;
    std::string path;
  };
  struct RouteCounts {
    CountersOf<StatusClass> by_class;
    DurationHistogram durations;
  };
  /// The statuses that are counted one by one; the last place is that of all others.
  static constexpr std::array statuses{200, 201, 400, 401, 403, 404, 405, 409,
                                       413, 415, 429, 431, 500, 501, 503};

  /// The first row is that of requests for which no route was found.
  explicit CasMetrics(std::vector<RouteLabels> rows)
      : routes(std::move(rows)), of_route(routes.size()) {}

  /// Once for each answer that is sent. A route that there is not counts as none.
  void count_request(std::size_t route, int status, std::chrono::nanoseconds took);

  const std::vector<RouteLabels> routes;
  std::vector<RouteCounts> of_route;
  std::array<Counter, statuses.size() + 1> by_status;
  CountersOf<Refusal> refusals;
  Counter requests_throttled;  ///< of addresses that sent too many (RequestRate)

  Counter connections_accepted;
  Counter connections_refused;  ///< closed at once: too many
  CountersOf<HandshakeFailure> handshake_failures;

  Counter sessions_created, sessions_updated;
  Counter configurations_released;
  CountersOf<ReleaseWay> secrets_released;

  DurationHistogram store_commits;  ///< from the beginning of a transaction to its end on disk
  Counter store_commit_failures;
  DurationHistogram store_reads;
  std::atomic<std::int64_t> last_commit = 0;  ///< seconds since 1970
  SnapshotMetrics snapshots;
  Counter spans_exported;
  CountersOf<SpanLoss> spans_dropped;
};

}  // namespace sconectl::casd
