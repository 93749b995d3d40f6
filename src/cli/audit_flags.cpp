#include "cli/audit_flags.hpp"

#include "sconectl/diag/error.hpp"

namespace sconectl::cli {

namespace {

using casd::AuditMode;

constexpr std::size_t largest_authorities = std::size_t{1} << 20U;

}  // namespace

void AuditFlags::add_to(Parser& parser) {
  parser
      .add_option("--audit-log", files_,
                  "Append an entry for everything that is changed, released or refused "
                  "(repeatable; default: no audit log)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  parser
      .add_option("--audit-log-url", urls_,
                  "Send each entry to this server with a POST (repeatable)")
      ->allow_extra_args(false)
      ->type_name("URL");
  server_ca_given_ =
      parser
          .add_option("--audit-log-server-ca", server_ca_,
                      "PEM file with the authorities of these servers (default: the system's)")
          ->type_name("FILE");
  mode_given_ = parser.add_option("--audit-log-mode", mode_, "signed, or unsigned")
                    ->capture_default_str()
                    ->check(CLI::IsMember({text::word(AuditMode::signed_entries),
                                           text::word(AuditMode::unsigned_entries)}))
                    ->type_name("MODE");
  parser.add_flag("--audit-log-required", required_,
                  "Refuse what no file and no server has taken an entry of");
  parser.add_flag("--receipts", receipts_,
                  "Keep for the owner of each session what was given to which service");
}

casd::AuditOptions AuditFlags::options(const action::System& system,
                                       const std::optional<std::string>& file) const {
  casd::AuditOptions options;
  options.files.assign(files_.begin(), files_.end());
  if (options.files.empty() && file) options.files.emplace_back(*file);
  for (const auto& url : urls_) options.servers.push_back({url});
  options.required = required_;
  options.receipts = receipts_;
  check(options);
  if (!server_ca_.empty())
    for (auto& server : options.servers)
      server.ca_certificate = system.files.read(server_ca_, largest_authorities);
  if (!options.files.empty() || !options.servers.empty())
    options.mode = text::from_word<AuditMode>(mode_).value();
  return options;
}

/// Whoever gives one of these believes that there is a log.
void AuditFlags::check(const casd::AuditOptions& options) const {
  const auto refuse = [](const char* why) { throw diag::Error(diag::ErrorKind::usage, why); };
  if (*server_ca_given_ && urls_.empty()) refuse("--audit-log-server-ca goes with --audit-log-url");
  if (!options.files.empty() || !options.servers.empty()) return;
  if (required_) refuse("--audit-log-required goes with --audit-log or --audit-log-url");
  if (*mode_given_) refuse("--audit-log-mode goes with --audit-log or --audit-log-url");
}

}  // namespace sconectl::cli
