#include "casd/store/integrity_counters.hpp"

#include <fmt/format.h>

#include <charconv>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t longest_counter = 4096;
constexpr std::string_view commits_name = "commits";
constexpr std::string_view row_set_name = "set";

/// "facts=1 secret_values=3 session_states=0 session_versions=2 "
std::string numbers_text(const RowCounts& numbers) {
  std::string text;
  for (const auto& [table, rows] : numbers) text += table + "=" + std::to_string(rows) + " ";
  return text;
}

/// As the triggers count; `facts` has none, it is small.
RowCounts counted(Connection& connection) {
  RowCounts numbers;
  Statement row = connection.prepare(
      "SELECT subject, rows FROM row_counts UNION ALL "
      "SELECT 'facts', count(*) FROM facts WHERE name <> ?");
  row.bind(IntegrityCounters::fact);
  while (row.step()) numbers[row.text(0)] = row.number(1);
  return numbers;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

Error damaged(const std::string& what) {
  return {ErrorKind::failed,
          "the CAS database is damaged; put it back from your copy (nothing was changed)",
          {what}};
}

Error entries_missing() {
  return damaged("entries are missing or were added");
}

std::string fact_place(std::string_view name) {
  return place("facts", {name});
}

IntegrityCounters::IntegrityCounters(const RowSeal& seal, std::filesystem::path counter)
    : seal_(seal), path_(std::move(counter)) {}

void IntegrityCounters::begin(Connection& connection) {
  host::system_files()->remove_tree(path_);
  commits_ = -1;
  seal(connection, RowSet());
  commits_ = 0;
}

void IntegrityCounters::seal(Connection& connection, const RowSet& rows) {
  const auto text =
      numbers_text(counted(connection)) +
      fmt::format("{}={} {}={}", commits_name, commits_ + 1, row_set_name, rows.text());
  connection
      .prepare(
          "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = "
          "excluded.sealed")
      .bind(fact)
      .bind(Blob{seal_.seal(text, fact_place(fact))})
      .run();
}

std::string IntegrityCounters::sealed_counter() const {
  return seal_.seal(fmt::format("{:020}{}", commits_.load(), crypto::hex(record_)),
                    place("counter", {"commits"}));
}

bool IntegrityCounters::learned(std::int64_t commits, const std::string& record) noexcept {
  commits_ = commits;
  // The file is overwritten in place: always as many bytes.
  record_ = record.empty() ? std::string(record_.size(), '\0') : record;
  try {
    return counter_->write(sealed_counter());
  } catch (const std::exception&) {  // sealing failed
    return false;
  }
}

/// Only the first bytes are waited for: a power cut must not leave an empty file.
void IntegrityCounters::open_file() {
  if (remembered_)
    record_ = remembered_->commits == commits_ ? remembered_->record
                                               : std::string(remembered_->record.size(), '\0');
  const auto files = host::system_files();
  if (!files->exists(path_)) files->write(path_, sealed_counter(), 0600);
  counter_ = std::make_unique<host::OverwrittenFile>(path_);
  if (!counter_->write(sealed_counter()))
    throw Error(ErrorKind::unavailable, "can not write " + path_.string());
}

std::string IntegrityCounters::stored(Connection& connection) {
  Statement row = connection.prepare("SELECT sealed FROM facts WHERE name = ?");
  row.bind(fact);
  return row.step() ? row.text(0) : "";
}

IntegrityCounters::Sealed IntegrityCounters::sealed(Connection& connection) const {
  return opened(stored(connection));
}

IntegrityCounters::Sealed IntegrityCounters::opened(const std::string& stored) const {
  std::string text;
  if (!stored.empty()) text = seal_.open(stored, fact_place(fact)).view();
  Sealed result;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find(' '), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = std::min(word.find('='), word.size());
    const auto name = word.substr(0, equals);
    const auto text_of_value = word.substr(std::min(equals + 1, word.size()));
    if (name == row_set_name) {
      result.row_set = text_of_value;
      continue;
    }
    const auto value = number(text_of_value);
    if (!value) throw damaged("the sealed numbers of entries have another form");
    if (name == commits_name)
      result.commits = value;
    else
      result.rows[std::string(name)] = *value;
  }
  return result;
}

IntegrityCounters::Sealed IntegrityCounters::check(Connection& connection, MissingFile missing) {
  auto result = sealed(connection);
  if (counted(connection) != result.rows) throw entries_missing();
  commits_ = result.commits.value_or(0);
  check_file(result.commits ? missing : MissingFile::accepted);
  return result;
}

std::optional<IntegrityCounters::Remembered> IntegrityCounters::opened_counter(
    const std::string& bytes) const {
  constexpr std::size_t digits = 20;
  try {
    const auto text = seal_.open(bytes, place("counter", {"commits"}));
    const auto commits = number(text.view().substr(0, digits));
    const auto record = crypto::unhex(text.view().substr(std::min(digits, text.size())));
    if (commits && record) return Remembered{*commits, *record};
  } catch (const Error&) {  // told apart: it is not the database that does not open
  }
  return std::nullopt;
}

void IntegrityCounters::check_file(MissingFile missing) {
  const auto bytes = host::system_files()->read_if_exists(path_, longest_counter);
  file_was_missing_ = !bytes;
  if (!bytes && missing == MissingFile::refused)
    throw Error(
        ErrorKind::failed,
        path_.string() +
            " is missing: without it nobody can tell whether the database is older than "
            "what was acknowledged; put it back from your copy (nothing was changed)",
        {"if it is lost for good, start once with --accept-missing-counter, which takes the "
         "database as it is"});
  if (!bytes) return;
  remembered_ = opened_counter(*bytes);
  if (!remembered_)
    throw Error(ErrorKind::failed, path_.string() +
                                       " is damaged or of another CAS; put it back from your "
                                       "copy, or remove it and start with "
                                       "--accept-missing-counter to take the database as it is");
  const auto known = remembered_->commits;
  if (known > commits_)
    throw Error(
        ErrorKind::failed,
        "the CAS database is damaged: " + std::to_string(known - commits_) +
            " acknowledged commits are missing; put it back from your copy (cas.db with its "
            "cas.db-wal), or connect to the PostgreSQL that has them (nothing was changed)",
        {"if these are lost for good, or an older copy was put back on purpose, remove " +
         path_.string() + " and start with --accept-missing-counter to go on without them"});
}

}  // namespace sconectl::casd
