// Rules of an access policy (SL-254 to SL-285), for the section of the document and for a resolved
// one.
#include <fmt/core.h>

#include <algorithm>

#include "check_parts.hpp"
#include "sconectl/session/access_policy.hpp"
#include "sconectl/session/resolve.hpp"
#include "section_check.hpp"

namespace sconectl::session {
namespace {

constexpr int deepest_checked = 32;

bool is_keyword(const AccessEntry& entry, Keyword keyword) {
  const auto* found = std::get_if<Keyword>(&entry.rule);
  return found != nullptr && *found == keyword;
}

bool has_placeholder(const AccessEntries& entries) {
  return std::any_of(entries.begin(), entries.end(), [](const AccessEntry& entry) {
    return std::holds_alternative<Placeholder>(entry.rule);
  });
}

struct Walk {
  const Session& session;
  diag::Diagnostics& out;
  std::string operation;
  bool writing;  // update, create_sessions

  void error(const AccessEntry& entry, std::string_view text) const {
    out.error(entry.place.at, fmt::format("access_policy.{}: {}", operation, text));
  }
  void list(const AccessEntries& entries, bool nested, int depth) const;
  void require(const AccessEntry& entry, const Require& rule, int depth) const;
};

void Walk::require(const AccessEntry& entry, const Require& rule, int depth) const {
  if (!writing) error(entry, "'require-…' is possible for update and create_sessions only");
  if (depth > deepest_checked) return error(entry, "the rules are nested too deeply");
  if (rule.members.empty())
    error(entry, "a 'require-…' has no members: nobody could ever satisfy it");
  else if (rule.at_least && *rule.at_least == 0)
    error(entry, "the number after 'require-at-least-' must be 1 or more");
  else if (rule.at_least && *rule.at_least > rule.members.size() && !has_placeholder(rule.members))
    error(entry, fmt::format("'require-at-least-{}' has only {} members", *rule.at_least,
                             rule.members.size()));
  list(rule.members, true, depth + 1);
}

void Walk::list(const AccessEntries& entries, bool nested, int depth) const {
  for (const AccessEntry& entry : entries) {
    const bool alone = is_keyword(entry, Keyword::any) || is_keyword(entry, Keyword::none);
    if (alone && (nested || entries.size() > 1))
      error(entry,
            fmt::format("{} must be the only entry", text::word(std::get<Keyword>(entry.rule))));
    if (std::holds_alternative<SignerEntry>(entry.rule) && !writing)
      error(entry, "a signer can not read: reading has no signature; name a TLS identity");
    if (is_keyword(entry, Keyword::creator) && !writing && session.creator &&
        session.creator->signer)
      error(entry, "CREATOR is a signer, which can not read; set 'read' explicitly");
    if (const auto* rule = std::get_if<Require>(&entry.rule)) require(entry, *rule, depth);
  }
}

void check_operation(const Session& session, Operation operation, const AccessEntries& entries,
                     diag::Diagnostics& out) {
  const bool writing = operation == Operation::update || operation == Operation::create_sessions;
  if (entries.empty() && !session.place.unread)
    out.error(session.place.at,
              fmt::format("access_policy.{} is an empty list; write NONE to allow nobody",
                          text::word(operation)));
  Walk{session, out, std::string(text::word(operation)), writing}.list(entries, false, 0);
}

}  // namespace

std::string entries_fault(const AccessEntries& entries, const Session& session, Operation operation,
                          bool nested) {
  const bool writing = operation == Operation::update || operation == Operation::create_sessions;
  diag::Diagnostics out;
  Walk{session, out, std::string(text::word(operation)), writing}.list(entries, nested, 0);
  for (const auto& found : out.all())
    if (found.severity == diag::Severity::error) return found.text;
  return "";
}

void check_access_policy(const AccessPolicy& policy, const Session& session,
                         diag::Diagnostics& out) {
  check_operation(session, Operation::read, policy.read, out);
  check_operation(session, Operation::update, policy.update, out);
  if (policy.create_sessions)
    check_operation(session, Operation::create_sessions, *policy.create_sessions, out);
  if (policy.list_sessions)
    check_operation(session, Operation::list_sessions, *policy.list_sessions, out);
  if (!session.legacy()) return;
  const auto may_read = [&](const AccessEntry& entry) {
    return is_keyword(entry, Keyword::none) ||
           std::find(policy.read.begin(), policy.read.end(), entry) != policy.read.end() ||
           (!policy.read.empty() && is_keyword(policy.read.front(), Keyword::any));
  };
  for (const AccessEntry& entry : policy.update)
    if (!may_read(entry))
      out.warning(entry.place.at,
                  "access_policy.update: who may update should also be in 'read' "
                  "(a rule of version 0.2)");
}

}  // namespace sconectl::session
