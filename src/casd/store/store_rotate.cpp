// Another key for the database.
#include "casd/store/reseal_rows.hpp"
#include "casd/store/store.hpp"
#include "casd/store/store_rows.hpp"
#include "casd/store/writer.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

/// Seals anew, and puts the row into the set.
std::string sealed_again(const RowSeal& seal, RowSet& rows, const std::string& sealed,
                         const std::string& at) {
  auto again = seal.seal(seal.open(sealed, at).view(), at);
  rows.flip(seal.digest(again, at));
  return again;
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

/// All rows in one transaction: others write after it. Whoever reads meanwhile has rows that open
/// with the key of before.
void Store::change_key(const crypto::Secret& next, const Notes& notes) {
  const auto work = [&](Connection& connection, RowChanges& changes) {
    const OverwritingDeleted overwriting(connection);
    if (seal_->is_key(next)) return;  // somebody else was faster
    begin_key_change(crypto::Secret(next.view()));
    try {
      RowSet all;
      reseal_rows(connection, "", [&](const SealedRow& row) {
        return sealed_again(*seal_, all, row.sealed, row.place);
      });
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
  old_key_in_log_ = !database_->empty_log();
  file.forget_old_key(taken);
}

void Store::begin_key_change(crypto::Secret next) {
  key_changed_ = true;
  if (others_) return others_->begin_key_change(std::move(next));
  seal_->change_key(std::move(next));
}

void Store::take_back_key() noexcept {
  if (!std::exchange(key_changed_, false)) return;
  if (others_) return others_->end_key_change(false);
  seal_->change_back();
}

bool Store::take_next_key(const Notes& notes) {
  const KeyFile file(directory_ / key_file_name);
  const bool sealed = file.sealed();
  const auto next = sealed ? crypto::Secret(next_of_sealed_.view()) : file.open().next;
  if (next.empty()) return false;
  see_others();
  // The last time may have been cut short, and another CAS may have done it.
  const bool changes = !seal_->is_key(next);
  if (changes) change_key(next, notes);
  if (!sealed) forget_old_key(file, next);
  return changes || !sealed;
}

/// Of a shared database: another CAS may have changed it, or does so any time.
void Store::learn_further_keys(const KeyFile& file, const DatabaseKeys& keys) {
  if (file.sealed()) next_of_sealed_ = crypto::Secret(keys.next.view());
  seal_->ask_for_further_keys([this]() -> std::vector<crypto::Secret> {
    std::vector<crypto::Secret> further;
    try {
      const KeyFile now(directory_ / key_file_name);
      auto all =
          now.sealed() ? DatabaseKeys{{}, crypto::Secret(next_of_sealed_.view())} : now.open();
      for (auto* key : {&all.key, &all.next})
        if (!key->empty()) further.push_back(std::move(*key));
    } catch (const diag::Error&) {  // it is being replaced, perhaps; whoever needs it asks again
    }
    return further;
  });
}

/// Without such a key, whoever opens the row says so.
void Store::take_key_of(Connection& connection) {
  (void)seal_->take_key_of(IntegrityCounters::stored(connection),
                           fact_place(IntegrityCounters::fact));
}

/// Another CAS has given the database the next key of the file. Returns why the one before is still
/// there, or ""; the next start tries again.
std::string Store::forget_replaced_key() {
  try {
    const KeyFile file(directory_ / key_file_name);
    if (file.sealed()) return "";
    const auto next = file.open().next;
    if (!next.empty() && seal_->is_key(next)) forget_old_key(file, next);
    return "";
  } catch (const diag::Error& error) {
    return error.text();
  }
}

}  // namespace sconectl::casd
