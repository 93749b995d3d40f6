// The audit log of a CAS as text: what the CAS writes, and everybody else verifies (CC-066,
// CC-070).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::cas {

/// There is a checkpoint for each entry whose number can be divided by it (CC-066).
inline constexpr std::uint64_t entries_per_checkpoint = 250;
/// Checkpoints in one answer (CC-066).
inline constexpr std::size_t most_checkpoints_in_answer = 100;

inline constexpr std::size_t audit_signature_bytes = 64;
inline constexpr std::size_t audit_digest_bytes = 32;

/// An entry as the next one names it.
struct AuditPredecessor {
  std::uint64_t sequence_number = 0;  ///< 0: there is none
  std::string signature{};            ///< raw; "" where entries are not signed
  std::string digest{};               ///< raw SHA-256 of its line without the line end
};

/// What one entry says. Lines are JSON in the canonical form of RFC 8785.
struct AuditEntry {
  std::uint64_t sequence_number = 0;  ///< from 1 on
  std::string timestamp;              ///< RFC 3339, UTC
  std::string event;                  ///< a JSON object in canonical form
  AuditPredecessor predecessor;
  /// The number of the first entry of the transaction that this one belongs to: a transaction of
  /// the database is stored as a whole or not at all.
  std::uint64_t transaction = 0;
};

/// How every line begins.
inline constexpr std::string_view audit_line_begin = "{\"event\":";
/// The common name of the certificate of the key that signs the log (CC-067).
inline constexpr const char* audit_certificate_name = "cas-audit-log";

/// What is signed: the entry without `signature`.
[[nodiscard]] std::string audit_signed_text(const AuditEntry& entry);
/// The line without its end. `signature`: 64 raw bytes, or "" for an entry without.
[[nodiscard]] std::string audit_line(const AuditEntry& entry, std::string_view signature);

/// A line taken apart. The views are into the line; hex digits are left as they are.
struct AuditLine {
  std::string_view event;
  std::string_view predecessor;         ///< 128 hex digits, or "" for null
  std::string_view predecessor_digest;  ///< 64 hex digits, or "" for null
  std::uint64_t sequence_number = 0;
  std::string_view signature;  ///< 128 hex digits, or "" for a line without
  std::string_view timestamp;
  std::uint64_t transaction = 0;
};
/// Strict about all but the event, of which it only sees where it ends: nothing for a line that
/// audit_line() would not have written.
[[nodiscard]] std::optional<AuditLine> parse_audit_line(std::string_view line);
/// As audit_signed_text(), of a line that parse_audit_line() accepts.
[[nodiscard]] std::string audit_signed_text(std::string_view line, const AuditLine& parsed);

/// A text as a value of an event.
[[nodiscard]] std::string audit_text(std::string_view text);

/// Events that name the key which signs the log, as members `signing_key` (hex) and
/// `certificate_chain` (PEM: of that key, then up to the root of the CAS; CC-067).
[[nodiscard]] bool names_signing_key(std::string_view event);
struct AuditKeyEvent {
  std::string signing_key;  ///< 32 raw bytes
  std::string certificate_chain;
};
/// Throws Error{invalid}.
[[nodiscard]] AuditKeyEvent decode_audit_key_event(std::string_view event);

/// An entry that the CAS remembers.
struct AuditCheckpoint {
  std::uint64_t sequence_number = 0;
  std::string signature;  ///< raw

  bool operator==(const AuditCheckpoint&) const = default;
};
struct AuditCheckpoints {
  std::optional<AuditCheckpoint> latest;     ///< the newest entry; nothing: there is none
  std::vector<AuditCheckpoint> checkpoints;  ///< oldest first
};
[[nodiscard]] std::string encode(const AuditCheckpoints& reply);
/// Throws Error{invalid}.
[[nodiscard]] AuditCheckpoints decode_audit_checkpoints(std::string_view json);

}  // namespace sconectl::cas
