#include "casd/audit/audit_event.hpp"

#include "sconectl/cas/audit_log.hpp"

namespace sconectl::casd {

namespace {

/// Whoever is refused has chosen some of the texts.
constexpr std::size_t longest_text = 1000;

}  // namespace

AuditEvent::AuditEvent(std::string_view type) {
  with("type", type);
}

AuditEvent& AuditEvent::with(std::string_view member, std::string_view value) & {
  const auto most = member == "certificate_chain" ? std::string_view::npos : longest_text;
  if (!value.empty())
    members_.insert_or_assign(std::string(member), cas::audit_text(value.substr(0, most)));
  return *this;
}

AuditEvent& AuditEvent::with(std::string_view member, std::int64_t value) & {
  members_.insert_or_assign(std::string(member), std::to_string(value));
  return *this;
}

AuditEvent& AuditEvent::with(std::string_view member, const std::set<std::string>& values) & {
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "[" : ",") + cas::audit_text(value);
  if (!values.empty()) members_.insert_or_assign(std::string(member), list + ']');
  return *this;
}

AuditEvent& AuditEvent::with(std::string_view member,
                             const std::map<std::string, std::string>& values) & {
  std::string object;
  for (const auto& [name, value] : values)
    object += (object.empty() ? "{" : ",") + cas::audit_text(name) + ':' + cas::audit_text(value);
  if (!values.empty()) members_.insert_or_assign(std::string(member), object + '}');
  return *this;
}

AuditEvent& AuditEvent::about(const StoredSession& version) & {
  with("session", version.name);
  return with("session_hash", version.salted ? std::string_view(version.hash) : "");
}

std::string AuditEvent::text() const {
  std::string result;
  for (const auto& [member, value] : members_) {
    result += result.empty() ? "{\"" : ",\"";
    result += member;
    result += "\":";
    result += value;
  }
  result += '}';
  return result;
}

}  // namespace sconectl::casd
