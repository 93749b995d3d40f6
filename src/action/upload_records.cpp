#include "action/upload_records.hpp"

#include <fmt/core.h>

#include "action/status_text.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::action {
namespace {

using std::chrono::sys_days;

constexpr std::size_t most_uploads_remembered = 10'000;
constexpr std::size_t upload_digest_digits = 64;
constexpr std::chrono::days kept_for{30};
constexpr std::chrono::hours between_prunings{1};

/// An entry as it stands there: "HASH", or "HASH YYYY-MM-DD" since no object has it.
struct Entry {
  std::string hash;
  std::optional<sys_days> unused_since;
};

std::optional<sys_days> parsed_day(std::string_view text) {
  const auto parts = text::split(text, '-');
  if (parts.size() != 3) return std::nullopt;
  const auto year = text::number<std::uint16_t>(parts[0]);
  const auto month = text::number<std::uint8_t>(parts[1]);
  const auto day = text::number<std::uint8_t>(parts[2]);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{*month},
                                         std::chrono::day{*day}};
  return date.ok() ? std::optional(sys_days{date}) : std::nullopt;
}

std::optional<Entry> parsed_entry(const std::string& digest, const std::string& value) {
  const auto [hash, day] = text::cut(value, ' ');
  if (!text::is_hex(digest, upload_digest_digits) || !text::is_hex(hash, upload_digest_digits))
    return std::nullopt;
  Entry entry{std::string(hash), std::nullopt};
  if (day) entry.unused_since = parsed_day(*day);
  if (day && !entry.unused_since) return std::nullopt;
  return entry;
}

}  // namespace

std::map<std::string, std::optional<std::string>> pruned(
    const std::map<std::string, std::string>& entries, const std::set<std::string>& in_use,
    sys_days today) {
  std::map<std::string, std::optional<std::string>> changes;
  for (const auto& [digest, value] : entries) {
    const auto entry = parsed_entry(digest, value);
    if (!entry) continue;
    if (in_use.contains(digest)) {
      if (entry->unused_since) changes[digest] = entry->hash;
    } else if (!entry->unused_since || *entry->unused_since > today) {
      changes[digest] =
          fmt::format("{} {}", entry->hash,
                      text::rfc3339(std::chrono::floor<std::chrono::seconds>(today)).substr(0, 10));
    } else if (today - *entry->unused_since >= kept_for) {
      changes[digest] = std::nullopt;
    }
  }
  return changes;
}

void UploadRecords::load() {
  if (loaded_ || records_ == nullptr) return;
  try {
    for (const auto& [digest, value] : records_->load())
      if (const auto entry = parsed_entry(digest, value))
        uploaded_.insert_or_assign(digest, entry->hash);
    loaded_ = true;
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::unavailable) throw;  // the server is away
    go_on_without(error);
  }
}

std::optional<std::string> UploadRecords::find(const std::string& digest) const {
  const auto found = uploaded_.find(digest);
  return found == uploaded_.end() ? std::nullopt : std::optional(found->second);
}

void UploadRecords::put(const std::string& digest, const std::string& hash) {
  if (uploaded_.size() >= most_uploads_remembered) uploaded_.clear();
  const bool is_new = uploaded_.insert_or_assign(digest, hash).second;
  if (!is_new || records_ == nullptr) return;
  try {
    records_->put(digest, hash);
  } catch (const diag::Error& error) {
    go_on_without(error);
  }
}

/// What is there now counts: another controller may use the same entries.
void UploadRecords::prune(const std::set<std::string>& in_use) {
  const auto now = system_.clock.steady();
  const bool is_early = last_pruned_ && now - *last_pruned_ < between_prunings;
  if (records_ == nullptr || uploaded_.empty() || is_early) return;
  last_pruned_ = now;
  try {
    const auto today = std::chrono::floor<std::chrono::days>(system_.clock.now());
    const auto changes = pruned(records_->load(), in_use, today);
    if (!changes.empty()) records_->change(changes);
    for (const auto& [digest, value] : changes)
      if (!value) uploaded_.erase(digest);
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::unavailable) throw;
    go_on_without(error);
  }
}

/// Without them an object that is made again after a restart may be told as a conflict; that is no
/// reason to do nothing.
void UploadRecords::go_on_without(const diag::Error& error) {
  if (error.kind() == diag::ErrorKind::interrupted) throw error;
  records_ = nullptr;
  system_.warn({diag::Severity::warning,
                {},
                fmt::format("what was uploaded is not remembered beyond this process: {}",
                            one_line(error))});
}

}  // namespace sconectl::action
