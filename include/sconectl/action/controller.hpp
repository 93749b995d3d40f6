// `controller`: brings the policies of a cluster to the CASes that they name, and says on each how
// that went (docs/controller.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "sconectl/action/system.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/kubernetes/policies.hpp"
#include "sconectl/kubernetes/records.hpp"

namespace sconectl::action {

/// How an upload ended.
enum class Verdict {
  uploaded,
  refused,      ///< the CAS said no; it may say yes later (a namespace that is made meanwhile)
  unreachable,  ///< no answer, or not from the trusted CAS
  invalid,      ///< the resource can not be used as it is: nothing was sent
};

struct PolicyOutcome {
  Verdict verdict = Verdict::invalid;
  std::string hash;     ///< of the session, if it was uploaded
  std::string reason;   ///< one word in CamelCase, for scripts
  std::string message;  ///< for people; no secret, one line
};

/// CAS address as policies name it -> the key hash that it must have. A CAS that is neither here
/// nor attested in the state file gets nothing.
using CasKeys = std::map<std::string, std::string>;

/// Uploads one policy. A signed session that the CAS has already, as its active version, counts as
/// uploaded. No identity of ours is shown: what is allowed follows from the signatures.
[[nodiscard]] PolicyOutcome upload_policy(System& system, const cas::ConfigFile& config,
                                          const kubernetes::Policy& policy,
                                          const CasKeys& cas_keys);

/// What an object says after an outcome: the condition Ready, which keeps its time as long as it
/// stays the same; conditions of others stay.
[[nodiscard]] kubernetes::PolicyStatus status_after(const kubernetes::Policy& policy,
                                                    const PolicyOutcome& outcome,
                                                    std::chrono::system_clock::time_point now);

/// Whether the status says that this very spec was uploaded.
[[nodiscard]] bool is_done(const kubernetes::Policy& policy);

/// The pause after the n-th failure in a row (from 1): a second, then twice as long each time, at
/// most two minutes.
[[nodiscard]] std::chrono::milliseconds pause_after(unsigned failures);

struct ControllerOptions {
  CasKeys cas_keys;
  /// How long a look at one kind takes; the other kind waits so long.
  std::chrono::seconds watch{1};
};

class UploadRecords;

class Controller {
 public:
  /// All must outlive the controller. `records` keeps what was uploaded beyond the process; it may
  /// be a null pointer.
  Controller(System& system, const cas::ConfigFile& config, kubernetes::Policies& policies,
             kubernetes::Records* records, ControllerOptions options);
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;
  ~Controller();

  /// Lists what has to be listed, uploads what is due, and looks what has changed. A server that is
  /// away is waited for, with growing pauses. Throws Error{refused} and Error{unauthenticated} if
  /// the server does not let us list, Error{interrupted}.
  void round();

 private:
  using Key = std::tuple<kubernetes::PolicyKind, std::string, std::string>;

  /// What was tried for one version of a spec.
  struct Attempt {
    std::string uid;
    std::int64_t generation = 0;
    PolicyOutcome outcome;
    unsigned failures = 0;
    std::chrono::steady_clock::time_point next;  ///< not before
  };
  struct Away {
    PolicyOutcome outcome;
    unsigned failures = 0;
    std::chrono::steady_clock::time_point next;
  };
  struct Known {
    kubernetes::Policy policy;
    std::string digest;  ///< of its content
    std::optional<Attempt> attempt;
  };

  void list(kubernetes::PolicyKind kind);
  void watch(kubernetes::PolicyKind kind);
  void remember(kubernetes::Policy policy);
  void reconcile_all();
  void reconcile(Known& known);
  void try_upload(Known& known);
  [[nodiscard]] PolicyOutcome uploaded_now(const kubernetes::Policy& policy);
  void write_status(Known& known);
  [[nodiscard]] bool due(const Known& known) const;
  [[nodiscard]] std::set<std::string> digests() const;

  System& system_;
  const cas::ConfigFile& config_;
  kubernetes::Policies& policies_;
  std::unique_ptr<UploadRecords> uploads_;
  ControllerOptions options_;
  std::map<Key, Known> known_;
  std::map<kubernetes::PolicyKind, std::string> versions_;  ///< none: list first
  std::map<std::string, Away> away_;  ///< CASes that did not answer, as policies name them
  unsigned outages_ = 0;
};

}  // namespace sconectl::action
