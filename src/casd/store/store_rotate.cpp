// Another key for the database.
#include <functional>

#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"
#include "casd/store/writer.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

constexpr std::int64_t rows_at_a_time = 500;

/// Seals anew, and puts the row into the set.
std::string sealed_again(const RowSeal& seal, RowSet& rows, const std::string& sealed,
                         const std::string& at) {
  auto again = seal.seal(seal.open(sealed, at).view(), at);
  rows.flip(seal.digest(again, at));
  return again;
}

/// A row of a table with ids, as it is read.
struct RowWithId {
  std::int64_t id = 0;
  std::string sealed;
  std::string place;
};

/// `select` has the parameters `id > ?` and `LIMIT ?`, and is in the order of ids.
void reseal_by_id(Connection& connection, const std::string& select, const std::string& update,
                  const std::function<RowWithId(Statement&)>& read, const RowSeal& seal,
                  RowSet& rows) {
  for (std::int64_t after = 0;;) {
    std::vector<RowWithId> some;
    {
      Statement row = connection.prepare(select);
      row.bind(after).bind(rows_at_a_time);
      while (row.step()) some.push_back(read(row));
    }
    if (some.empty()) return;
    after = some.back().id;
    for (const auto& row : some)
      connection.prepare(update)
          .bind(Blob{sealed_again(seal, rows, row.sealed, row.place)})
          .bind(row.id)
          .run();
  }
}

void reseal_values(Connection& connection, const RowSeal& seal, RowSet& rows) {
  reseal_by_id(
      connection,
      "SELECT id, session, hash, secret, sealed, version FROM secret_values WHERE id > ? "
      "ORDER BY id LIMIT ?",
      "UPDATE secret_values SET sealed = ? WHERE id = ?",
      [](Statement& row) {
        return RowWithId{
            row.number(0), row.text(4),
            at_version(value_place(row.text(1), row.text(2), row.text(3)), row.number(5))};
      },
      seal, rows);
}

void reseal_states(Connection& connection, const RowSeal& seal, RowSet& rows) {
  struct State {
    std::string session, subject, sealed;
    std::int64_t version = 0;
  };
  for (State after;;) {
    std::vector<State> some;
    {
      Statement row = connection.prepare(
          "SELECT session, subject, sealed, version FROM session_states WHERE "
          "(session, subject) > (?, ?) ORDER BY session, subject LIMIT ?");
      row.bind(after.session).bind(after.subject).bind(rows_at_a_time);
      while (row.step()) some.push_back({row.text(0), row.text(1), row.text(2), row.number(3)});
    }
    if (some.empty()) return;
    after = some.back();
    for (const auto& row : some)
      connection.prepare("UPDATE session_states SET sealed = ? WHERE session = ? AND subject = ?")
          .bind(Blob{sealed_again(seal, rows, row.sealed,
                                  at_version(state_place(row.session, row.subject), row.version))})
          .bind(row.session)
          .bind(row.subject)
          .run();
  }
}

/// What is sealed of all rows is written by the end of the transaction.
void reseal_facts(Connection& connection, const RowSeal& seal, RowSet& rows) {
  std::vector<std::pair<std::string, std::string>> all;
  for (Statement row = connection.prepare("SELECT name, sealed FROM facts"); row.step();)
    if (row.text(0) != IntegrityCounters::fact) all.emplace_back(row.text(0), row.text(1));
  for (const auto& [name, sealed] : all)
    connection.prepare("UPDATE facts SET sealed = ? WHERE name = ?")
        .bind(Blob{sealed_again(seal, rows, sealed, fact_place(name))})
        .bind(name)
        .run();
}

}  // namespace

void Store::reseal_versions(Connection& connection, RowSet& rows) const {
  reseal_by_id(
      connection, std::string(version_columns) + "WHERE id > ? ORDER BY id LIMIT ?",
      "UPDATE session_versions SET sealed = ? WHERE id = ?",
      [this](Statement& row) {
        return RowWithId{row.number(8), row.text(6), version_place(read_row(row, false))};
      },
      *seal_, rows);
}

/// All rows in one transaction: others write after it. Whoever reads meanwhile has rows that open
/// with the key of before.
void Store::change_key(const crypto::Secret& next, const Notes& notes) {
  const auto work = [&](Connection& connection, RowChanges& changes) {
    const OverwritingDeleted overwriting(connection);
    seal_->change_key(crypto::Secret(next.view()));
    key_changed_ = true;
    try {
      RowSet all;
      reseal_versions(connection, all);
      reseal_values(connection, *seal_, all);
      reseal_states(connection, *seal_, all);
      reseal_facts(connection, *seal_, all);
      // Together with what was there before, and what this transaction has done so far, it is all.
      all.flip(rows_);
      all.flip(pending_.set);
      changes.set = all;
    } catch (...) {
      take_back_key();
      throw;
    }
  };
  write(work, &notes);
}

/// Only when nothing needs it any more, whatever happens to the power.
void Store::forget_old_key(const KeyFile& file, const crypto::Secret& taken) {
  write([](Connection&, RowChanges&) {});  // and with it the counter, under the key of now
  if (!writer_->healthy() || !counters_->flush())
    throw diag::Error(diag::ErrorKind::unavailable,
                      "can not write " + (directory_ / "cas.counter").string());
  // What is sealed with the old key is not left lying around; nothing depends on it.
  host::system_files()->remove_tree(directory_ / "cas.index");
  (void)database_->empty_log();
  file.forget_old_key(taken);
}

void Store::take_back_key() noexcept {
  if (std::exchange(key_changed_, false)) seal_->change_back();
}

bool Store::take_next_key(const Notes& notes) {
  const KeyFile file(directory_ / key_file_name);
  if (others_ || file.sealed()) return false;
  const auto next = file.open().next;
  if (next.empty()) return false;
  // The last time may have been cut short.
  if (!is_key_of(*readers_->borrow(), next)) change_key(next, notes);
  forget_old_key(file, next);
  return true;
}

}  // namespace sconectl::casd
