#include "sconectl/session/access_policy.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "expand.hpp"
#include "sconectl/crypto/certificate_print.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "section_check.hpp"
#include "sections.hpp"

namespace sconectl::session {
namespace {

/// Rules in a resolved policy come from parse() or entries_of(), which nest less.
constexpr int deepest_judged = 64;

std::string short_text(const crypto::PublicKey& key) {
  return crypto::key_hash(key);
}

/// What one entry decides, and what it needs.
struct Verdict {
  bool granted = false;
  std::string needed;  ///< "" if nothing would help
  bool tls = false;    ///< by the TLS identity, of which a request has at most one (SL-271)
};

/// A member of a rule, with its place in the text.
struct Member {
  std::string at;
  AccessEntry entry;
};

class Judge {
 public:
  /// `operation`: the one whose list is judged.
  Judge(const Session& active, Operation operation, const Caller& caller, const Values& values)
      : active_(active), operation_(operation), caller_(caller), values_(values) {}

  /// Any entry suffices (SL-270).
  Verdict any_of(const AccessEntries& entries, const std::string& at,
                 std::vector<std::string>& reasons) {
    Verdict result;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      alone_ = entries.size() == 1;
      const std::string place = fmt::format("{}[{}]", at, i);
      Verdict verdict = one(entries[i], place, reasons);
      if (verdict.granted) return verdict;
      if (!verdict.needed.empty())
        result.needed += (result.needed.empty() ? "" : ", or ") + verdict.needed;
    }
    return result;
  }

 private:
  Verdict one(const AccessEntry& entry, const std::string& at, std::vector<std::string>& reasons) {
    if (depth_ >= deepest_judged) return refuse(reasons, at, "the rules are nested too deeply", "");
    ++depth_;
    Verdict verdict =
        std::visit([&](const auto& rule) { return judge(rule, at, reasons); }, entry.rule);
    --depth_;
    return verdict;
  }

  static Verdict refuse(std::vector<std::string>& reasons, const std::string& at,
                        std::string reason, std::string needed) {
    reasons.push_back(at + ": " + std::move(reason));
    return {false, std::move(needed)};
  }
  static Verdict grant() { return {true, ""}; }
  static Verdict by_tls(Verdict verdict) {
    verdict.tls = true;
    return verdict;
  }

  Verdict judge(Keyword keyword, const std::string& at, std::vector<std::string>& reasons) {
    if (keyword == Keyword::any) return grant();
    if (keyword == Keyword::none) return refuse(reasons, at, "NONE: nobody is allowed", "");
    if (!active_.creator)
      return refuse(reasons, at, "CREATOR: this version has no creator recorded", "");
    if (active_.creator->signer)
      return signer(active_.creator->text, "the creator (signer)", at, reasons);
    return certificate(active_.creator->text, "the creator", at, reasons);
  }

  Verdict judge(const CertificateEntry& entry, const std::string& at,
                std::vector<std::string>& reasons) {
    return certificate(entry.pem, "the certificate", at, reasons);
  }

  Verdict judge(const KeyHashEntry& entry, const std::string& at,
                std::vector<std::string>& reasons) {
    const auto digest = crypto::parse_key_hash(entry.text);
    if (!digest) return refuse(reasons, at, "not a key hash", "");
    return tls_key(*digest, "key hash", at, reasons);
  }

  Verdict judge(const CertificateHashEntry& entry, const std::string& at,
                std::vector<std::string>& reasons) {
    if (caller_.certificate_hash == entry.hex) return by_tls(grant());
    return by_tls(refuse(reasons, at,
                         fmt::format("certificate hash {}: not the caller's", entry.hex),
                         fmt::format("the TLS client certificate with SHA-256 {}", entry.hex)));
  }

  Verdict judge(const SignerEntry& entry, const std::string& at,
                std::vector<std::string>& reasons) {
    if (const auto* text = std::get_if<std::string>(&entry.key))
      return signer(*text, "signer", at, reasons);
    const auto& placeholder = std::get<Placeholder>(entry.key);
    try {
      return signer(known(placeholder).text(), "signer", at, reasons);
    } catch (const diag::Error& error) {
      return refuse(reasons, at, fmt::format("{}: {}", placeholder.text(), error.text()), "");
    }
  }

  Verdict judge(const Placeholder& placeholder, const std::string& at,
                std::vector<std::string>& reasons) {
    AccessEntries entries;
    try {
      entries = entries_in(placeholder, !alone_ || depth_ > 1);
    } catch (const diag::Error& error) {
      return refuse(reasons, at, fmt::format("{}: {}", placeholder.text(), error.text()), "");
    }
    return any_of(entries, fmt::format("{} ({})", at, placeholder.text()), reasons);
  }

  Verdict judge(const Require& require, const std::string& at, std::vector<std::string>& reasons) {
    const std::string name = require.at_least
                                 ? fmt::format("require-at-least-{}", *require.at_least)
                                 : std::string("require-all");
    const auto members = distinct(spliced(require.members, fmt::format("{}.{}", at, name)));
    const std::size_t needed = require.at_least ? *require.at_least : members.size();
    Tally tally;
    std::string missing;
    std::vector<std::string> inner;
    for (const Member& member : members) {
      const Verdict verdict = one(member.entry, member.at, inner);
      tally.add(verdict);
      if (!verdict.granted && !verdict.needed.empty())
        missing += (missing.empty() ? "" : require.at_least ? ", or " : ", and ") + verdict.needed;
    }
    const std::size_t satisfied = tally.satisfied;
    if (needed > 0 && satisfied >= needed) return grant();
    reasons.insert(reasons.end(), inner.begin(), inner.end());
    const bool hopeless = needed == 0 || tally.possible() < needed;
    return refuse(reasons, at,
                  fmt::format("{}: {} of {} needed members agree", name, satisfied, needed),
                  hopeless ? "" : fmt::format("{} more of ({})", needed - satisfied, missing));
  }

  /// What members say, and how many could be satisfied at best.
  struct Tally {
    std::size_t satisfied = 0;
    std::size_t reachable = 0;  ///< not satisfied, but something would help
    bool has_tls = false;
    bool wants_tls = false;

    void add(const Verdict& verdict) {
      if (verdict.granted) {
        ++satisfied;
        has_tls = has_tls || verdict.tls;
      } else if (verdict.tls) {
        wants_tls = wants_tls || !verdict.needed.empty();
      } else if (!verdict.needed.empty()) {
        ++reachable;
      }
    }
    [[nodiscard]] std::size_t possible() const {
      return satisfied + reachable + (wants_tls && !has_tls ? 1 : 0);
    }
  };

  /// The entries that the value of a placeholder stands for; an Error says why there are none.
  AccessEntries entries_in(const Placeholder& placeholder, bool nested) const {
    AccessEntries entries = entries_of(known(placeholder));
    if (auto fault = entries_fault(entries, active_, operation_, nested); !fault.empty())
      throw diag::Error(diag::ErrorKind::invalid, std::move(fault));
    return entries;
  }

  /// The value of a placeholder; an Error says why there is none.
  yaml::Value known(const Placeholder& placeholder) const {
    auto value = values_(placeholder);
    if (!value) throw diag::Error(diag::ErrorKind::not_found, "its value is not known here");
    return *std::move(value);
  }

  /// Members with the lists of fragments in their place; what can not be read stays and fails.
  std::vector<Member> spliced(const AccessEntries& members, const std::string& at) const {
    std::vector<Member> result;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::string place = fmt::format("{}[{}]", at, i);
      const auto* placeholder = std::get_if<Placeholder>(&members[i].rule);
      AccessEntries entries;
      try {
        if (placeholder != nullptr) entries = entries_in(*placeholder, true);
      } catch (const diag::Error&) {  // judged as a member, with the reason
      }
      if (entries.empty()) result.push_back({place, members[i]});
      for (std::size_t k = 0; k < entries.size(); ++k)
        result.push_back(
            {fmt::format("{} ({})[{}]", place, placeholder->text(), k), std::move(entries[k])});
    }
    return result;
  }

  /// The members without those that name an identity again (SL-272).
  std::vector<Member> distinct(std::vector<Member> members) const {
    std::set<std::string> seen;
    std::erase_if(members, [&](const Member& member) {
      const std::string identity = identity_of(member.entry);
      return !identity.empty() && !seen.insert(identity).second;
    });
    return members;
  }

  /// A text that is equal for entries that the same key satisfies; "" for other rules.
  std::string identity_of(const AccessEntry& entry) const {
    try {
      const auto of_certificate = [](const std::string& pem) {
        return "tls " + crypto::key_hash(crypto::certificate_print(pem).key);
      };
      const auto of_signer = [](const std::string& text) {
        return "signer " + crypto::key_hash(signer_key(text));
      };
      if (const auto* certificate = std::get_if<CertificateEntry>(&entry.rule))
        return of_certificate(certificate->pem);
      if (const auto* hash = std::get_if<KeyHashEntry>(&entry.rule)) return "tls " + hash->text;
      if (const auto* rule = std::get_if<SignerEntry>(&entry.rule)) {
        const auto* text = std::get_if<std::string>(&rule->key);
        return of_signer(text != nullptr ? *text : known(std::get<Placeholder>(rule->key)).text());
      }
      const auto* keyword = std::get_if<Keyword>(&entry.rule);
      if (keyword == nullptr || *keyword != Keyword::creator || !active_.creator) return "";
      return active_.creator->signer ? of_signer(active_.creator->text)
                                     : of_certificate(active_.creator->text);
    } catch (const diag::Error&) {
      return "";
    }
  }

  Verdict certificate(const std::string& pem, std::string_view what, const std::string& at,
                      std::vector<std::string>& reasons) {
    try {
      return tls_key(crypto::certificate_print(pem).key, what, at, reasons);
    } catch (const diag::Error& error) {
      return refuse(reasons, at, fmt::format("{} can not be read: {}", what, error.text()), "");
    }
  }

  Verdict tls_key(const crypto::Digest& digest, std::string_view what, const std::string& at,
                  std::vector<std::string>& reasons) {
    if (caller_.tls_key == digest) return by_tls(grant());
    const std::string hash = crypto::key_hash(digest);
    return by_tls(
        refuse(reasons, at,
               fmt::format("{} {}: {}", what, hash,
                           caller_.tls_key ? "the caller has another key"
                                           : "the caller presented no TLS client certificate"),
               fmt::format("a TLS client certificate with key hash {}", hash)));
  }

  Verdict signer(const std::string& text, std::string_view what, const std::string& at,
                 std::vector<std::string>& reasons) {
    try {
      const auto key = signer_key(text);
      if (std::find(caller_.signers.begin(), caller_.signers.end(), key) != caller_.signers.end())
        return grant();
      return refuse(reasons, at, fmt::format("{} {}: did not sign", what, short_text(key)),
                    fmt::format("a signature by the signer with key hash {}", short_text(key)));
    } catch (const diag::Error& error) {
      return refuse(reasons, at, fmt::format("{} can not be read: {}", what, error.text()), "");
    }
  }

  const Session& active_;
  Operation operation_;
  const Caller& caller_;
  const Values& values_;
  int depth_ = 0;
  bool alone_ = false;  ///< the list that is judged has one entry
};

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
  if (policy.list_sessions) return {{Operation::list_sessions, &*policy.list_sessions}, create};
  return {{Operation::read, &policy.read}, create};
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
    Judge judge(active, rule, caller, values);
    const Verdict verdict = judge.any_of(*list, std::string(text::word(rule)), decision.reasons);
    if (verdict.granted) {
      decision.granted = true;
      decision.needed.clear();
      return decision;
    }
    if (!verdict.needed.empty() && decision.needed.find(verdict.needed) == std::string::npos)
      decision.needed += (decision.needed.empty() ? "" : ", or ") + verdict.needed;
  }
  return decision;
}

Decision decide(const Session& active, Operation operation, const Caller& caller) {
  return decide(active, operation, caller, [](const Placeholder&) { return std::nullopt; });
}

}  // namespace sconectl::session
