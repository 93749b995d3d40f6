#include "cas/audit_chain.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cas {

namespace {

/// More than what one transaction holds: what waits for the disk at the same time.
constexpr std::size_t most_recent = 4096;
constexpr std::size_t most_findings = 100;

/// From the certificate of the signing key to a root; the key hashes of the root that it is from
/// and of those before that have signed it, newest first.
std::vector<std::string> roots_of(const AuditKeyEvent& event) {
  const auto chain = crypto::certificates_from_pem(event.certificate_chain);
  if (chain.empty() ||
      chain.front().public_key() != crypto::PublicKey::from_raw_ed25519(event.signing_key))
    throw diag::Error(diag::ErrorKind::invalid, "the certificate is not one of the signing key");
  // A CAS signs other certificates, too.
  if (chain.front().common_name() != audit_certificate_name)
    throw diag::Error(diag::ErrorKind::invalid, "the certificate is not one for an audit log");
  for (std::size_t i = 0; i + 1 < chain.size(); ++i)
    if (!chain[i + 1].is_ca() || !chain[i].issued_by(chain[i + 1]))
      throw diag::Error(diag::ErrorKind::invalid, "the chain of certificates is broken");
  if (!chain.back().self_signed())
    throw diag::Error(diag::ErrorKind::invalid, "the chain of certificates has no root");
  // The certificates of the signing key and of the software come first.
  std::vector<std::string> roots;
  for (std::size_t i = std::min<std::size_t>(2, chain.size() - 1); i < chain.size(); ++i)
    roots.push_back(crypto::key_hash(chain[i].public_key()));
  return roots;
}

bool contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

bool signature_fits(const AuditRecord& record, const crypto::PublicKey& key) {
  const auto signature = crypto::unhex(record.line->signature);
  return signature && key.verify(audit_signed_text(record.text, *record.line), *signature);
}

void AuditVerifier::Chain::found(AuditFault fault, std::string text) {
  verdict_.fault = std::max(verdict_.fault, fault);
  if (verdict_.findings.size() < most_findings)
    verdict_.findings.push_back(std::move(text));
  else
    ++verdict_.more_findings;
}

void AuditVerifier::Chain::torn_line(std::size_t bytes) {
  found(AuditFault::failed_transaction,
        fmt::format("the file ends in an incomplete line of {} bytes: a transaction was cut short",
                    bytes));
}

void AuditVerifier::Chain::add(const AuditRecord& record) {
  verdict_.bytes += record.text.size() + 1;
  ++verdict_.entries;
  if (!record.line)
    return found(AuditFault::integrity,
                 fmt::format("line {} is no entry of an audit log", verdict_.entries));
  const auto& line = *record.line;
  if (line.signature.empty())
    found(AuditFault::integrity, fmt::format("entry {} is not signed", line.sequence_number));
  if (record.forged)
    found(AuditFault::integrity,
          fmt::format("entry {}: the signature is wrong", line.sequence_number));
  if (record.verified) ++verdict_.signatures_verified;
  if (names_signing_key(line.event)) judge_key(record);
  judge_place(record);
}

/// CC-067.
void AuditVerifier::Chain::judge_key(const AuditRecord& record) {
  const auto number = record.line->sequence_number;
  try {
    const auto event = decode_audit_key_event(record.line->event);
    if (!key_ || key_->raw_ed25519() != event.signing_key)
      return found(AuditFault::other_cas,
                   fmt::format("entry {} names another signing key", number));
    roots_ = roots_of(event);
    const auto& root = roots_.front();
    // What a CAS was before has signed what it is.
    if (!verdict_.cas_key_hash.empty() && !contains(roots_, verdict_.cas_key_hash))
      found(AuditFault::other_cas, fmt::format("entry {} is of another CAS: {}", number, root));
    verdict_.cas_key_hash = root;
    key_shown_by_ = number;
  } catch (const diag::Error& error) {
    found(AuditFault::integrity, fmt::format("entry {}: {}", number, error.text()));
  }
}

std::optional<std::size_t> AuditVerifier::Chain::find(std::string_view signature,
                                                      std::uint64_t number) const {
  if (signature.empty() && number > 0) return std::nullopt;
  for (std::size_t i = recent_.size(); i-- > 0;)
    if (recent_[i].number == number && recent_[i].signature == signature) return i;
  return std::nullopt;
}

void AuditVerifier::Chain::judge_place(const AuditRecord& record) {
  const auto& line = *record.line;
  if (recent_.empty()) {
    judge_first(record);
  } else if (line.predecessor == recent_.back().signature &&
             line.sequence_number == recent_.back().number + 1) {
    judge_digest(record, recent_.back());
  } else if (find(line.signature, line.sequence_number)) {
    ++verdict_.duplicates;
    return;
  } else if (const auto at = find(line.predecessor, line.sequence_number - 1)) {
    judge_fork(record, *at);
  } else {
    judge_gap(record);
  }
  append(record);
}

void AuditVerifier::Chain::judge_first(const AuditRecord& record) {
  const auto& line = *record.line;
  if (options_.predecessor) {
    if (crypto::hex(*options_.predecessor) != line.predecessor)
      found(AuditFault::entries_missing,
            fmt::format("entry {} does not follow the part before", line.sequence_number));
  } else if (line.sequence_number > 1) {
    found(AuditFault::older_entries_missing,
          fmt::format("the log begins with entry {}", line.sequence_number));
  } else if (!line.predecessor.empty() || !line.predecessor_digest.empty()) {
    found(AuditFault::integrity, "entry 1 names an entry before it");
  }
  verdict_.first = line.sequence_number;
  if (verdict_.first == 1) recent_.emplace_back();  // what the first entry follows
}

void AuditVerifier::Chain::judge_digest(const AuditRecord& record, const Known& predecessor) {
  const auto expected =
      predecessor.number == 0 ? "" : crypto::hex(crypto::view(predecessor.digest));
  if (record.line->predecessor_digest == expected) return;
  found(AuditFault::integrity,
        fmt::format("entry {} was changed: it is not the one that entry {} follows",
                    predecessor.number, record.line->sequence_number));
}

/// CC-065: entries of a transaction that failed are followed by others of the same numbers.
void AuditVerifier::Chain::judge_fork(const AuditRecord& record, std::size_t at) {
  verify_head();
  const auto& line = *record.line;
  const auto& base = recent_[at];
  const auto& first_dead = recent_[at + 1];
  const auto& last_dead = recent_.back();
  const auto numbers =
      first_dead.number == last_dead.number
          ? fmt::format("entry {} was", first_dead.number)
          : fmt::format("entries {} to {} were", first_dead.number, last_dead.number);
  const bool one_transaction = first_dead.transaction == first_dead.number &&
                               last_dead.transaction == first_dead.number &&
                               line.transaction == line.sequence_number;
  if (!one_transaction)
    found(AuditFault::rolled_back,
          fmt::format("{} rolled back: the CAS went on from entry {}", numbers, base.number));
  else if (forked_at_ == base.signature)
    found(AuditFault::rollback_not_excluded,
          fmt::format("after entry {} there is more than one transaction that was not stored",
                      base.number));
  else
    found(AuditFault::failed_transaction,
          fmt::format("{} of a transaction that was not stored", numbers));
  forked_at_ = base.signature;
  forget_compared(first_dead.number);
  judge_digest(record, base);
  recent_.erase(recent_.begin() + static_cast<std::ptrdiff_t>(at) + 1, recent_.end());
}

void AuditVerifier::Chain::judge_gap(const AuditRecord& record) {
  verify_head();
  const auto last = recent_.back().number;
  const auto number = record.line->sequence_number;
  found(AuditFault::entries_missing,
        number > last + 1
            ? fmt::format("entries {} to {} are missing", last + 1, number - 1)
            : fmt::format("entry {} stands after entry {} and does not follow any entry here",
                          number, last));
}

/// Signatures are verified where the digests of later entries do not vouch for one.
void AuditVerifier::Chain::verify_head() {
  if (head_verified_ || !key_ || head_text_.empty()) return;
  head_verified_ = true;
  const AuditRecord head{.text = head_text_, .line = parse_audit_line(head_text_)};
  if (!head.line || head.line->signature.empty()) return;
  ++verdict_.signatures_verified;
  if (!signature_fits(head, *key_))
    found(AuditFault::integrity,
          fmt::format("entry {}: the signature is wrong", head.line->sequence_number));
}

void AuditVerifier::Chain::append(const AuditRecord& record) {
  const auto& line = *record.line;
  recent_.push_back(
      {line.sequence_number, line.transaction, std::string(line.signature), record.digest});
  if (recent_.size() > most_recent) recent_.pop_front();
  head_text_.assign(record.text);
  head_verified_ = record.verified || record.forged;
  compare(recent_.back());
}

void AuditVerifier::Chain::compare(const Known& entry) {
  if (!options_.checkpoints) return;
  const auto& known = *options_.checkpoints;
  const auto differs = [&](const AuditCheckpoint& checkpoint) {
    return crypto::hex(checkpoint.signature) != entry.signature;
  };
  auto& next = next_checkpoint_;
  while (next < known.checkpoints.size() &&
         known.checkpoints[next].sequence_number < entry.number) {
    if (known.checkpoints[next].sequence_number > verdict_.first)
      found(AuditFault::entries_missing,
            fmt::format("entry {}, which the CAS remembers, is missing",
                        known.checkpoints[next].sequence_number));
    ++next;
  }
  if (next < known.checkpoints.size() && known.checkpoints[next].sequence_number == entry.number &&
      differs(known.checkpoints[next++]))
    differing_.push_back(entry.number);
  if (!known.latest || known.latest->sequence_number != entry.number) return;
  latest_met_ = !differs(*known.latest);
}

/// Entries of a transaction that failed were compared in the place of the right ones.
void AuditVerifier::Chain::forget_compared(std::uint64_t from) {
  if (!options_.checkpoints) return;
  const auto& known = *options_.checkpoints;
  while (next_checkpoint_ > 0 && known.checkpoints[next_checkpoint_ - 1].sequence_number >= from)
    --next_checkpoint_;
  while (!differing_.empty() && differing_.back() >= from) differing_.pop_back();
  if (known.latest && known.latest->sequence_number >= from) latest_met_ = false;
}

void AuditVerifier::Chain::judge_end(const std::optional<AuditCheckpoints>& now) {
  if (!options_.checkpoints)
    return found(AuditFault::rollback_not_excluded,
                 "there are no checkpoints of the CAS to compare the log with");
  if (!differing_.empty())
    found(AuditFault::rolled_back,
          fmt::format("entry {} is not the one that the CAS remembers", differing_.front()));
  const auto& latest = options_.checkpoints->latest;
  const auto last = recent_.empty() ? 0 : recent_.back().number;
  const auto known = latest ? latest->sequence_number : 0;
  const bool ends_as_told =
      options_.last && !recent_.empty() && crypto::hex(*options_.last) == recent_.back().signature;
  if (last < known) {
    if (!ends_as_told)
      found(AuditFault::recent_entries_missing,
            fmt::format("entries {} to {} are missing at the end", last + 1, known));
  } else if (known > 0 && known >= verdict_.first && !latest_met_) {
    found(AuditFault::rolled_back,
          fmt::format("entry {} is not the one that the CAS remembers", known));
  }
  const auto& after = now ? now->latest : latest;
  const auto present = after ? after->sequence_number : 0;
  if (last <= present) return;
  const auto first_ahead = std::find_if(recent_.begin(), recent_.end(), [&](const Known& entry) {
    return entry.number == present + 1;
  });
  const bool one_transaction = first_ahead != recent_.end() &&
                               first_ahead->transaction == present + 1 &&
                               recent_.back().transaction == present + 1;
  found(one_transaction ? AuditFault::failed_transaction : AuditFault::rolled_back,
        fmt::format("the CAS remembers entry {} as the newest, and the log goes on to {}", present,
                    last));
}

AuditVerdict AuditVerifier::Chain::finish(const std::optional<AuditCheckpoints>& now) {
  verify_head();
  if (options_.last && (recent_.empty() || crypto::hex(*options_.last) != recent_.back().signature))
    found(AuditFault::recent_entries_missing, "the log does not end with the entry of --last");
  judge_end(now);
  if (options_.cas_key_hash && !roots_.empty() && !contains(roots_, *options_.cas_key_hash))
    found(AuditFault::other_cas, fmt::format("entry {} is of CAS {}, not of {}", key_shown_by_,
                                             roots_.front(), *options_.cas_key_hash));
  if (options_.cas_key_hash && verdict_.cas_key_hash.empty() && verdict_.entries > 0 &&
      !options_.signing_key)
    found(AuditFault::other_cas, "no entry shows a certificate of the CAS");
  if (!recent_.empty()) {
    verdict_.last = recent_.back().number;
    verdict_.last_signature = recent_.back().signature;
  }
  if (key_) verdict_.signing_key = crypto::hex(key_->raw_ed25519());
  return std::move(verdict_);
}

}  // namespace sconectl::cas
