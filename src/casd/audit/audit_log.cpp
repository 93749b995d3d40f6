#include "casd/audit/audit_log.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <utility>

#include "casd/log/event.hpp"
#include "casd/store/fields.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::casd {

namespace {

constexpr std::string_view audit_key_fact = "audit-log-key";
constexpr const char* newest_subject = "audit-log";
constexpr const char* off_subject = "audit-log-off";

std::string page_subject(std::uint64_t page) {
  return "audit-log-checkpoints:" + std::to_string(page);
}

/// Numbers of checkpoints begin with that of the first one.
std::uint64_t page_of(std::uint64_t number) {
  return (number / cas::entries_per_checkpoint - 1) / cas::most_checkpoints_in_answer;
}

std::string timestamp(const host::Clock& clock) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(clock.now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (now - seconds).count());
}

std::vector<cas::AuditCheckpoint> decode_page(const std::optional<crypto::Secret>& stored) {
  std::vector<cas::AuditCheckpoint> page;
  if (!stored) return page;
  const auto fields = split_fields(stored->view());
  for (std::size_t at = 0; at + 1 < fields.size(); at += 2)
    page.push_back(
        {text::number<std::uint64_t>(fields[at]).value_or(0), std::string(fields[at + 1])});
  return page;
}

std::string encode_page(const std::vector<cas::AuditCheckpoint>& page) {
  std::string result;
  for (const auto& checkpoint : page)
    result +=
        join_fields({std::to_string(checkpoint.sequence_number), checkpoint.signature}).view();
  return result;
}

cas::AuditPredecessor decode_newest(const std::optional<crypto::Secret>& stored) {
  if (!stored) return {};
  const auto fields = split_fields(stored->view(), 3);
  return {text::number<std::uint64_t>(fields[0]).value_or(0), std::string(fields[1]),
          std::string(fields[2])};
}

}  // namespace

AuditLog::AuditLog(const Parts& parts, const StartPermission& permission,
                   const AuditOptions& options)
    : store_(parts.store),
      http_(parts.http),
      clock_(parts.clock),
      log_(parts.log),
      signs_(options.mode == AuditMode::signed_entries),
      required_(options.required),
      patience_(options.patience) {
  if (options.mode == AuditMode::disabled) {
    remember_that_it_is_off(permission);
    return;
  }
  load_key(permission);
  certify(parts.identity);
  open_sinks(options);
  to_tell_.push_back(key_event("cas_started").text());
  store_.set_journal(this);
  try {
    // Of a large store not all is verified yet: then it is told with the first entry.
    if (store_.verified()) store_.note({""});
  } catch (...) {
    store_.set_journal(nullptr);
    throw;
  }
}

AuditLog::~AuditLog() {
  if (!on()) return;
  try {
    if (store_.verified()) note(AuditEvent("cas_exited"));
  } catch (const std::exception&) {
    log_event(log_, Severity::error, "the end of the CAS is not in the audit log");
  }
  store_.set_journal(nullptr);
}

void AuditLog::load_key(const StartPermission& permission) {
  const std::string fact(audit_key_fact);
  if (const auto stored = store_.fact(fact)) {
    key_ = crypto::PrivateKey::from_ed25519_seed(stored->view());
  } else {
    key_ = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
    store_.keep_fact(permission, fact, key_->ed25519_seed().view());
  }
  signer_.emplace(*key_);
}

void AuditLog::open_sinks(const AuditOptions& options) {
  std::vector<std::unique_ptr<AuditSink>> sinks;
  for (const auto& file : options.files) sinks.push_back(audit_file(file));
  if (!options.servers.empty() && http_ == nullptr)
    throw diag::Error(diag::ErrorKind::invalid,
                      "this CAS has no way to the server of the audit log");
  for (const auto& server : options.servers) sinks.push_back(audit_server(server, *http_));
  if (sinks.empty())
    throw diag::Error(diag::ErrorKind::invalid,
                      "the audit log is on and has neither a file nor a server to go to");
  queues_ = std::make_unique<SinkQueues>(
      std::move(sinks), options.buffer_bytes,
      [this](const std::string& sink, const std::string& reason) {
        if (reason.empty())
          log_event(log_, Severity::info, "the audit log is written again", {{"sink", sink}});
        else
          log_event(log_, Severity::error, "THE AUDIT LOG CAN NOT BE WRITTEN",
                    {{"sink", sink}, {"reason", reason}});
      });
}

/// Otherwise nobody could see that the CAS has run without a log.
void AuditLog::remember_that_it_is_off(const StartPermission& permission) {
  if (!store_.fact(std::string(audit_key_fact))) return;
  store_.change_state(StatePermission(SessionWritePermission(permission)), "/", off_subject,
                      [this](std::optional<std::string_view> stored) {
                        return stored ? std::nullopt
                                      : std::optional(crypto::Secret(timestamp(clock_)));
                      });
}

Notes AuditLog::notes(const AuditEvent& event) const {
  return on() ? Notes{event.text()} : Notes();
}

void AuditLog::note(const AuditEvent& event) {
  if (on()) store_.note({event.text()});
}

void AuditLog::note_refusal(const AuditEvent& event) {
  if (!on()) return;
  {
    const std::lock_guard lock(refusals_mutex_);
    const auto now = clock_.steady();
    if (now - refusals_since_ >= std::chrono::seconds(1)) {
      refusals_since_ = now;
      refusals_ = 0;
    }
    if (++refusals_ > most_refusals) {
      ++refusals_not_listed_;
      return;
    }
  }
  note(event);
}

void AuditLog::certify(const Identity& identity) {
  if (!key_) return;
  crypto::CertificateProfile profile;
  profile.common_name = cas::audit_certificate_name;
  profile.not_before =
      std::chrono::time_point_cast<std::chrono::seconds>(clock_.now()) - crypto::slow_clocks;
  const auto above = identity.shown_chain_pem();
  const auto issuer = crypto::Certificate::from_pem(above);
  const auto key = identity.authority_key(store_, Authority::software);
  auto chain = crypto::issue(profile, key_->public_key(), key, &issuer).pem() + above;
  const std::lock_guard lock(certificate_mutex_);
  certificate_chain_ = std::move(chain);
}

void AuditLog::tell_key(std::string_view why) {
  if (!on()) return;
  auto event = key_event("audit_log_enabled");
  event.with("reason", why);
  note(event);
}

void AuditLog::begin_anew_if_asked() {
  if (on()) store_.note({""});
}

SinkQueues::Counts AuditLog::counts() const {
  return on() ? queues_->counts() : SinkQueues::Counts{};
}

AuditEvent AuditLog::key_event(std::string_view type) const {
  const std::lock_guard lock(certificate_mutex_);
  AuditEvent event(type);
  event.with("signing_key", crypto::hex(key_->public_key().raw_ed25519()))
      .with("certificate_chain", certificate_chain_)
      .with("mode", text::word(signs_ ? AuditMode::signed_entries : AuditMode::unsigned_entries));
  return event;
}

void AuditLog::load_position() {
  // Others that share the database continue the same chain, each in a transaction of its own.
  if (loaded_ && !store_.has_others()) return;
  stored_.newest = decode_newest(store_.state("/", newest_subject));
  if (loaded_) return;
  const auto off = store_.state("/", off_subject);
  was_off_ = off.has_value();
  loaded_ = true;
  if (stored_.newest.sequence_number > 0 && !off) return;
  auto event = key_event("audit_log_enabled");
  if (off) event.with("disabled_since", off->view());
  to_tell_.insert(to_tell_.begin(), event.text());
}

void AuditLog::collect_what_is_to_tell() {
  if (queues_->begin_anew_if_asked()) {
    auto event = key_event("audit_log_enabled");
    event.with("reason", "a file was begun anew");
    to_tell_.push_back(event.text());
  }
  for (const auto& lost : queues_->lost()) {
    AuditEvent event("audit_log_entries_lost");
    event.with("sink", lost.sink)
        .with("first_sequence_number", static_cast<std::int64_t>(lost.first))
        .with("last_sequence_number", static_cast<std::int64_t>(lost.last));
    to_tell_.push_back(event.text());
  }
  const std::lock_guard lock(refusals_mutex_);
  if (refusals_not_listed_ == 0) return;
  AuditEvent event("refusals_not_listed");
  event.with("count", std::exchange(refusals_not_listed_, 0));
  to_tell_.push_back(event.text());
}

std::vector<AuditText> AuditLog::chained(const Notes& events) {
  std::vector<AuditText> lines;
  const auto transaction = stored_.newest.sequence_number + 1;
  auto& newest = staged_.newest;
  for (const auto& event : events) {
    const cas::AuditEntry entry{.sequence_number = newest.sequence_number + 1,
                                .timestamp = timestamp(clock_),
                                .event = event,
                                .predecessor = newest,
                                .transaction = transaction};
    const auto signature = signs_ ? signer_->sign(cas::audit_signed_text(entry)) : std::string();
    lines.push_back({entry.sequence_number, cas::audit_line(entry, signature)});
    newest = {entry.sequence_number, signature,
              std::string(crypto::view(crypto::sha256(lines.back().line)))};
    if (entry.sequence_number % cas::entries_per_checkpoint == 0) keep_checkpoint();
  }
  return lines;
}

void AuditLog::keep_checkpoint() {
  const auto& newest = staged_.newest;
  const auto page = page_of(newest.sequence_number);
  auto found = staged_.pages.find(page);
  if (found == staged_.pages.end())
    found = staged_.pages.emplace(page, decode_page(store_.state("/", page_subject(page)))).first;
  found->second.push_back({newest.sequence_number, newest.signature});
}

std::vector<Journal::State> AuditLog::states() const {
  std::vector<State> result;
  const auto& newest = staged_.newest;
  result.push_back({newest_subject, std::string(join_fields({std::to_string(newest.sequence_number),
                                                             newest.signature, newest.digest})
                                                    .view())});
  for (const auto& [page, checkpoints] : staged_.pages)
    result.push_back({page_subject(page), encode_page(checkpoints)});
  if (was_off_) result.push_back({off_subject, ""});
  return result;
}

std::vector<Journal::State> AuditLog::tell(const Notes& notes) {
  load_position();
  collect_what_is_to_tell();
  Notes events = to_tell_;
  for (const auto& note : notes)
    if (!note.empty()) events.push_back(note);
  if (events.empty()) return {};
  staged_ = {stored_.newest, {}};
  told_ = true;
  queues_->put(chained(events));
  if (!queues_->taken_by_one(patience_, required_) && required_)
    throw diag::Error(diag::ErrorKind::unavailable,
                      "the audit log takes no entries, and nothing is done without one");
  return states();
}

void AuditLog::ended(bool stored) noexcept {
  if (!std::exchange(told_, false)) return;
  if (!stored) return queues_->take_back(stored_.newest.sequence_number + 1);
  stored_ = {staged_.newest, {}};
  to_tell_.clear();
  was_off_ = false;
  sequence_number_ = stored_.newest.sequence_number;
}

cas::AuditCheckpoints AuditLog::checkpoints(std::uint64_t least, std::uint64_t most) const {
  cas::AuditCheckpoints result;
  const auto newest = decode_newest(store_.state("/", newest_subject));
  if (newest.sequence_number == 0) return result;
  result.latest = {newest.sequence_number, newest.signature};
  least = std::max(least, cas::entries_per_checkpoint);
  most = std::min(most, newest.sequence_number);
  if (most < least) return result;
  for (auto page = page_of(least); page <= page_of(most); ++page) {
    for (const auto& checkpoint : decode_page(store_.state("/", page_subject(page)))) {
      if (checkpoint.sequence_number < least || checkpoint.sequence_number > most) continue;
      if (result.checkpoints.size() == cas::most_checkpoints_in_answer) return result;
      result.checkpoints.push_back(checkpoint);
    }
  }
  return result;
}

}  // namespace sconectl::casd
