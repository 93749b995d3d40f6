#include "casd/store/commit_log.hpp"

#include "casd/store/fields.hpp"
#include "casd/store/integrity_counters.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::casd {

namespace {

constexpr std::size_t fields_of_change = 3;
constexpr std::int64_t commits_between_clean_ups = 100;

std::string commit_place(std::int64_t number) {
  return place("commits", {std::to_string(number)});
}

std::string encode_changes(const RowChanges& changes) {
  std::string text;
  const auto add = [&](std::string_view what, std::string_view name, std::int64_t version = 0) {
    text += join_fields({what, name, std::to_string(version)}).view();
  };
  for (const auto& session : changes.sessions) add("session", session);
  for (const auto& [place, version] : changes.versions) add("version", place, version);
  for (const auto& [place, version] : changes.gone) add("gone", place);
  if (changes.facts) add("facts", "");
  return text;
}

RowChanges decode_changes(std::string_view text) {
  RowChanges changes;
  const auto fields = split_fields(text);
  for (std::size_t at = 0; at + fields_of_change <= fields.size(); at += fields_of_change) {
    const auto what = fields[at];
    std::string name(fields[at + 1]);
    if (what == "session")
      changes.sessions.push_back(std::move(name));
    else if (what == "version")
      changes.versions.emplace_back(std::move(name),
                                    text::number<std::int64_t>(fields[at + 2]).value_or(0));
    else if (what == "gone")
      changes.gone.emplace_back(std::move(name), 0);
    else if (what == "facts")
      changes.facts = true;
    else
      throw damaged("a commit has changed something unknown");
  }
  return changes;
}

}  // namespace

std::string CommitLog::append(Connection& connection, std::int64_t number,
                              const RowChanges& changes) const {
  auto sealed = seal_.seal(encode_changes(changes), commit_place(number));
  connection.prepare("INSERT INTO commits (number, sealed) VALUES (?, ?)")
      .bind(number)
      .bind(Blob{sealed})
      .run();
  if (number % commits_between_clean_ups == 0)
    connection.prepare("DELETE FROM commits WHERE number <= ?").bind(number - kept).run();
  return sealed;
}

std::optional<std::vector<CommitLog::Record>> CommitLog::read(Connection& connection,
                                                              std::int64_t first,
                                                              std::int64_t last) const {
  std::vector<Record> records;
  Statement row = connection.prepare(
      "SELECT number, sealed FROM commits WHERE number >= ? AND number <= ? ORDER BY number");
  row.bind(first).bind(last);
  auto expected = first;
  for (; row.step(); ++expected) {
    if (row.number(0) != expected) return std::nullopt;
    const auto stored = row.text(1);
    records.push_back(
        {mark(stored), decode_changes(seal_.open(stored, commit_place(expected)).view())});
  }
  if (expected != last + 1) return std::nullopt;
  return records;
}

std::optional<std::string> CommitLog::mark_of(Connection& connection, std::int64_t number) {
  Statement row = connection.prepare("SELECT sealed FROM commits WHERE number = ?");
  row.bind(number);
  if (!row.step()) return std::nullopt;
  return mark(row.text(0));
}

}  // namespace sconectl::casd
