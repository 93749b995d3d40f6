// Secrets from other CASes (SL-188).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "casd/identity/identity.hpp"
#include "casd/secrets/import_budget.hpp"
#include "casd/secrets/import_sources.hpp"
#include "casd/secrets/secret_material.hpp"
#include "casd/waiting/fair_threads.hpp"
#include "sconectl/cas/client.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::casd {

/// Threads of its own ask the other CASes, a bounded number of them: whoever asks waits no longer
/// than the budget of his request, whatever the other side does. Safe to use from several threads.
class RemoteSecrets {
 public:
  /// `http` may be a null pointer: then there is no way to other CASes, and fetch() says so.
  RemoteSecrets(host::Http* http, host::Clock& clock, const Identity& identity,
                ImportSources sources)
      : http_(http), clock_(clock), identity_(identity), sources_(std::move(sources)) {}

  /// Calls at a time.
  static constexpr std::size_t most_calls = 32;
  /// Calls to one address at a time.
  static constexpr std::size_t most_calls_to_one = 8;

  /// Asks the CAS at `cas.url`, which must prove the key that `cas` names; we prove ours. The
  /// certificates and the key of the reply are filled in here. Throws Error{unavailable} if it does
  /// not answer in time (and for some seconds after that without asking again) or if too many
  /// answers are waited for already, Error{refused} with its reason if it says no, if the operator
  /// does not allow its address or if the budget is spent, Error{not_found} if it has no such
  /// session.
  [[nodiscard]] SecretMaterial fetch(const session::RemoteCas& cas,
                                     const cas::ExportRequest& request, ImportBudget& budget);

 private:
  class Call;
  void refuse_if_silent(const std::string& url);
  void leave_alone(const std::string& url);
  [[nodiscard]] SecretMaterial ask(cas::Peer peer, cas::ExportRequest request, std::size_t hops);

  host::Http* http_;
  host::Clock& clock_;
  const Identity& identity_;
  const ImportSources sources_;
  std::mutex mutex_;
  /// Until when a CAS that did not answer is left alone.
  std::map<std::string, std::chrono::steady_clock::time_point> silent_;
  std::map<std::string, std::size_t> calls_;  ///< address -> calls to it
  std::size_t all_calls_ = 0;
  /// The last member: what they do uses the others.
  FairThreads threads_{most_calls};
};

}  // namespace sconectl::casd
