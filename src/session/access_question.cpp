#include "access_question.hpp"

#include <fmt/core.h>

#include <set>

#include "sconectl/crypto/certificate_print.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "section_check.hpp"

namespace sconectl::session {
namespace {

/// Members with the lists of fragments in their place; what can not be read stays and fails.
std::vector<Member> spliced(const AccessEntries& members, const std::string& at,
                            const Question& question) {
  std::vector<Member> result;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", at, i);
    const auto* placeholder = std::get_if<Placeholder>(&members[i].rule);
    AccessEntries entries;
    try {
      if (placeholder != nullptr) entries = question.entries_in(*placeholder, true);
    } catch (const diag::Error&) {  // judged as a member, with the reason
    }
    if (entries.empty()) result.push_back({place, members[i]});
    for (std::size_t k = 0; k < entries.size(); ++k)
      result.push_back(
          {fmt::format("{} ({})[{}]", place, placeholder->text(), k), std::move(entries[k])});
  }
  return result;
}

/// A text that is equal for entries that the same key satisfies; "" for other rules.
std::string identity_of(const AccessEntry& entry, const Question& question) {
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
      return of_signer(text != nullptr ? *text
                                       : question.known(std::get<Placeholder>(rule->key)).text());
    }
    const auto* keyword = std::get_if<Keyword>(&entry.rule);
    if (keyword == nullptr || *keyword != Keyword::creator || !question.active.creator) return "";
    return question.active.creator->signer ? of_signer(question.active.creator->text)
                                           : of_certificate(question.active.creator->text);
  } catch (const diag::Error&) {
    return "";
  }
}

/// The members without those that name an identity again (SL-272).
std::vector<Member> distinct(std::vector<Member> members, const Question& question) {
  std::set<std::string> seen;
  std::erase_if(members, [&](const Member& member) {
    const std::string identity = identity_of(member.entry, question);
    return !identity.empty() && !seen.insert(identity).second;
  });
  return members;
}

}  // namespace

yaml::Value Question::known(const Placeholder& placeholder) const {
  auto value = values(placeholder);
  if (!value) throw diag::Error(diag::ErrorKind::not_found, "its value is not known here");
  return *std::move(value);
}

AccessEntries Question::entries_in(const Placeholder& placeholder, bool nested) const {
  AccessEntries entries = entries_of(known(placeholder));
  if (auto fault = entries_fault(entries, active, operation, nested); !fault.empty())
    throw diag::Error(diag::ErrorKind::invalid, std::move(fault));
  return entries;
}

std::vector<Member> members_of(const AccessEntries& entries, const std::string& at,
                               const Question& question) {
  return distinct(spliced(entries, at, question), question);
}

}  // namespace sconectl::session
