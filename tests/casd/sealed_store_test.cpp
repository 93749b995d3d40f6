// Sealed namespaces in the store: with SQLite and PostgreSQL, killed, attacked, and with another
// key of the database.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "casd/killed_child.hpp"
#include "casd/postgres_fixture.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/store_rows.hpp"
#include "casd/store_fixture.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::casd {
namespace {

using diag::Error;
using diag::ErrorKind;

crypto::Secret owners_key(char byte = 'k') {
  return crypto::Secret(std::string(32, byte));
}

NewSession version_of(const std::string& name, const std::string& hash,
                      std::optional<std::string> before = {}) {
  NewSession session;
  session.session.name = name;
  session.session.hash = hash;
  session.session.predecessor = before;
  session.session.text = "text of " + name + " " + hash;
  session.values.emplace("password", crypto::Secret("value of " + name + " " + hash));
  session.based_on[name] = before;
  return session;
}

class SealedStore : public StoreTest, public testing::WithParamInterface<std::string> {
 protected:
  SealedStore() {
    if (GetParam() == "postgres") {
      database = postgres_database(PostgresServer::get().new_url());
      for (const auto& path : {data, directory.path() / "second"}) {
        files->make_directories(path, 0700);
        files->write(path / "cas.key-store", std::string(64, '5') + "\n", 0600);
      }
    }
  }
  [[nodiscard]] std::unique_ptr<Store> opened(const std::string& name = "d") const {
    StoreOptions options;
    options.database = database;
    return std::make_unique<Store>(directory.path() / name, options);
  }
  std::unique_ptr<Store> filled() const {
    auto store = opened();
    EXPECT_TRUE(add(*store, root_version(hash('0'), {})));
    put(*store, version_of("team", hash('1')));
    for (const auto* name : {"team/a", "team-b", "teams", "team/a/deep", "tea", "team0"})
      put(*store, version_of(name, hash('2')));
    put(*store, version_of("team/a", hash('3'), hash('2')));
    for (const auto* name : {"team/a", "team-b"})
      store->change_state(may.state, name, "otp",
                          [](auto) { return std::optional(crypto::Secret("55")); });
    return store;
  }
  static void put(Store& store, const NewSession& session) {
    EXPECT_TRUE(store.add(PermissionsForTests::write(session.session.name), session));
  }
  static bool seal(Store& store, char byte = 'k') {
    return store.seal_namespace(PermissionsForTests::write("team"), hash('1'), owners_key(byte), {})
        .has_value();
  }
  static void unlock(Store& store, char byte = 'k') {
    const auto key = store.proven_key("team", owners_key(byte));
    ASSERT_TRUE(key);
    store.unlock_namespace(*key);
  }
  static void expect_all(const Store& store) {
    EXPECT_EQ(store.active("team/a")->text, "text of team/a " + hash('3'));
    EXPECT_EQ(store.version("team/a", hash('2'))->text, "text of team/a " + hash('2'));
    EXPECT_EQ(store.value("team/a", hash('2'), "password")->view(), "value of team/a " + hash('2'));
    EXPECT_EQ(store.values("team/a/deep", hash('2')).at("password").view(),
              "value of team/a/deep " + hash('2'));
    EXPECT_EQ(store.state("team/a", "otp")->view(), "55");
    EXPECT_EQ(store.active("team")->text, "text of team " + hash('1'));
  }
  void expect_locked(Store& store) const {
    for (const auto* name : {"team", "team/a", "team/a/deep", "team/none"}) {
      EXPECT_THROW((void)store.active(name), NamespaceLocked) << name;
      EXPECT_THROW((void)store.version(name, hash('2')), NamespaceLocked) << name;
      EXPECT_THROW((void)store.value(name, hash('2'), "password"), NamespaceLocked) << name;
      EXPECT_THROW((void)store.values(name, hash('2')), NamespaceLocked) << name;
      EXPECT_THROW((void)store.state(name, "otp"), NamespaceLocked) << name;
    }
    EXPECT_THROW(put(store, version_of("team/new", hash('4'))), NamespaceLocked);
    EXPECT_THROW(put(store, version_of("team/a", hash('4'), hash('3'))), NamespaceLocked);
    EXPECT_THROW(store.replace_value(may.renewal, "team/a", hash('2'), "password", "x"),
                 NamespaceLocked);
    EXPECT_THROW(store.change_state(may.state, "team/a", "otp",
                                    [](auto) { return std::optional(crypto::Secret("56")); }),
                 NamespaceLocked);
    EXPECT_THROW((void)store.remove(PermissionsForTests::write("team/a/deep"), hash('2'), {}),
                 NamespaceLocked);
    for (const auto* name : {"team-b", "teams", "tea", "team0"})
      EXPECT_EQ(store.active(name)->text, "text of " + std::string(name) + " " + hash('2'));
    EXPECT_EQ(store.state("team-b", "otp")->view(), "55");
    EXPECT_EQ(store.history("team/a").size(), 2U) << "without texts";
    EXPECT_FALSE(store.damage_known());
  }
  void execute(const std::string& sql) const {
    if (database) return database->connect(Database::Mode::write)->execute(sql);
    SqliteConnection(data / "cas.db", SqliteConnection::Mode::read_write).execute(sql);
  }

  std::shared_ptr<const Database> database;
};

INSTANTIATE_TEST_SUITE_P(Databases, SealedStore, testing::Values("sqlite", "postgres"),
                         [](const auto& tested) { return tested.param; });

TEST_P(SealedStore, a_store_that_is_opened_again_is_locked_until_it_gets_the_key) {
  auto store = filled();
  EXPECT_FALSE(
      store->seal_namespace(PermissionsForTests::write("team"), hash('9'), owners_key(), {}))
      << "another version";
  ASSERT_TRUE(seal(*store));
  expect_all(*store);
  put(*store, version_of("team/later", hash('4')));
  store.reset();
  store = opened();
  expect_locked(*store);
  EXPECT_FALSE(store->proven_key("team", owners_key('x')));
  EXPECT_THROW((void)store->proven_key("tea", owners_key()), Error);
  unlock(*store);
  expect_all(*store);
  EXPECT_EQ(store->active("team/later")->text, "text of team/later " + hash('4'));
  store->lock_namespace(PermissionsForTests::write("team"));
  expect_locked(*store);
  unlock(*store);
  ASSERT_TRUE(store->unseal_namespace(PermissionsForTests::write("team"), hash('1'), {}));
  store.reset();
  store = opened();
  expect_all(*store);
  EXPECT_TRUE(store->sealed_namespaces().empty());
}

TEST_P(SealedStore, others_read_and_write_while_it_is_sealed_and_unsealed) {
  auto store = filled();
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      while (!done) {
        EXPECT_EQ(store->state("team-b", "otp")->view(), "55");
        store->change_state(may.state, "teams", "s" + std::to_string(i),
                            [&](auto) { return std::optional(crypto::Secret("x")); });
        // Never anything but the truth; that it is just being sealed is said as such.
        try {
          EXPECT_EQ(store->value("team/a", hash('2'), "password")->view(),
                    "value of team/a " + hash('2'));
          store->change_state(may.state, "team/a", "s" + std::to_string(i), [&](auto stored) {
            EXPECT_EQ(stored.value_or("y"), "y");
            return std::optional(crypto::Secret("y"));
          });
          ++reads;
        } catch (const NamespaceLocked&) {
        }
      }
    });
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(seal(*store, static_cast<char>('a' + round)));
    ASSERT_TRUE(seal(*store));
    ASSERT_TRUE(store->unseal_namespace(PermissionsForTests::write("team"), hash('1'), {}));
  }
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_GT(reads, 5);
  EXPECT_FALSE(store->damage_known());
  store.reset();
  expect_all(*opened());
}

/// He can make rows that the database takes for its own; they are not taken for those of the owner.
TEST_P(SealedStore, a_row_that_the_operator_makes_himself_is_not_believed) {
  auto store = filled();
  ASSERT_TRUE(seal(*store));
  store.reset();
  store = opened();
  unlock(*store);
  const auto key = database ? std::string(64, '5') : bytes_of("cas.key-store").substr(0, 64);
  const RowSeal operators(crypto::Secret(*crypto::unhex(key)));
  const auto at = value_place("team/a", hash('2'), "password");
  const auto forged = crypto::hex(operators.seal("mine", at));
  execute("UPDATE secret_values SET sealed = " +
          (database ? "'\\x" + forged + "'" : "x'" + forged + "'") +
          " WHERE session = 'team/a' AND hash = '" + hash('2') + "'");
  EXPECT_THROW((void)store->value("team/a", hash('2'), "password"), NamespaceLocked);
}

class SealedInSqlite : public SealedStore {};
INSTANTIATE_TEST_SUITE_P(Databases, SealedInSqlite, testing::Values("sqlite"),
                         [](const auto& tested) { return tested.param; });

TEST_P(SealedInSqlite, the_database_gets_another_key_while_it_is_locked) {
  auto store = filled();
  ASSERT_TRUE(seal(*store));
  store.reset();
  store = opened();
  begin_key_rotation(data, {}, {});
  EXPECT_TRUE(store->take_next_key({}));
  expect_locked(*store);
  unlock(*store);
  expect_all(*store);
  store.reset();
  store = opened();
  expect_locked(*store);
  unlock(*store);
  expect_all(*store);
}

TEST_P(SealedInSqlite, that_it_is_sealed_can_not_be_taken_away_without_the_key_of_the_database) {
  auto store = filled();
  ASSERT_TRUE(seal(*store));
  store.reset();
  const auto before = bytes_of("cas.db");
  for (const std::string sql :
       {"DELETE FROM session_states WHERE subject LIKE 'sealed-namespace:%'",
        "UPDATE session_states SET subject = 'sealed-namespace:other' WHERE subject LIKE "
        "'sealed-namespace:%'"}) {
    execute(sql);
    EXPECT_THROW((void)opened(), Error) << sql;
    files->write(data / "cas.db", before, 0600);
  }
  expect_locked(*opened());
}

TEST_P(SealedInSqlite, one_that_fails_changes_nothing_and_can_be_tried_again) {
  auto store = filled();
  execute("CREATE TRIGGER refuse BEFORE UPDATE ON facts BEGIN SELECT RAISE(ABORT, 'no'); END");
  EXPECT_THROW((void)seal(*store), Error);
  EXPECT_TRUE(store->sealed_namespaces().empty());
  expect_all(*store);
  execute("DROP TRIGGER refuse");
  put(*store, version_of("team/plain", hash('4')));
  ASSERT_TRUE(seal(*store));
  expect_all(*store);
  execute("CREATE TRIGGER refuse BEFORE UPDATE ON facts BEGIN SELECT RAISE(ABORT, 'no'); END");
  EXPECT_THROW((void)store->unseal_namespace(PermissionsForTests::write("team"), hash('1'), {}),
               Error);
  EXPECT_THROW((void)seal(*store, 'n'), Error);
  execute("DROP TRIGGER refuse");
  put(*store, version_of("team/late", hash('4')));
  store.reset();
  store = opened();
  expect_locked(*store);
  unlock(*store);
  expect_all(*store);
  EXPECT_EQ(store->active("team/plain")->hash, hash('4'));
  EXPECT_EQ(store->active("team/late")->hash, hash('4'));
}

TEST_P(SealedInSqlite, killed_in_the_middle_it_is_sealed_as_a_whole_or_not) {
  auto store = filled();
  std::string before = hash('3');
  for (int i = 0; i < 200; ++i) {
    const auto next = std::to_string(10'000 + i) + std::string(59, 'c');
    put(*store, version_of("team/a", next, before));
    before = next;
  }
  store.reset();
  std::mt19937 random(11);  // NOLINT: the same moments in every run
  for (int round = 0; round < 6; ++round) {
    (void)test::told_until_killed(std::chrono::milliseconds(500 + random() % 900), [&](int) {
      auto mine = opened();
      if (!mine->sealed_namespaces().empty()) unlock(*mine);
      for (;;) {
        if (!seal(*mine)) _exit(3);
        if (!mine->unseal_namespace(PermissionsForTests::write("team"), hash('1'), {})) _exit(4);
      }
    });
    store = opened();
    if (!store->sealed_namespaces().empty()) {
      EXPECT_THROW((void)store->active("team/a"), NamespaceLocked);
      unlock(*store);
    }
    EXPECT_EQ(store->active("team/a")->hash, before);
    for (const auto& version : store->history("team/a", 5'000))
      ASSERT_EQ(store->value("team/a", version.hash, "password")->view(),
                "value of team/a " + version.hash);
    EXPECT_EQ(store->version("team/a", hash('2'))->text, "text of team/a " + hash('2'));
    store.reset();
  }
}

TEST_P(SealedInSqlite, a_large_store_that_is_not_verified_yet_is_locked_too) {
  auto store = filled();
  ASSERT_TRUE(seal(*store));
  store.reset();
  { const Store indexed(data, {.rows_verified_first = 2}); }  // leaves cas.index
  ASSERT_TRUE(files->exists(data / "cas.index"));
  std::atomic<bool> go = false;
  {
    Store large(data, {.rows_verified_first = 2, .before_verification = [&] {
                         while (!go) std::this_thread::yield();
                       }});
    EXPECT_THROW((void)large.active("team/a"), NamespaceLocked);
    EXPECT_EQ(large.active("team-b")->hash, hash('2'));
    unlock(large);
    EXPECT_EQ(large.active("team/a")->hash, hash('3'));
    go = true;
    EXPECT_EQ(large.history("team/a").size(), 2U);
    EXPECT_FALSE(large.damage_known());
    expect_all(large);
  }
}

class SharedSeal : public SealedStore {};
INSTANTIATE_TEST_SUITE_P(Databases, SharedSeal, testing::Values("postgres"),
                         [](const auto& tested) { return tested.param; });

TEST_P(SharedSeal, each_cas_is_unlocked_on_its_own) {
  auto a = filled();
  auto b = opened("second");
  expect_all(*b);
  std::atomic<int> told = 0;
  b->on_namespace_locked([&](const std::string& name) {
    EXPECT_EQ(name, "team");
    ++told;
  });
  ASSERT_TRUE(seal(*a));
  expect_locked(*b);
  EXPECT_EQ(told, 1);
  expect_all(*a);
  unlock(*b);
  expect_all(*b);
  put(*a, version_of("team/later", hash('4')));
  EXPECT_EQ(b->active("team/later")->hash, hash('4'));
  put(*b, version_of("team/later", hash('5'), hash('4')));
  EXPECT_EQ(a->active("team/later")->text, "text of team/later " + hash('5'));
  a->lock_namespace(PermissionsForTests::write("team"));
  expect_locked(*a);
  EXPECT_EQ(b->active("team/later")->hash, hash('5'));
  // Another key that one of them stores is not known to the other.
  ASSERT_TRUE(seal(*b, 'n'));
  EXPECT_FALSE(a->proven_key("team", owners_key('k')));
  unlock(*a, 'n');
  expect_all(*a);
  ASSERT_TRUE(a->unseal_namespace(PermissionsForTests::write("team"), hash('1'), {}));
  expect_all(*b);
  put(*b, version_of("team/plain", hash('6')));
  a.reset();
  b.reset();
  expect_all(*opened());
}

}  // namespace
}  // namespace sconectl::casd
