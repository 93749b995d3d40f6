// Where entries of the audit log go.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "sconectl/casd/audit_options.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::casd {

struct AuditText {
  std::uint64_t sequence_number = 0;
  std::string line;  ///< without its end
};

class AuditSink {
 public:
  AuditSink() = default;
  AuditSink(const AuditSink&) = delete;
  AuditSink& operator=(const AuditSink&) = delete;
  virtual ~AuditSink() = default;

  /// For the operator: a path or URL.
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Takes entries from the front, oldest first, as far as it can; they are durable there when they
  /// are gone. Throws diag::Error for what is left.
  virtual void take(std::deque<AuditText>& entries) = 0;
  /// From another thread: take() ends after the entry that it is at, as if the rest had failed.
  virtual void stop() {}
  /// True: it writes to something empty from now on, as its owner wished.
  virtual bool begin_anew_if_asked() { return false; }
};

/// Appends lines; one write for all (CC-064).
[[nodiscard]] std::unique_ptr<AuditSink> audit_file(const std::filesystem::path& path);
/// One POST for each (CC-064). `http` must outlive it.
[[nodiscard]] std::unique_ptr<AuditSink> audit_server(const AuditServer& server, host::Http& http);

}  // namespace sconectl::casd
