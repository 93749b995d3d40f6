// The options of `sconectl cas serve` about its audit log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "sconectl/casd/audit_options.hpp"

namespace sconectl::cli {

/// Where entries of the audit log go, if anywhere.
class AuditFlags {
 public:
  void add_to(Parser& parser);
  /// `file` is that of the configuration; one of the command line goes before it. Throws
  /// Error{usage} for what would have no effect.
  [[nodiscard]] casd::AuditOptions options(const action::System& system,
                                           const std::optional<std::string>& file) const;

 private:
  void check(const casd::AuditOptions& options) const;

  std::vector<std::string> files_;
  std::vector<std::string> urls_;
  std::string server_ca_;
  std::string mode_{text::word(casd::AuditMode::signed_entries)};
  bool required_ = false;
  bool receipts_ = false;
  const CLI::Option* server_ca_given_ = nullptr;
  const CLI::Option* mode_given_ = nullptr;
};

}  // namespace sconectl::cli
