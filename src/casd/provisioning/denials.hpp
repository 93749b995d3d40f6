// Why services were refused: records of decisions, for who may read the session (RA-092).
#pragma once

#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/attest/acceptance.hpp"
#include "sconectl/cas/wire_denials.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

/// Evidence that is not what a session demands. Its text is cas::message::enclave_properties, for
/// whoever is refused; the reasons are for who may read the session.
class EvidenceRefused : public diag::Error {
 public:
  explicit EvidenceRefused(std::vector<cas::DenialReason> reasons);
  [[nodiscard]] const std::vector<cas::DenialReason>& reasons() const { return reasons_; }

 private:
  std::vector<cas::DenialReason> reasons_;
};

/// What can be done about it. `variant`: an item of the service's `attestation` that accepts just
/// this evidence; "" if there is none.
[[nodiscard]] cas::DenialReason reason_of(const attest::Objection& objection,
                                          const std::string& variant);

/// Of each session the newest ones, in memory: strangers can cause as many as they like, and can
/// push out those of the sessions that they name. Safe to use from several threads.
class Denials {
 public:
  static constexpr std::size_t most_of_session = 32;
  static constexpr std::size_t most_sessions = 256;
  static constexpr std::size_t most_bytes = std::size_t{8} << 20U;  ///< of all together

  /// 16 hex digits that nobody can guess.
  [[nodiscard]] static std::string make_id();

  /// Long texts are cut.
  void note(cas::DenialInfo denial);
  /// Those of a session that was deleted.
  void forget(const std::string& session);
  /// Of a session and all below it: they were locked, and what they demand is in the reasons.
  void forget_reasons(const std::string& name);
  /// What they take of the memory, about.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::optional<cas::DenialInfo> find(std::string_view id) const;

 private:
  struct Session {
    std::string name;
    std::deque<cas::DenialInfo> denials;  ///< oldest first; never empty
  };
  void remove_oldest(Session& session);
  void make_room();

  mutable std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<Session> sessions_;  ///< the one that was refused last is at the end
  std::map<std::string, std::list<Session>::iterator, std::less<>> by_name_;
};

}  // namespace sconectl::casd
