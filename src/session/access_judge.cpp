#include "access_judge.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/crypto/certificate_print.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::session {
namespace {

/// Rules in a resolved policy come from parse() or entries_of(), which nest less.
constexpr int deepest_judged = 64;

class Judge {
 public:
  explicit Judge(const Question& question) : question_(question) {}

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
    if (!question_.active.creator)
      return refuse(reasons, at, "CREATOR: this version has no creator recorded", "");
    if (question_.active.creator->signer)
      return signer(question_.active.creator->text, "the creator (signer)", at, reasons);
    return certificate(question_.active.creator->text, "the creator", at, reasons);
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
    if (question_.caller.certificate_hash == entry.hex) return by_tls(grant());
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
      return signer(question_.known(placeholder).text(), "signer", at, reasons);
    } catch (const diag::Error& error) {
      return refuse(reasons, at, fmt::format("{}: {}", placeholder.text(), error.text()), "");
    }
  }

  Verdict judge(const Placeholder& placeholder, const std::string& at,
                std::vector<std::string>& reasons) {
    AccessEntries entries;
    try {
      entries = question_.entries_in(placeholder, !alone_ || depth_ > 1);
    } catch (const diag::Error& error) {
      return refuse(reasons, at, fmt::format("{}: {}", placeholder.text(), error.text()), "");
    }
    return any_of(entries, fmt::format("{} ({})", at, placeholder.text()), reasons);
  }

  Verdict judge(const Require& require, const std::string& at, std::vector<std::string>& reasons) {
    const std::string name = require.at_least
                                 ? fmt::format("require-at-least-{}", *require.at_least)
                                 : std::string("require-all");
    const auto members = members_of(require.members, fmt::format("{}.{}", at, name), question_);
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
    if (question_.caller.tls_key == digest) return by_tls(grant());
    const std::string hash = crypto::key_hash(digest);
    return by_tls(refuse(
        reasons, at,
        fmt::format("{} {}: {}", what, hash,
                    question_.caller.tls_key ? "the caller has another key"
                                             : "the caller presented no TLS client certificate"),
        fmt::format("a TLS client certificate with key hash {}", hash)));
  }

  Verdict signer(const std::string& text, std::string_view what, const std::string& at,
                 std::vector<std::string>& reasons) {
    try {
      const auto key = signer_key(text);
      if (std::find(question_.caller.signers.begin(), question_.caller.signers.end(), key) !=
          question_.caller.signers.end())
        return grant();
      return refuse(
          reasons, at, fmt::format("{} {}: did not sign", what, crypto::key_hash(key)),
          fmt::format("a signature by the signer with key hash {}", crypto::key_hash(key)));
    } catch (const diag::Error& error) {
      return refuse(reasons, at, fmt::format("{} can not be read: {}", what, error.text()), "");
    }
  }

  const Question& question_;
  int depth_ = 0;
  bool alone_ = false;  ///< the list that is judged has one entry
};

}  // namespace

Verdict judged(const Question& question, const AccessEntries& entries, const std::string& at,
               std::vector<std::string>& reasons) {
  return Judge(question).any_of(entries, at, reasons);
}

}  // namespace sconectl::session
