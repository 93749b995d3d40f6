// Another key for the database.
#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

constexpr std::int64_t rows_at_a_time = 500;

struct Resealed {
  std::vector<std::string> key;  ///< of the row
  std::int64_t id = 0;
  std::string sealed;
};

/// Seals anew, and puts the row into the set.
std::string sealed_again(const RowSeal& seal, RowSet& rows, const std::string& sealed,
                         const std::string& at) {
  auto again = seal.seal(seal.open(sealed, at).view(), at);
  rows.flip(seal.digest(again, at));
  return again;
}

void reseal_values(Connection& connection, const RowSeal& seal, RowSet& rows) {
  for (std::int64_t after = 0;;) {
    std::vector<Resealed> some;
    {
      Statement row = connection.prepare(
          "SELECT id, session, hash, secret, sealed, version FROM secret_values WHERE id > ? "
          "ORDER BY id LIMIT ?");
      row.bind(after).bind(rows_at_a_time);
      while (row.step()) {
        const auto at =
            at_version(value_place(row.text(1), row.text(2), row.text(3)), row.number(5));
        some.push_back({{}, row.number(0), sealed_again(seal, rows, row.text(4), at)});
      }
    }
    if (some.empty()) return;
    after = some.back().id;
    for (const auto& row : some)
      connection.prepare("UPDATE secret_values SET sealed = ? WHERE id = ?")
          .bind(Blob{row.sealed})
          .bind(row.id)
          .run();
  }
}

void reseal_states(Connection& connection, const RowSeal& seal, RowSet& rows) {
  for (std::vector<std::string> after{"", ""};;) {
    std::vector<Resealed> some;
    {
      Statement row = connection.prepare(
          "SELECT session, subject, sealed, version FROM session_states WHERE "
          "(session, subject) > (?, ?) ORDER BY session, subject LIMIT ?");
      row.bind(after[0]).bind(after[1]).bind(rows_at_a_time);
      while (row.step()) {
        const auto at = at_version(state_place(row.text(0), row.text(1)), row.number(3));
        some.push_back({{row.text(0), row.text(1)}, 0, sealed_again(seal, rows, row.text(2), at)});
      }
    }
    if (some.empty()) return;
    after = some.back().key;
    for (const auto& row : some)
      connection.prepare("UPDATE session_states SET sealed = ? WHERE session = ? AND subject = ?")
          .bind(Blob{row.sealed})
          .bind(row.key[0])
          .bind(row.key[1])
          .run();
  }
}

/// What is sealed of all rows is written by the end of the transaction.
void reseal_facts(Connection& connection, const RowSeal& seal, RowSet& rows) {
  std::vector<Resealed> all;
  for (Statement row = connection.prepare("SELECT name, sealed FROM facts"); row.step();)
    if (row.text(0) != IntegrityCounters::fact)
      all.push_back(
          {{row.text(0)}, 0, sealed_again(seal, rows, row.text(1), fact_place(row.text(0)))});
  for (const auto& row : all)
    connection.prepare("UPDATE facts SET sealed = ? WHERE name = ?")
        .bind(Blob{row.sealed})
        .bind(row.key[0])
        .run();
}

}  // namespace

void Store::reseal_versions(Connection& connection, RowSet& rows) const {
  for (std::int64_t after = 0;;) {
    std::vector<Resealed> some;
    {
      Statement row =
          connection.prepare(std::string(version_columns) + "WHERE id > ? ORDER BY id LIMIT ?");
      row.bind(after).bind(rows_at_a_time);
      while (row.step())
        some.push_back(
            {{},
             row.number(8),
             sealed_again(*seal_, rows, row.text(6), version_place(read_row(row, false)))});
    }
    if (some.empty()) return;
    after = some.back().id;
    for (const auto& row : some)
      connection.prepare("UPDATE session_versions SET sealed = ? WHERE id = ?")
          .bind(Blob{row.sealed})
          .bind(row.id)
          .run();
  }
}

/// All rows in one transaction: others write after it. Whoever reads meanwhile has rows that open
/// with the key of before.
void Store::change_key(crypto::Secret next, const Notes& notes) {
  const auto work = [&](Connection& connection, RowChanges& changes) {
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

void Store::take_back_key() noexcept {
  if (std::exchange(key_changed_, false)) seal_->change_back();
}

bool Store::take_next_key(const Notes& notes) {
  const KeyFile file(directory_ / key_file_name);
  if (others_ || file.sealed()) return false;
  auto keys = file.open();
  if (keys.next.empty()) return false;
  change_key(std::move(keys.next), notes);
  file.forget_old_key();
  return true;
}

}  // namespace sconectl::casd
