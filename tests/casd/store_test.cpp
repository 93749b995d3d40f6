#include "casd/store/store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "casd/store/migrations.hpp"
#include "casd/store/row_seal.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store_fixture.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"
#include "support/property.hpp"
#include "support/repository.hpp"

namespace sconectl::casd {
namespace {

using diag::Error;

TEST_F(StoreTest, CC002_CC030_files_are_for_the_owner_only) {
  Store store(data);
  EXPECT_EQ(files->status(data)->mode, 0700U);
  EXPECT_EQ(files->status(data / "cas.db")->mode, 0600U);
  EXPECT_EQ(files->status(data / "cas.key-store")->mode, 0600U);
}

TEST_F(StoreTest, CC062_values_and_texts_are_not_in_the_files) {
  Store store(data);
  ASSERT_TRUE(add(store, root_version(hash('a'), {})));
  store.checkpoint();
  ASSERT_TRUE(add(store, root_version(hash('b'), hash('a'))));
  // What is not sealed is there, so the bytes are the right ones.
  for (const auto& [name, version] : {std::pair("cas.db", hash('a')), {"cas.db-wal", hash('b')}}) {
    EXPECT_THAT(bytes_of(name), test::HasButNot(version, "value of")) << name;
    EXPECT_THAT(bytes_of(name), test::HasButNot(version, "text of")) << name;
  }
}

TEST_F(StoreTest, CC015_second_instance_is_refused) {
  Store store(data);
  EXPECT_THROW(Store second(data), Error);
}

TEST_F(StoreTest, CC014_database_or_key_alone_is_refused) {
  { Store store(data); }
  const auto key = bytes_of("cas.key-store");
  files->remove_tree(data / "cas.key-store");
  EXPECT_THROW(Store store(data), Error);
  EXPECT_FALSE(files->exists(data / "cas.key-store"));
  files->write(data / "cas.key-store", key, 0600);
  files->remove_tree(data / "cas.db");
  EXPECT_THROW(Store store(data), Error);
  EXPECT_FALSE(files->exists(data / "cas.db"));
}

TEST_F(StoreTest, key_file_of_another_database_or_open_to_others_is_refused) {
  { Store store(data); }
  const auto key = bytes_of("cas.key-store");
  files->write(data / "cas.key-store", std::string(64, 'a') + "\n", 0600);
  EXPECT_THROW(Store store(data), Error);
  files->write(data / "cas.key-store", key, 0644);
  EXPECT_THROW(Store store(data), Error);
  files->write(data / "cas.key-store", key, 0600);
  EXPECT_NO_THROW(Store store(data));
}

TEST_F(StoreTest, files_that_a_killed_start_was_writing_are_removed) {
  { const Store store(data); }
  files->write(data / ".sconectl-new-abcdef", "half a file", 0600);
  { const Store store(data); }
  EXPECT_FALSE(files->exists(data / ".sconectl-new-abcdef"));
}

TEST_F(StoreTest, first_start_that_was_cut_short_is_begun_again) {
  { Store store(data); }
  files->write(data / "cas.first-start", "", 0600);
  files->remove_tree(data / "cas.key-store");
  Store store(data);
  EXPECT_FALSE(store.active("/"));
  EXPECT_FALSE(files->exists(data / "cas.first-start"));
}

TEST_F(StoreTest, CC016_changed_bytes_are_refused_or_without_effect) {
  {
    Store store(data);
    ASSERT_TRUE(add(store, root_version(hash('a'), {})));
    ASSERT_TRUE(add(store, root_version(hash('b'), hash('a'))));
    store.keep_fact(may.start, "identity", "keys");
  }
  {
    SqliteConnection(data / "cas.db", SqliteConnection::Mode::read_write)
        .execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const auto truth = all_of(data);
  ASSERT_TRUE(truth);
  const auto intact = bytes_of("cas.db");
  // Most bytes are zero, and nearly all of these are unused space: of them only some are changed,
  // unless SCONECTL_EVERY_BYTE=1 asks for all, which takes minutes.
  const bool all = std::getenv("SCONECTL_EVERY_BYTE") != nullptr;
  int refused = 0;
  for (std::size_t at = 0; at < intact.size(); ++at) {
    if (intact[at] == '\0' && at % 97 != 0 && !all) continue;
    if (at % test::property_stride != 0) continue;
    auto bytes = intact;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    files->remove_tree(data / "cas.db-wal");
    files->remove_tree(data / "cas.db-shm");
    std::ofstream(data / "cas.db", std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const auto read = all_of(data);
    if (read)
      EXPECT_EQ(*read, *truth) << "byte " << at;
    else
      ++refused;
  }
  EXPECT_GT(refused, 10);
}

/// A copy of everything in the data directory, as an administrator or a lying disk would leave it.
struct Rewound : StoreTest {
  void copy(const std::filesystem::path& from, const std::filesystem::path& to) const {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to);
    std::filesystem::permissions(to, std::filesystem::perms::owner_all);
  }
  /// Two versions whose commits are in the write-ahead log only; taken while the store is open.
  void take() {
    Store store(data);
    ASSERT_TRUE(add(store, root_version(hash('a'), {})));
    store.checkpoint();
    ASSERT_TRUE(add(store, root_version(hash('b'), hash('a'))));
    ASSERT_TRUE(add(store, root_version(hash('c'), hash('b'))));
    copy(data, killed);
    std::filesystem::remove(killed / "cas.lock");
  }
  std::string refusal(const std::filesystem::path& copied) const {
    try {
      const Store opened(copied);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::failed);
      std::string all = error.text();
      for (const auto& cause : error.causes()) all += "\n" + cause;
      return all;
    }
    return "opened";
  }
  std::filesystem::path killed = data.parent_path() / "killed";
};

TEST_F(Rewound, a_killed_store_opens) {
  take();
  EXPECT_EQ(refusal(killed), "opened");
  EXPECT_EQ(Store(killed).active("/")->hash, hash('c'));
}

TEST_F(Rewound, a_lost_or_cut_write_ahead_log_is_refused_until_the_loss_is_accepted) {
  take();
  const auto wal = killed / "cas.db-wal";
  const auto size = std::filesystem::file_size(wal);
  const auto whole = killed.parent_path() / "whole";
  copy(killed, whole);
  for (const std::uintmax_t left : {size - 1, size / 2, std::uintmax_t{32}, std::uintmax_t{0}}) {
    copy(whole, killed);
    std::filesystem::resize_file(wal, left);
    const auto text = refusal(killed);
    EXPECT_NE(text.find("acknowledged commits are missing"), std::string::npos) << left << text;
    EXPECT_NE(text.find("cas.counter"), std::string::npos) << text;
  }
  copy(whole, killed);
  std::filesystem::remove(wal);
  EXPECT_NE(refusal(killed).find("damaged"), std::string::npos);
  // Put back, it opens; without the counter only if that is accepted, and then as it is.
  copy(whole, killed);
  EXPECT_EQ(Store(killed).active("/")->hash, hash('c'));
  copy(whole, killed);
  std::filesystem::remove(wal);
  std::filesystem::remove(killed / "cas.counter");
  EXPECT_NE(refusal(killed).find("cas.counter is missing"), std::string::npos);
  EXPECT_FALSE(files->exists(killed / "cas.counter"));
  {
    const Store accepted(killed, {.accept_missing_counter = true});
    EXPECT_TRUE(accepted.counter_was_missing());
    EXPECT_EQ(accepted.active("/")->hash, hash('a'));
  }
  EXPECT_EQ(refusal(killed), "opened");
  EXPECT_FALSE(Store(killed, {.accept_missing_counter = true}).counter_was_missing());
}

TEST_F(Rewound, a_missing_counter_starts_nothing_unless_that_is_accepted) {
  take();
  std::filesystem::remove(killed / "cas.counter");
  EXPECT_NE(refusal(killed).find("--accept-missing-counter"), std::string::npos);
  // The option takes what it is for, and nothing else.
  files->write(killed / "cas.counter", "garbage", 0600);
  EXPECT_THROW(Store(killed, {.accept_missing_counter = true}), Error);
}

/// Single rows of an earlier time are put back by somebody who can write the file and knows no key.
struct OldRows : Rewound {
  OldRows() {
    Store store(data);
    EXPECT_TRUE(add(store, root_version(hash('a'), {})));
    EXPECT_TRUE(add(store, root_version(hash('b'), hash('a'))));
    set_state(store, "otp", "55");
    set_state(store, "volume", "tag 1");
  }
  void set_state(Store& store, const std::string& subject, const std::string& value) const {
    store.change_state(may.state, "/", subject,
                       [&](auto) { return std::optional(crypto::Secret(value)); });
  }
  /// A copy of everything as it is now.
  void remember() const { copy(data, earlier); }
  /// In the present database; `old` is the earlier one.
  void sql(const std::string& text) const {
    SqliteConnection connection((data / "cas.db").string(), SqliteConnection::Mode::read_write);
    connection.execute("ATTACH '" + (earlier / "cas.db").string() + "' AS old");
    connection.execute(text);
  }
  std::filesystem::path earlier = data.parent_path() / "earlier";
};

constexpr const char* old_state =
    "UPDATE session_states SET (sealed, version) = (SELECT sealed, version FROM old.session_states "
    "AS o WHERE o.subject = session_states.subject) WHERE subject = 'otp'";
constexpr const char* old_value =
    "UPDATE secret_values SET (sealed, version) = (SELECT sealed, version FROM old.secret_values "
    "AS "
    "o WHERE o.hash = secret_values.hash)";

TEST_F(OldRows, put_back_alone_are_refused) {
  remember();
  {
    Store store(data);
    set_state(store, "otp", "55 56");
    store.replace_value(may.renewal, "/", hash('b'), "password", "renewed");
  }
  const auto now = data.parent_path() / "now";
  copy(data, now);
  for (const std::string text :
       {old_state, old_value,
        // As the first, but it says that it is of the newest version.
        "UPDATE session_states SET sealed = (SELECT sealed FROM old.session_states AS o WHERE "
        "o.subject = session_states.subject) WHERE subject = 'otp'"}) {
    copy(now, data);
    EXPECT_EQ(refusal(data), "opened");
    sql(text);
    EXPECT_NE(refusal(data), "opened") << text;
  }
  // With what was sealed then about all rows: that lacks commits.
  copy(now, data);
  sql(std::string(old_state) + ";" + old_value +
      "; UPDATE facts SET sealed = (SELECT sealed FROM old.facts AS o WHERE o.name = facts.name)");
  EXPECT_NE(refusal(data).find("acknowledged commits are missing"), std::string::npos);
  copy(now, data);
  EXPECT_EQ(refusal(data), "opened");
  EXPECT_EQ(Store(data).state("/", "otp")->view(), "55 56");
  EXPECT_EQ(Store(data).value("/", hash('b'), "password")->view(), "renewed");
}

/// Two databases that were one: each has a third version, both under the same key.
TEST_F(OldRows, of_another_history_are_refused) {
  remember();
  {
    Store store(data);
    ASSERT_TRUE(add(store, root_version(hash('c'), hash('b'))));
  }
  {
    Store store(earlier);
    auto other = root_version(hash('c'), hash('b'));
    other.session.text = "another text";
    ASSERT_TRUE(add(store, other));
  }
  EXPECT_EQ(refusal(data), "opened");
  sql("UPDATE session_versions SET sealed = (SELECT sealed FROM old.session_versions AS o WHERE "
      "o.sequence = 3) WHERE sequence = 3");
  EXPECT_NE(refusal(data).find("not the one that was stored last"), std::string::npos);
}

TEST_F(OldRows, put_back_while_the_store_is_open_are_found_when_they_are_read) {
  Store store(data);
  store.checkpoint();
  remember();
  set_state(store, "otp", "55 56");
  store.replace_value(may.renewal, "/", hash('b'), "password", "renewed");
  EXPECT_EQ(store.state("/", "otp")->view(), "55 56");
  sql(old_state);
  sql(old_value);
  EXPECT_THROW((void)store.state("/", "otp"), Error);
  EXPECT_THROW(set_state(store, "otp", "57"), Error);
  EXPECT_THROW((void)store.value("/", hash('b'), "password"), Error);
  EXPECT_THROW((void)store.values("/", hash('b')), Error);
  EXPECT_EQ(store.state("/", "volume")->view(), "tag 1") << "others are not concerned";
  sql("DELETE FROM session_states WHERE subject = 'volume'");
  EXPECT_THROW((void)store.state("/", "volume"), Error);
  EXPECT_THROW(set_state(store, "volume", "tag 0"), Error);
  EXPECT_FALSE(store.state("/", "never stored"));
  EXPECT_FALSE(store.writable());
}

TEST_F(OldRows, a_newest_version_that_is_removed_while_the_store_is_open_is_missed) {
  Store store(data);
  store.checkpoint();
  remember();
  sql("DELETE FROM session_versions WHERE sequence = 2");
  EXPECT_THROW((void)store.active("/"), Error);
  sql("DELETE FROM session_versions");
  EXPECT_THROW((void)store.active("/"), Error);
  EXPECT_FALSE(store.active("none"));
  EXPECT_FALSE(store.writable());
}

TEST_F(OldRows, what_was_not_stored_is_not_counted) {
  {
    Store store(data);
    // Half of it is done when it fails.
    auto twice = root_version(hash('a'), hash('b'));
    twice.ended_states = {"otp", "volume"};
    EXPECT_THROW((void)add(store, twice), Error);
    EXPECT_FALSE(add(store, root_version(hash('c'), hash('0'))));
    EXPECT_THROW(store.change_state(may.state, "/", "otp",
                                    [](auto) -> std::optional<crypto::Secret> {
                                      throw Error(diag::ErrorKind::refused, "no");
                                    }),
                 Error);
    EXPECT_EQ(store.state("/", "otp")->view(), "55");
    set_state(store, "otp", "56");
  }
  EXPECT_EQ(refusal(data), "opened");
  EXPECT_EQ(Store(data).state("/", "otp")->view(), "56");
}

TEST_F(OldRows, many_writers_at_once_leave_a_store_that_opens) {
  {
    Store store(data);
    std::vector<std::thread> writers;
    for (int i = 0; i < 8; ++i)
      writers.emplace_back([&, i] {
        for (int round = 0; round < 20; ++round) try {
            store.change_state(may.state, "/", "shared", [&](auto stored) {
              if (round % 5 == i % 5) throw Error(diag::ErrorKind::refused, "no");
              return std::optional(crypto::Secret(std::string(stored.value_or("")) + "x"));
            });
            (void)store.state("/", "shared");
          } catch (const Error&) {  // of ours
          }
      });
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(store.state("/", "shared")->size(), 8U * 16U);
  }
  EXPECT_EQ(Store(data).state("/", "shared")->size(), 8U * 16U);
}

TEST_F(Rewound, an_older_copy_of_the_database_is_refused) {
  take();
  const auto older = killed.parent_path() / "older";
  { const Store store(killed); }
  copy(killed, older);
  {
    Store store(killed);
    ASSERT_TRUE(add(store, root_version(hash('d'), hash('c'))));
  }
  std::filesystem::copy_file(older / "cas.db", killed / "cas.db",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_NE(refusal(killed).find("1 acknowledged commits are missing"), std::string::npos);
}

TEST_F(Rewound, a_counter_that_is_behind_is_brought_up_to_date) {
  take();
  const auto counter = files->read(killed / "cas.counter");
  {
    Store store(killed);
    ASSERT_TRUE(add(store, root_version(hash('d'), hash('c'))));
  }
  files->write(killed / "cas.counter", counter, 0600);  // a power cut: it is never waited for
  EXPECT_EQ(refusal(killed), "opened");
  EXPECT_NE(files->read(killed / "cas.counter"), counter);
}

TEST_F(Rewound, a_counter_of_another_database_is_told_apart) {
  take();
  for (const auto* bytes : {"", "garbage"}) {
    files->write(killed / "cas.counter", bytes, 0600);
    const auto text = refusal(killed);
    EXPECT_NE(text.find("cas.counter is damaged or of another CAS"), std::string::npos) << text;
  }
}

/// A disk that refuses: the transaction is undone, the store says so, and tries again when asked.
TEST_F(StoreTest, is_not_ready_after_a_write_that_failed_until_one_succeeds) {
  Store store(data);
  ASSERT_TRUE(add(store, root_version(hash('a'), {})));
  EXPECT_TRUE(store.last_write_succeeded());
  SqliteConnection other(data / "cas.db", SqliteConnection::Mode::read_write);
  other.execute(
      "CREATE TRIGGER refuse BEFORE INSERT ON facts BEGIN SELECT RAISE(ROLLBACK, 'full'); END");
  EXPECT_THROW((void)add(store, root_version(hash('b'), hash('a'))), Error);
  EXPECT_FALSE(store.last_write_succeeded());
  EXPECT_FALSE(store.writable());
  EXPECT_EQ(store.active("/")->hash, hash('a'));
  other.execute("DROP TRIGGER refuse");
  EXPECT_TRUE(store.writable());
  EXPECT_TRUE(store.last_write_succeeded());
  EXPECT_TRUE(add(store, root_version(hash('b'), hash('a'))));
}

TEST_F(StoreTest, schema_file_is_the_sum_of_the_migrations) {
  const auto schema = [this](const std::string& name, const auto& make) {
    SqliteConnection connection(directory.path() / name, SqliteConnection::Mode::read_write);
    make(connection);
    std::string all;
    // Comments and white space mean nothing.
    Statement row = connection.prepare(
        "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name");
    while (row.step()) {
      std::string text = row.text(0) + row.text(1) + row.text(2);
      bool comment = false;
      const auto sql = row.text(3);
      for (std::size_t i = 0; i < sql.size(); ++i) {
        if (sql.compare(i, 2, "--") == 0) comment = true;
        if (sql[i] == '\n') comment = false;
        if (!comment && sql[i] != ' ' && sql[i] != '\n') text += sql[i];
      }
      all += text + "\n";
    }
    return all;
  };
  const auto file = files->read(test::source_directory() / "src/casd/store/schema.sql");
  const auto migrated = schema("a.db", [](Connection& c) { migrate(c); });
  EXPECT_EQ(migrated, schema("b.db", [&](Connection& c) { c.execute(file); }));
  EXPECT_NE(migrated.find("session_versions"), std::string::npos);
}

TEST_F(StoreTest, database_of_a_newer_program_is_refused) {
  { Store store(data); }
  SqliteConnection(data / "cas.db", SqliteConnection::Mode::read_write)
      .execute("PRAGMA user_version = 99");
  EXPECT_THROW(Store store(data), Error);
}

TEST(Place, different_places_give_different_bytes) {
  EXPECT_NE(place("t", {"a", "bc"}), place("t", {"ab", "c"}));
  EXPECT_NE(place("t", {"a"}), place("t", {"a", ""}));
}

}  // namespace
}  // namespace sconectl::casd
