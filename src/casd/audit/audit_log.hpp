// The audit log: a signed chain of all that was changed, released or refused (CC-064 ... CC-071).
#pragma once

#include <spdlog/logger.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "casd/audit/audit_event.hpp"
#include "casd/audit/sink_queues.hpp"
#include "casd/identity/identity.hpp"
#include "casd/store/journal.hpp"
#include "casd/store/store.hpp"
#include "sconectl/cas/audit_log.hpp"
#include "sconectl/casd/audit_options.hpp"
#include "sconectl/crypto/ed25519_signer.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::casd {

/// Writes what is stored with notes, in the thread of the store's writer: all entries of a
/// transaction go to the sinks together, before its commit, so nothing is answered that is not in
/// the log. The newest entry and the checkpoints are stored in the same transaction; entries of one
/// that fails are followed by others of the same numbers (CC-065, CC-066).
/// Safe to use from several threads.
class AuditLog final : public Journal {
 public:
  struct Parts {
    Store& store;
    const Identity& identity;
    host::Http* http = nullptr;  ///< to the servers
    const host::Clock& clock;
    spdlog::logger& log;
  };
  /// Throws Error{unavailable} for a file that can not be opened, Error{invalid} for options that
  /// make no sense; if entries are required, also when they can not be written.
  AuditLog(const Parts& parts, const StartPermission& permission, const AuditOptions& options);
  ~AuditLog() override;

  /// Whether anything is written. Without it, all else does nothing.
  [[nodiscard]] bool on() const { return queues_ != nullptr; }
  /// To be stored with what it tells of; nothing where nothing is written.
  [[nodiscard]] Notes notes(const AuditEvent& event) const;
  /// What changes nothing in the database. In the log on return: waits for the disk.
  void note(const AuditEvent& event);
  /// Of these, strangers can cause as many as they like: at most `most_refusals` in a second are
  /// listed, the others are counted.
  void note_refusal(const AuditEvent& event);
  static constexpr std::size_t most_refusals = 100;
  /// The signing key has another certificate, from the present keys of the CAS.
  void certify(const Identity& identity);
  /// Shows key and certificate once more, and why. Waits for the disk.
  void tell_key(std::string_view why);
  /// A file that was given another name is begun anew.
  void begin_anew_if_asked();

  /// From the store: of entries from `least` to `most`, oldest first (CC-066). May wait.
  [[nodiscard]] cas::AuditCheckpoints checkpoints(std::uint64_t least, std::uint64_t most) const;
  /// Of the newest entry since the start; 0: there was none yet.
  [[nodiscard]] std::uint64_t sequence_number() const { return sequence_number_; }
  [[nodiscard]] SinkQueues::Counts counts() const;

  [[nodiscard]] std::vector<State> tell(const Notes& notes) override;
  void ended(bool stored) noexcept override;

 private:
  /// What is stored with the entries.
  struct Position {
    cas::AuditPredecessor newest;
    std::map<std::uint64_t, std::vector<cas::AuditCheckpoint>> pages;  ///< those that change
  };

  void load_key(const StartPermission& permission);
  void open_sinks(const AuditOptions& options);
  void remember_that_it_is_off(const StartPermission& permission);
  void load_position();
  [[nodiscard]] AuditEvent key_event(std::string_view type) const;
  [[nodiscard]] std::vector<AuditText> chained(const Notes& events);
  void keep_checkpoint();
  [[nodiscard]] std::vector<State> states() const;
  void collect_what_is_to_tell();

  Store& store_;
  host::Http* http_;
  const host::Clock& clock_;
  spdlog::logger& log_;
  bool signs_ = false;
  bool required_ = false;
  std::chrono::milliseconds patience_{0};
  std::optional<crypto::PrivateKey> key_;
  std::optional<crypto::Ed25519Signer> signer_;  ///< of that key
  mutable std::mutex certificate_mutex_;
  std::string certificate_chain_;
  std::unique_ptr<SinkQueues> queues_;

  // Of the writer's thread:
  bool loaded_ = false;
  bool told_ = false;
  bool was_off_ = false;
  Position stored_, staged_;
  Notes to_tell_;  ///< about the log itself, with the next transaction

  std::atomic<std::uint64_t> sequence_number_ = 0;
  std::mutex refusals_mutex_;
  std::chrono::steady_clock::time_point refusals_since_{};
  std::size_t refusals_ = 0;
  std::int64_t refusals_not_listed_ = 0;
};

}  // namespace sconectl::casd
