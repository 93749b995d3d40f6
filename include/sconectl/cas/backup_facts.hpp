// What a backup of a CAS says about itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sconectl::cas {

struct BackupFacts {
  std::string cas_key_hash;   ///< of the CAS that it is of (CC-052)
  std::string created;        ///< RFC 3339
  std::int64_t commits = 0;   ///< how many the database had seen
  std::int64_t versions = 0;  ///< of sessions, all of them
  friend bool operator==(const BackupFacts&, const BackupFacts&) = default;
};
/// JSON.
[[nodiscard]] std::string encode(const BackupFacts& facts);
/// Throws Error{failed} for what it is not, Error{unsupported} for a newer form.
[[nodiscard]] BackupFacts decode_backup_facts(std::string_view json);

}  // namespace sconectl::cas
