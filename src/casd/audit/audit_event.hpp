// What the audit log says: one event, one JSON object. Names and hashes, never values, policies,
// tokens or one-time passwords (CC-068, CC-069).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "casd/store/stored_session.hpp"

namespace sconectl::casd {

/// An event that is put together; members that are empty are left out.
class AuditEvent {
 public:
  explicit AuditEvent(std::string_view type);

  AuditEvent& with(std::string_view member, std::string_view value) &;
  AuditEvent& with(std::string_view member, std::int64_t value) &;
  AuditEvent& with(std::string_view member, const std::set<std::string>& values) &;
  AuditEvent& with(std::string_view member, const std::map<std::string, std::string>& values) &;
  /// `session`, and `session_hash` where it can not be guessed from (SL-056): of a salted session.
  AuditEvent& about(const StoredSession& version) &;

  /// Canonical JSON (RFC 8785).
  [[nodiscard]] std::string text() const;

 private:
  std::map<std::string, std::string, std::less<>> members_;  ///< values are JSON
};

}  // namespace sconectl::casd
