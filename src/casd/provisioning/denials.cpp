#include "casd/provisioning/denials.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::casd {

namespace {

using session::Tolerance;

/// What a session accepts that has the word.
std::string_view meaning(Tolerance word) {
  switch (word) {
    case Tolerance::debug_mode:
      return "whoever runs the machine can read the memory of an enclave in debug mode";
    case Tolerance::hyperthreading:
      return "a program on the other thread of a core may learn what the enclave computes";
    case Tolerance::insecure_igpu:
      return "the graphics unit of the processor may learn what the enclave computes";
    case Tolerance::software_hardening_needed:
      return "an enclave that was not built with the hardening for its processor may leak";
    case Tolerance::aepic_leak:
      return "whoever runs the machine may read registers of the enclave (AEPIC leak)";
    case Tolerance::insecure_configuration:
      return "machines whose firmware is not set up as their manufacturer demands";
    case Tolerance::outdated_tcb:
      return "machines without the newest updates, whose faults are publicly known";
    case Tolerance::maa_managed_tcb:
      return "machines in whatever state the attester accepts";
    case Tolerance::local_attestation_trust_cas_tcb:
      return "the machine of the CAS vouches for what runs beside it";
  }
  return "";
}

void cut(cas::DenialInfo& denial) {
  const auto cut_text = [](std::string& text) {
    text = diag::shortened(std::move(text), diag::Diagnostics::longest_text);
  };
  cut_text(denial.service);
  for (auto& reason : denial.reasons)
    for (auto* text : {&reason.text, &reason.change, &reason.weakens}) cut_text(*text);
}

std::size_t size_of(const cas::DenialInfo& denial) {
  std::size_t size = sizeof(denial) + denial.session.size() + denial.service.size();
  for (const auto& reason : denial.reasons)
    size += sizeof(reason) + reason.text.size() + reason.change.size() + reason.weakens.size();
  return size;
}

}  // namespace

EvidenceRefused::EvidenceRefused(std::vector<cas::DenialReason> reasons)
    : Error(diag::ErrorKind::refused, std::string(cas::message::enclave_properties)),
      reasons_(std::move(reasons)) {}

cas::DenialReason reason_of(const attest::Objection& objection, const std::string& variant) {
  cas::DenialReason reason{objection.text, "", ""};
  if (!objection.words.empty()) {
    std::vector<std::string_view> words;
    for (const Tolerance word : objection.words) {
      words.push_back(text::word(word));
      reason.weakens.append(reason.weakens.empty() ? "" : "; ").append(meaning(word));
    }
    reason.change = fmt::format("add to security.attestation.tolerate: {}", fmt::join(words, ", "));
  } else if (!objection.advisories.empty()) {
    reason.change = fmt::format("add to security.attestation.ignore_advisories: {}",
                                fmt::join(objection.advisories, ", "));
    reason.weakens = "machines on which these faults can be used";
  } else if (!objection.platform.empty()) {
    reason.change = "add to the platforms of the service: " + objection.platform;
    reason.weakens = "this machine, too, whoever runs it";
  } else if (objection.of_variant && !variant.empty()) {
    reason.change = "if this is the program that you built, its service has to say:\n" + variant;
  }
  return reason;
}

std::string Denials::make_id() {
  return crypto::hex(crypto::random_bytes(cas::denial_id_bytes).view());
}

void Denials::note(cas::DenialInfo denial) {
  cut(denial);
  const std::scoped_lock lock(mutex_);
  const auto found = by_name_.find(denial.session);
  if (found != by_name_.end()) {
    sessions_.splice(sessions_.end(), sessions_, found->second);
  } else {
    sessions_.push_back({denial.session, {}});
    by_name_.emplace(denial.session, std::prev(sessions_.end()));
  }
  auto& session = sessions_.back();
  bytes_ += size_of(denial);
  session.denials.push_back(std::move(denial));
  if (session.denials.size() > most_of_session) remove_oldest(session);
  make_room();
}

void Denials::remove_oldest(Session& session) {
  bytes_ -= size_of(session.denials.front());
  session.denials.pop_front();
}

/// Of the session that was refused longest ago.
void Denials::make_room() {
  while (sessions_.size() > most_sessions || bytes_ > most_bytes) {
    auto& session = sessions_.front();
    remove_oldest(session);
    if (!session.denials.empty() && sessions_.size() <= most_sessions) continue;
    while (!session.denials.empty()) remove_oldest(session);
    by_name_.erase(session.name);
    sessions_.pop_front();
  }
}

void Denials::forget(const std::string& session) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_name_.find(session);
  if (found == by_name_.end()) return;
  while (!found->second->denials.empty()) remove_oldest(*found->second);
  sessions_.erase(found->second);
  by_name_.erase(found);
}

void Denials::forget_reasons(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  for (auto& session : sessions_) {
    if (session.name != name && !session.name.starts_with(name + "/")) continue;
    for (auto& denial : session.denials) {
      bytes_ -= size_of(denial);
      denial.reasons = {{"the reasons were forgotten when the namespace was locked", "", ""}};
      bytes_ += size_of(denial);
    }
  }
}

std::size_t Denials::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

std::optional<cas::DenialInfo> Denials::find(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& session : sessions_)
    for (const auto& denial : session.denials)
      if (denial.id == id) return denial;
  return std::nullopt;
}

}  // namespace sconectl::casd
