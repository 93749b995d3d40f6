// The entries of an audit log, one after the other: what follows what.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/cas/audit_verifier.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key.hpp"

namespace sconectl::cas {

/// A line, looked at without its neighbours.
struct AuditRecord {
  std::string_view text;
  std::optional<AuditLine> line;  ///< nothing: it is none
  crypto::Digest digest{};
  bool verified = false;  ///< its signature was verified
  bool forged = false;    ///< its signature is wrong
};

/// Whether the signature in the record is one of the key.
[[nodiscard]] bool signature_fits(const AuditRecord& record, const crypto::PublicKey& key);

class AuditVerifier::Chain {
 public:
  explicit Chain(const AuditVerifierOptions& options) : options_(options) {}

  void use_key(const crypto::PublicKey& key) { key_ = key; }
  [[nodiscard]] const std::optional<crypto::PublicKey>& key() const { return key_; }

  void add(const AuditRecord& record);
  void torn_line(std::size_t bytes);
  void found(AuditFault fault, std::string text);
  [[nodiscard]] AuditVerdict finish(const std::optional<AuditCheckpoints>& now);

 private:
  /// An entry that others may name as their predecessor.
  struct Known {
    std::uint64_t number = 0;
    std::uint64_t transaction = 0;
    std::string signature;  ///< hex
    crypto::Digest digest{};
  };

  void judge_key(const AuditRecord& record);
  void judge_place(const AuditRecord& record);
  void judge_first(const AuditRecord& record);
  void judge_digest(const AuditRecord& record, const Known& predecessor);
  void judge_fork(const AuditRecord& record, std::size_t at);
  void judge_gap(const AuditRecord& record);
  void append(const AuditRecord& record);
  void verify_head();
  void compare(const Known& entry);
  void forget_compared(std::uint64_t from);
  void judge_end(const std::optional<AuditCheckpoints>& now);
  [[nodiscard]] std::optional<std::size_t> find(std::string_view signature,
                                                std::uint64_t number) const;

  const AuditVerifierOptions& options_;
  AuditVerdict verdict_;
  std::optional<crypto::PublicKey> key_;
  std::deque<Known> recent_;  ///< newest last
  std::string head_text_;     ///< the line of the newest
  bool head_verified_ = true;
  std::optional<std::string> forked_at_;  ///< signature of the entry that a fork follows
  std::size_t next_checkpoint_ = 0;
  std::vector<std::uint64_t> differing_;  ///< entries that are not those of the checkpoints
  bool latest_met_ = false;
  std::vector<std::string> roots_;  ///< of the newest certificate of the signing key
  std::uint64_t key_shown_by_ = 0;  ///< the entry that has it
};

}  // namespace sconectl::cas
