#include "action/cas_findings.hpp"

#include <fmt/chrono.h>

namespace sconectl::action {
namespace {

constexpr std::chrono::seconds most_clock_difference{60};

std::string day(crypto::Time time) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(time.time_since_epoch().count()));
}

Finding owner_of(const CasStatus& status) {
  if (!status.health.provisioned)
    return {"owner", Health::missing, "it has no owner and serves nobody",
            "'sconectl cas provision'"};
  return {"owner", Health::ok, status.owner.value_or("nobody, and it needs none"), ""};
}

Finding database_of(const cas::Health& health) {
  if (!health.database_writable)
    return {"database", Health::missing, "its database can not be written (disk full, or damaged)",
            "its log says why"};
  return {"database", Health::ok, "can be written", ""};
}

std::vector<Finding> audit_log_of(const cas::Health& health) {
  const auto finding = [](std::string text, std::string fix) {
    return Finding{"audit log", Health::missing, std::move(text), std::move(fix)};
  };
  std::vector<Finding> result;
  const auto& state = health.audit_log_state;
  if (state == "failing")
    result.push_back(finding("no file and no server takes entries of its audit log", ""));
  if (state == "degraded")
    result.push_back(finding("a file or server does not take entries of its audit log", ""));
  if (health.audit_log_lost > 0)
    result.push_back(
        finding(fmt::format("{} entries of its audit log are lost for a file or server",
                            health.audit_log_lost),
                ""));
  if (result.empty()) result.push_back({"audit log", Health::ok, state ? *state : "none", ""});
  return result;
}

Finding certificate_of(const CasCertificate& certificate, crypto::Time now,
                       std::chrono::hours left) {
  const auto& [name, expires] = certificate;
  if (expires <= now)
    return {"certificate", Health::missing,
            fmt::format("its certificate '{}' has expired on {}", name, day(expires)), ""};
  if (expires <= now + left)
    return {"certificate", Health::warning,
            fmt::format("its certificate '{}' expires on {}", name, day(expires)), ""};
  return {"certificate", Health::ok, fmt::format("'{}' until {}", name, day(expires)), ""};
}

Finding clock_of(std::chrono::seconds ahead) {
  if (std::chrono::abs(ahead) > most_clock_difference)
    return {
        "clock", Health::missing,
        fmt::format("its clock is {} s {} ours: certificates, leases and one-time passwords depend "
                    "on it",
                    std::chrono::abs(ahead).count(), ahead.count() > 0 ? "ahead of" : "behind"),
        ""};
  return {"clock", Health::ok, fmt::format("{:+} s", ahead.count()), ""};
}

}  // namespace

std::vector<Finding> findings_of(const CasStatus& status, crypto::Time now,
                                 std::chrono::hours certificates_left) {
  std::vector<Finding> result{owner_of(status), database_of(status.health)};
  for (auto& finding : audit_log_of(status.health)) result.push_back(std::move(finding));
  for (const auto& certificate : status.certificates)
    result.push_back(certificate_of(certificate, now, certificates_left));
  if (status.clock_ahead) result.push_back(clock_of(*status.clock_ahead));
  return result;
}

}  // namespace sconectl::action
