// Certificates that have to be issued anew (SL-146), by a thread of its own: reads write nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "casd/secrets/secret_material.hpp"
#include "casd/store/store.hpp"

namespace spdlog {
class logger;
}

namespace sconectl::casd {

/// A stored certificate, and what issuing it anew needs. Whoever read it had to fetch all that
/// already, perhaps from another CAS, so that the renewing thread waits for nobody but the disk.
struct RenewalJob {
  std::string session;
  std::string hash;
  session::Secret secret;
  std::map<std::string, SecretMaterialPtr> siblings;  ///< see secrets::needs()
  crypto::Time now;
  /// Between a value and what the database has of it, for a session whose values are elsewhere.
  struct Keeper {
    std::function<crypto::Secret(const crypto::Secret& stored)> open;
    std::function<crypto::Secret(const crypto::Secret& value)> keep;
  };
  std::optional<Keeper> elsewhere = {};
};

/// Safe to use from several threads. Of many reads that find the same certificate outdated, one
/// renewal is the result.
class CertificateRenewal {
 public:
  CertificateRenewal(Store& store, spdlog::logger& log);
  /// What nobody waits for is left undone: the next read finds it again.
  ~CertificateRenewal();
  CertificateRenewal(const CertificateRenewal&) = delete;
  CertificateRenewal& operator=(const CertificateRenewal&) = delete;

  /// For a certificate that is still good: renews it in the background, a bounded number of them
  /// in a second. Returns at once; a failure is logged.
  void request(RenewalJob job);
  /// For one that can not be given out any more: waits until it is renewed and stored. Throws why
  /// it can not be.
  [[nodiscard]] SecretMaterialPtr renewed(RenewalJob job);
  /// For one whose value is kept elsewhere: the caller renews it, and waits for that place. A null
  /// pointer for one that is still good if somebody else does just now, or if it failed within the
  /// last minute. Throws for one that has to be renewed `at_once`, of which nothing is tried either
  /// for some seconds after a failure.
  [[nodiscard]] SecretMaterialPtr renewed_by_caller(const RenewalJob& job,
                                                    secrets::RenewalNeed need);

 private:
  struct Waiting {
    RenewalJob job;
    std::promise<SecretMaterialPtr> result;
  };

  void serve();
  void renew_quietly(const RenewalJob& job);
  [[nodiscard]] SecretMaterialPtr renew(const RenewalJob& job, secrets::RenewalNeed least);

  Store& store_;
  spdlog::logger& log_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Waiting> waiting_;
  std::deque<RenewalJob> background_;
  std::set<std::string> in_background_;
  /// Of renewals by callers: until when nobody else tries.
  std::map<std::string, std::chrono::steady_clock::time_point> tried_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sconectl::casd
