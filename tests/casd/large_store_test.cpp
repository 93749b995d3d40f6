// Stores that are opened before all of their rows have been verified.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <thread>

#include "casd/permissions_for_tests.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/store.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {
namespace {

using diag::Error;
using testing::HasSubstr;

/// Holds verifications until it is released.
class Gate {
 public:
  void pass() const { opened_.wait(); }
  void release() {
    if (!std::exchange(open_, true)) promise_.set_value();
  }

 private:
  std::promise<void> promise_;
  std::shared_future<void> opened_ = promise_.get_future().share();
  bool open_ = false;
};

class LargeStore : public testing::Test {
 protected:
  LargeStore()
      : files(host::system_files()),
        directory(*files, "store-test-"),
        data(directory.path() / "d") {
    fill();
  }
  ~LargeStore() override {
    gate.release();
    store.reset();
  }

  static std::string hash(int number) {
    const auto digits = std::to_string(number);
    return digits + std::string(64 - digits.size(), 'f');
  }
  static void add(Store& store, const std::string& name, int number, std::optional<int> before) {
    NewSession session;
    session.session.name = name;
    session.session.hash = hash(number);
    if (before) session.session.predecessor = hash(*before);
    session.session.text = name + " in version " + std::to_string(number);
    session.values.emplace("password", crypto::Secret(name + " value " + std::to_string(number)));
    session.based_on[name] = session.session.predecessor;
    EXPECT_TRUE(store.add(PermissionsForTests::write(name), session));
  }
  /// Sessions s0 ... s19; of each even one a second version.
  void fill() const {
    Store fresh(data, {.rows_verified_first = 10});
    for (int i = 0; i < 20; ++i) add(fresh, "s" + std::to_string(i), 100 + i, {});
    for (int i = 0; i < 20; i += 2) add(fresh, "s" + std::to_string(i), 200 + i, 100 + i);
    fresh.keep_fact(may.start, "identity", "keys");
    fresh.change_state(may.state, "s1", "otp",
                       [](auto) { return std::optional(crypto::Secret("55")); });
  }
  /// With its verification held.
  void open() {
    StoreOptions options;
    options.rows_verified_first = 10;
    options.before_verification = [this] { gate.pass(); };
    options.on_fault = [this](const Error& fault) {
      told = fault.text() + ": " + fault.causes().back();
      ++times_told;
    };
    store = std::make_unique<Store>(data, options);
  }
  void expect_the_truth() const {
    for (int i = 0; i < 20; ++i) {
      const auto name = "s" + std::to_string(i);
      const auto version = store->active(name);
      ASSERT_TRUE(version) << name;
      EXPECT_EQ(version->hash, hash(i % 2 == 0 ? 200 + i : 100 + i));
      EXPECT_EQ(version->text,
                name + " in version " + std::to_string(i % 2 == 0 ? 200 + i : 100 + i));
      EXPECT_EQ(store->value(name, version->hash, "password")->view(),
                name + " value " + std::to_string(i % 2 == 0 ? 200 + i : 100 + i));
    }
    EXPECT_EQ(store->version("s2", hash(102))->text, "s2 in version 102");
    EXPECT_FALSE(store->active("s20"));
    EXPECT_FALSE(store->active("s"));
  }
  void sql(const std::string& text) const {
    SqliteConnection(data / "cas.db", SqliteConnection::Mode::read_write).execute(text);
  }
  /// The text of what `read` throws, "" if nothing.
  template <class Read>
  static std::string refusal(const Read& read) {
    try {
      read();
      return "";
    } catch (const Error& error) {
      std::string all = error.text();
      for (const auto& cause : error.causes()) all += "\n" + cause;
      return all;
    }
  }
  void wait_until_told() const {
    for (int i = 0; i < 1000 && times_told == 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  const PermissionsForTests may;
  std::unique_ptr<host::Files> files;
  host::TemporaryDirectory directory;
  std::filesystem::path data;
  Gate gate;
  std::string told;
  std::atomic<int> times_told = 0;
  std::unique_ptr<Store> store;
};

TEST_F(LargeStore, is_read_before_it_is_verified_and_written_after) {
  open();
  EXPECT_FALSE(store->verified());
  expect_the_truth();
  EXPECT_EQ(store->fact("identity")->view(), "keys");
  EXPECT_TRUE(store->writable());
  // What could be missing unseen is waited for.
  std::vector<std::future<void>> waiting;
  const auto waits = [&](auto work) { waiting.push_back(std::async(std::launch::async, work)); };
  waits([this] { EXPECT_EQ(store->history("s2").size(), 2U); });
  waits([this] { EXPECT_EQ(store->children("/", "", 100).names.size(), 20U); });
  waits([this] { EXPECT_EQ(store->state("s1", "otp")->view(), "55"); });
  waits([this] { EXPECT_EQ(store->values("s1", hash(101)).size(), 1U); });
  waits([this] { EXPECT_FALSE(store->version("s1", hash(1))); });
  waits([this] { EXPECT_TRUE(store->newest_value("s1", hash(101), "password")); });
  waits([this] { EXPECT_FALSE(store->value("s1", hash(101), "other")); });
  waits([this] { add(*store, "s1", 301, 101); });
  waits([this] {
    store->change_state(may.state, "s3", "otp",
                        [](auto) { return std::optional(crypto::Secret("56")); });
  });
  waits([this] { store->replace_value(may.renewal, "s5", hash(105), "password", "new"); });
  for (auto& one : waiting)
    EXPECT_EQ(one.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  EXPECT_EQ(store->active("s1")->hash, hash(101));
  gate.release();
  for (auto& one : waiting) one.get();
  EXPECT_TRUE(store->verified());
  EXPECT_EQ(store->active("s1")->hash, hash(301));
  EXPECT_EQ(store->value("s5", hash(105), "password")->view(), "new");
  EXPECT_EQ(times_told, 0);
}

TEST_F(LargeStore, is_closed_at_once_while_it_is_verified) {
  open();
  gate.release();
  store.reset();
  EXPECT_EQ(times_told, 0);
  open();
  expect_the_truth();
}

TEST_F(LargeStore, small_ones_are_verified_first_and_have_no_index) {
  const auto small = directory.path() / "small";
  for (int round = 0; round < 2; ++round) {
    Store fresh(small);
    if (round == 0) add(fresh, "s", 1, {});
    EXPECT_TRUE(fresh.verified());
  }
  EXPECT_FALSE(files->exists(small / "cas.index"));
}

TEST_F(LargeStore, versions_that_the_index_does_not_know_are_read_with_it) {
  gate.release();
  open();
  EXPECT_EQ(refusal([&] { (void)store->history("s1"); }), "");  // verified
  const auto index = files->read(data / "cas.index");
  add(*store, "s1", 301, 101);
  add(*store, "new", 302, {});
  // As kill -9 leaves it.
  const auto killed = directory.path() / "killed";
  std::filesystem::copy(data, killed);
  files->write(killed / "cas.index", index, 0600);
  files->remove_tree(killed / "cas.lock");
  store.reset();
  Gate held;
  {
    Store again(killed, {.rows_verified_first = 10, .before_verification = [&] { held.pass(); }});
    EXPECT_FALSE(again.verified());
    EXPECT_EQ(again.active("s1")->hash, hash(301));
    EXPECT_EQ(again.active("new")->hash, hash(302));
    EXPECT_EQ(again.active("s2")->hash, hash(202));
    EXPECT_FALSE(again.active("none"));
    held.release();
  }
  // And some of these are missing: that is found before anything is served.
  SqliteConnection(killed / "cas.db", SqliteConnection::Mode::read_write)
      .execute("DELETE FROM session_versions WHERE name = 'new'");
  files->write(killed / "cas.index", index, 0600);
  EXPECT_THAT(refusal([&] { Store(killed, {.rows_verified_first = 10}); }),
              HasSubstr("entries are missing or were added"));
}

/// What somebody did to the database of a stopped CAS, and a session that it concerns.
struct Damage {
  const char* name;
  const char* sql;
  const char* session;
};
class DamagedLargeStore : public LargeStore, public testing::WithParamInterface<Damage> {};

TEST_P(DamagedLargeStore, nothing_of_it_is_served_and_it_is_told) {
  sql(GetParam().sql);
  open();  // not all was looked at
  const std::string name = GetParam().session;
  // The truth or nothing; never the version before, another value, or that there is none.
  const auto read = [&] {
    const auto version = store->active(name);
    ASSERT_TRUE(version);
    EXPECT_EQ(version->hash, hash(202));
    const auto value = store->value(name, version->hash, "password");
    EXPECT_EQ(value->view(), name + " value 202");
  };
  auto reading = std::async(std::launch::async, [&] { return refusal(read); });
  const bool waits = reading.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready;
  gate.release();
  const auto refused = reading.get();
  EXPECT_TRUE(!waits || !refused.empty()) << "what is missing was given";
  wait_until_told();
  EXPECT_EQ(times_told, 1);
  EXPECT_THAT(told, testing::AnyOf(HasSubstr("damaged"), HasSubstr("changed from outside")));
  // From now on it serves nothing at all.
  for (const auto& each : std::vector<std::function<void()>>{
           [&] { (void)store->active("s1"); }, [&] { (void)store->version("s1", hash(101)); },
           [&] { (void)store->value("s1", hash(101), "password"); },
           [&] { (void)store->history("s1"); }, [&] { (void)store->state("s1", "otp"); },
           [&] { add(*store, "more", 400, {}); }})
    EXPECT_THAT(refusal(each),
                HasSubstr("the CAS serves nothing, because its database is damaged"));
  EXPECT_FALSE(store->writable());
}
INSTANTIATE_TEST_SUITE_P(
    Damages, DamagedLargeStore,
    testing::Values(
        Damage{"newest_version_removed",
               "DELETE FROM session_versions WHERE sequence = 2 AND name = 's2'", "s2"},
        Damage{"session_removed", "DELETE FROM session_versions WHERE name = 's2'", "s2"},
        Damage{"older_version_removed",
               "DELETE FROM session_versions WHERE sequence = 1 AND name = 's2'", "s2"},
        Damage{"text_changed",
               "UPDATE session_versions SET sealed = (SELECT sealed FROM session_versions WHERE "
               "name = 's2' AND sequence = 1) WHERE name = 's2'",
               "s2"},
        Damage{"sequence_changed",
               "UPDATE session_versions SET sequence = sequence + 5 WHERE name = 's2'", "s2"},
        Damage{"renamed", "UPDATE session_versions SET name = 'x' || name WHERE name = 's2'", "s2"},
        Damage{"value_removed", "DELETE FROM secret_values WHERE session = 's2'", "s2"},
        Damage{"value_exchanged",
               "UPDATE secret_values SET sealed = (SELECT sealed FROM secret_values WHERE session "
               "= 's4' LIMIT 1) WHERE session = 's2'",
               "s2"},
        Damage{"filed_elsewhere", "UPDATE session_versions SET parent = 's1' WHERE name = 's2'",
               "s2"},
        Damage{"state_removed", "DELETE FROM session_states", "s2"}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(LargeStore, what_is_sealed_of_the_whole_is_looked_at_first) {
  for (const std::string damage :
       {"DELETE FROM facts WHERE name = 'identity'", "DELETE FROM facts WHERE name = 'row-counts'",
        "UPDATE row_counts SET rows = rows - 1", "DELETE FROM row_counts",
        "UPDATE facts SET sealed = x'00'"}) {
    const auto copy = directory.path() / "copy";
    files->remove_tree(copy);
    std::filesystem::copy(data, copy);
    files->remove_tree(copy / "cas.lock");
    SqliteConnection(copy / "cas.db", SqliteConnection::Mode::read_write).execute(damage);
    EXPECT_NE(refusal([&] { Store(copy, {.rows_verified_first = 10}); }), "") << damage;
  }
}

TEST_F(LargeStore, without_a_good_index_all_is_verified_first) {
  gate.release();
  const auto good = files->read(data / "cas.index");
  const auto truth = [&] {
    open();
    const bool first = store->verified();
    expect_the_truth();
    store.reset();
    return first;
  };
  const auto index_of_other_cas = [&] {
    const auto other = directory.path() / "other";
    {
      Store fresh(other, {.rows_verified_first = 10});
      for (int i = 0; i < 20; ++i) add(fresh, "s" + std::to_string(i), 100 + i, {});
    }
    return files->read(other / "cas.index");
  }();
  auto flipped = good;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  for (const auto& bad : {std::string(), std::string("garbage"), good.substr(0, good.size() - 1),
                          flipped, index_of_other_cas}) {
    files->write(data / "cas.index", bad, 0600);
    EXPECT_TRUE(truth()) << bad.size();
    EXPECT_NE(files->read(data / "cas.index"), bad);  // there is a good one again
  }
  files->remove_tree(data / "cas.index");
  EXPECT_TRUE(truth());
  // So a damage is found at the start then.
  sql("DELETE FROM session_versions WHERE sequence = 2 AND name = 's2'");
  files->remove_tree(data / "cas.index");
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("entries are missing or were added"));
}

TEST_F(LargeStore, rows_that_have_only_moved_do_no_harm) {
  sql("UPDATE session_versions SET id = 1000 WHERE name = 's2' AND sequence = 2; "
      "UPDATE session_versions SET id = 22 WHERE name = 's2' AND sequence = 1");
  open();
  EXPECT_TRUE(store->verified());  // the index does not fit any more
  expect_the_truth();
}

TEST_F(LargeStore, a_clean_end_leaves_nothing_in_the_write_ahead_log) {
  gate.release();
  open();
  add(*store, "s1", 301, 101);
  EXPECT_EQ(store->active("s1")->hash, hash(301));
  EXPECT_TRUE(files->exists(data / "cas.db-wal"));
  store.reset();
  EXPECT_FALSE(files->exists(data / "cas.db-wal"));
}

TEST_F(LargeStore, an_index_of_another_time_line_is_not_used) {
  gate.release();
  const auto before = directory.path() / "before";
  std::filesystem::copy(data, before);
  files->remove_tree(before / "cas.lock");
  // Here goes on what the index is of ...
  {
    open();
    for (int i = 0; i < 20; i += 2) add(*store, "s" + std::to_string(i), 300 + i, 200 + i);
    store.reset();
  }
  const auto index = files->read(data / "cas.index");
  // ... and there, from an earlier copy, something else, with as many commits and more.
  {
    Store other(before, {.rows_verified_first = 10});
    for (int i = 1; i < 20; i += 2) add(other, "s" + std::to_string(i), 400 + i, 100 + i);
    for (int i = 1; i < 20; i += 2) add(other, "s" + std::to_string(i), 500 + i, 400 + i);
  }
  files->write(before / "cas.index", index, 0600);
  bool verified_later = false;
  Store other(before,
              {.rows_verified_first = 10, .before_verification = [&] { verified_later = true; }});
  EXPECT_EQ(other.active("s1")->hash, hash(501));
  EXPECT_EQ(other.active("s2")->hash, hash(202));
  EXPECT_TRUE(other.verified());
  EXPECT_FALSE(verified_later);
}

TEST_F(LargeStore, a_damage_while_it_runs_does_not_get_into_the_index) {
  gate.release();
  open();
  EXPECT_EQ(refusal([&] { (void)store->history("s1"); }), "");  // verified
  const auto index = files->read(data / "cas.index");
  sql("DELETE FROM session_versions WHERE sequence = 2 AND name = 's2'");
  for (int i = 0; i < 20; ++i) add(*store, "more" + std::to_string(i), 600 + i, {});
  EXPECT_GT(times_told, 0);
  EXPECT_THAT(told, HasSubstr("entries are missing or were added"));
  EXPECT_FALSE(store->writable());
  EXPECT_EQ(files->read(data / "cas.index"), index);
}

TEST_F(LargeStore, older_databases_are_refused_as_small_ones_are) {
  gate.release();
  const auto older = files->read(data / "cas.db");
  {
    open();
    add(*store, "s1", 301, 101);
    store.reset();
  }
  std::ofstream(data / "cas.db", std::ios::binary)
      .write(older.data(), static_cast<std::streamsize>(older.size()));
  EXPECT_THAT(refusal([&] { open(); }), HasSubstr("1 acknowledged commits are missing"));
}

TEST_F(LargeStore, an_old_state_that_was_put_back_is_never_read) {
  const auto earlier = directory.path() / "earlier";
  std::filesystem::copy(data, earlier);
  {
    Store fresh(data, {.rows_verified_first = 10});
    fresh.change_state(may.state, "s1", "otp",
                       [](auto) { return std::optional(crypto::Secret("55 56")); });
  }
  sql("ATTACH '" + (earlier / "cas.db").string() +
      "' AS old; UPDATE session_states SET (sealed, version) = (SELECT sealed, version FROM "
      "old.session_states)");
  open();
  EXPECT_TRUE(store->active("s1"));
  gate.release();
  EXPECT_THAT(refusal([&] { (void)store->state("s1", "otp"); }), HasSubstr("database is damaged"));
  wait_until_told();
  EXPECT_THAT(told, HasSubstr("not the one that was stored last"));
}

}  // namespace
}  // namespace sconectl::casd
