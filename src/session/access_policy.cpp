#include "sconectl/session/access_policy.hpp"

#include <fmt/core.h>

#include "access_judge.hpp"
#include "expand.hpp"
#include "sconectl/diag/error.hpp"
#include "section_check.hpp"
#include "sections.hpp"

namespace sconectl::session {
namespace {

/// The lists that grant an operation, with the operation whose list each is (SL-256, SL-257).
std::vector<std::pair<Operation, const AccessEntries*>> granting(const AccessPolicy& policy,
                                                                 Operation operation) {
  const std::pair<Operation, const AccessEntries*> create =
      policy.create_sessions ? std::pair(Operation::create_sessions, &*policy.create_sessions)
                             : std::pair(Operation::update, &policy.update);
  switch (operation) {
    case Operation::read:
      return {{Operation::read, &policy.read}};
    case Operation::update:
      return {{Operation::update, &policy.update}};
    case Operation::create_sessions:
      return {create};
    case Operation::list_sessions:
      break;
  }
  const std::pair<Operation, const AccessEntries*> list =
      policy.list_sessions ? std::pair(Operation::list_sessions, &*policy.list_sessions)
                           : std::pair(Operation::read, &policy.read);
  return {list, create};
}

constexpr const char* any_identity = "any TLS client certificate";

/// Who may create may list; but without an identity nobody creates anything, whatever the policy
/// says (RA-014).
bool lists_as_nobody(Operation operation, Operation rule, const Caller& caller) {
  return operation == Operation::list_sessions && caller.anonymous() &&
         (rule == Operation::create_sessions || rule == Operation::update);
}

/// A whole policy that stands in a secret.
AccessPolicy policy_of(const Session& active, const std::optional<yaml::Value>& value) {
  if (!value) throw diag::Error(diag::ErrorKind::not_found, "its value is not known here");
  if (holds_placeholder(*value))
    throw diag::Error(diag::ErrorKind::invalid,
                      "its value holds a placeholder itself, which is not replaced again");
  diag::Diagnostics out;
  Context context{.out = out, .hide_values = true};
  auto policy = read_access_policy(*value, "access_policy", context).value_or(AccessPolicy{});
  if (!out.has_errors()) check_access_policy(policy, active, out);
  out.throw_if_errors();
  return policy;
}

std::string refusal_text(Operation operation, const std::string& name) {
  switch (operation) {
    case Operation::read:
      return fmt::format("no permission to read session '{}'", name);
    case Operation::update:
      return fmt::format("no permission to update session '{}'", name);
    case Operation::create_sessions:
      return fmt::format("no permission to create sessions in namespace '{}'", name);
    case Operation::list_sessions:
      break;
  }
  return fmt::format("no permission to list the sessions in namespace '{}'", name);
}

}  // namespace

Decision decide(const Session& active, Operation operation, const Caller& caller,
                const Values& values) {
  Decision decision;
  decision.refusal = refusal_text(operation, active.name);
  AccessPolicy resolved;
  const auto* effective = std::get_if<AccessPolicy>(&active.access_policy);
  if (effective == nullptr) {
    const auto& placeholder = std::get<Placeholder>(active.access_policy);
    try {
      resolved = policy_of(active, values(placeholder));
      effective = &resolved;
    } catch (const diag::Error& error) {
      decision.reasons.push_back(
          fmt::format("access_policy: {}: {}", placeholder.text(), error.text()));
      return decision;
    }
  }
  for (const auto& [rule, list] : granting(*effective, operation)) {
    const Verdict verdict = judged({active, rule, caller, values}, *list,
                                   std::string(text::word(rule)), decision.reasons);
    if (verdict.granted && !lists_as_nobody(operation, rule, caller)) {
      decision.granted = true;
      decision.needed.clear();
      return decision;
    }
    if (verdict.granted) decision.needed = any_identity;
    if (!verdict.needed.empty() && decision.needed.find(verdict.needed) == std::string::npos)
      decision.needed += (decision.needed.empty() ? "" : ", or ") + verdict.needed;
  }
  return decision;
}

Decision decide(const Session& active, Operation operation, const Caller& caller) {
  return decide(active, operation, caller, [](const Placeholder&) { return std::nullopt; });
}

}  // namespace sconectl::session
