#include "sconectl/cas/audit_verifier.hpp"

#include <algorithm>
#include <thread>

#include "cas/audit_chain.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cas {

namespace {

/// What is judged at a time, by all threads together.
constexpr std::size_t block_bytes = std::size_t{4} << 20U;
/// No entry is longer: an event holds at most names of a few hundred secrets.
constexpr std::size_t longest_line = std::size_t{1} << 20U;

std::vector<AuditRecord> split_lines(std::string_view text) {
  std::vector<AuditRecord> records;
  while (!text.empty()) {
    const auto end = text.find('\n');
    records.push_back({.text = text.substr(0, end), .line = {}});
    text.remove_prefix(end + 1);
  }
  return records;
}

void look_at(AuditRecord& record, const std::optional<crypto::PublicKey>& key, bool every) {
  record.digest = crypto::sha256(record.text);
  record.line = parse_audit_line(record.text);
  if (!key || !record.line || record.line->signature.empty()) return;
  const bool anchor = record.line->sequence_number % entries_per_checkpoint == 0;
  if (!every && !anchor && !names_signing_key(record.line->event)) return;
  record.verified = signature_fits(record, *key);
  record.forged = !record.verified;
}

void look_at_all(std::vector<AuditRecord>& records, const std::optional<crypto::PublicKey>& key,
                 const AuditVerifierOptions& options) {
  const auto threads = std::max<std::size_t>(1, std::min(options.threads, records.size() / 64));
  const auto share = (records.size() + threads - 1) / threads;
  std::vector<std::thread> others;
  const auto look_at_share = [&](std::size_t number) {
    const auto end = std::min(records.size(), (number + 1) * share);
    for (auto i = number * share; i < end; ++i) look_at(records[i], key, options.every_signature);
  };
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(look_at_share, i);
  look_at_share(0);
  for (auto& other : others) other.join();
}

/// The first key that is named; whether it is the right one is judged with its entry.
std::optional<crypto::PublicKey> named_key(const std::vector<AuditRecord>& records) {
  for (const auto& record : records) {
    if (!names_signing_key(record.text)) continue;
    const auto line = parse_audit_line(record.text);
    if (!line || !names_signing_key(line->event)) continue;
    try {
      return crypto::PublicKey::from_raw_ed25519(decode_audit_key_event(line->event).signing_key);
    } catch (const diag::Error&) {  // told when its entry is judged
    }
  }
  return std::nullopt;
}

}  // namespace

AuditVerifier::AuditVerifier(AuditVerifierOptions options)
    : options_(std::move(options)), chain_(std::make_unique<Chain>(options_)) {
  if (options_.signing_key)
    chain_->use_key(crypto::PublicKey::from_raw_ed25519(*options_.signing_key));
}

AuditVerifier::~AuditVerifier() = default;

void AuditVerifier::add(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= block_bytes) judge_lines();
}

/// All complete lines.
void AuditVerifier::judge_lines() {
  const auto end = buffer_.rfind('\n');
  if (end == std::string::npos) {
    if (buffer_.size() <= longest_line) return;
    buffer_.clear();
    return chain_->found(AuditFault::integrity, "there is a line that is too long for an entry");
  }
  auto records = split_lines(std::string_view(buffer_).substr(0, end + 1));
  if (options_.print)
    for (const auto& record : records) options_.print(record.text);
  if (!chain_->key()) {
    if (const auto key = named_key(records))
      chain_->use_key(*key);
    else
      chain_->found(AuditFault::other_cas,
                    "no entry at the beginning names the signing key: give --signing-key");
  }
  look_at_all(records, chain_->key(), options_);
  for (const auto& record : records) chain_->add(record);
  buffer_.erase(0, end + 1);
}

void AuditVerifier::end_of_file() {
  judge_lines();
  if (!buffer_.empty()) chain_->torn_line(buffer_.size());
  buffer_.clear();
}

AuditVerdict AuditVerifier::finish(const std::optional<AuditCheckpoints>& now) {
  end_of_file();
  return chain_->finish(now);
}

}  // namespace sconectl::cas
