// What the store promises, whatever database it is in.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "casd/postgres_fixture.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store_fixture.hpp"

namespace sconectl::casd {
namespace {

using diag::Error;

class EveryStore : public StoreTest, public testing::WithParamInterface<std::string> {
 protected:
  EveryStore() { begin_anew(); }

  /// An empty database, and nothing that remembers another one.
  void begin_anew() {
    files->remove_tree(data);
    if (GetParam() == "sqlite") return;
    database = postgres_database(PostgresServer::get().new_url());
    files->make_directories(data, 0700);
    files->write(data / "cas.key-store", std::string(64, '5') + "\n", 0600);
  }
  [[nodiscard]] StoreOptions options() const { return {.database = database}; }
  /// As somebody would who has the database, but not the key.
  void execute(const std::string& sql) const {
    if (database) return database->connect(Database::Mode::write)->execute(sql);
    SqliteConnection(data / "cas.db", SqliteConnection::Mode::read_write).execute(sql);
  }

  std::shared_ptr<const Database> database;
};

INSTANTIATE_TEST_SUITE_P(Databases, EveryStore, testing::Values("sqlite", "postgres"),
                         [](const auto& tested) { return tested.param; });

TEST_P(EveryStore, reopened_store_has_everything) {
  {
    Store store(data, options());
    ASSERT_TRUE(add(store, root_version(hash('a'), {})));
    ASSERT_TRUE(add(store, root_version(hash('b'), hash('a'))));
    store.keep_fact(may.start, "identity", "keys");
    store.change_state(may.state, "/", "otp",
                       [](auto) { return std::optional(crypto::Secret("55")); });
  }
  Store store(data, options());
  const auto active = store.active("/");
  ASSERT_TRUE(active);
  EXPECT_EQ(active->hash, hash('b'));
  EXPECT_EQ(active->sequence, 2);
  EXPECT_EQ(active->predecessor, hash('a'));
  EXPECT_EQ(active->text, "text of " + hash('b'));
  EXPECT_EQ(store.version("/", hash('a'))->text, "text of " + hash('a'));
  EXPECT_EQ(store.history("/").size(), 2U);
  EXPECT_EQ(store.value("/", hash('a'), "password")->view(), "value of " + hash('a'));
  EXPECT_FALSE(store.value("/", hash('a'), "other"));
  EXPECT_EQ(store.fact("identity")->view(), "keys");
  std::string state;
  store.change_state(may.state, "/", "otp", [&](auto stored) {
    state = stored.value_or("");
    return std::optional<crypto::Secret>();
  });
  EXPECT_EQ(state, "55");
}

TEST_P(EveryStore, RA039_stale_decision_stores_nothing) {
  Store store(data, options());
  ASSERT_TRUE(add(store, root_version(hash('a'), {})));
  EXPECT_FALSE(add(store, root_version(hash('b'), {})));
  EXPECT_FALSE(add(store, root_version(hash('b'), hash('c'))));
  EXPECT_EQ(store.history("/").size(), 1U);
  EXPECT_FALSE(store.value("/", hash('b'), "password"));
}

TEST_P(EveryStore, RA039_of_many_updates_of_one_version_exactly_one_is_stored) {
  Store store(data, options());
  ASSERT_TRUE(add(store, root_version(hash('0'), {})));
  for (int round = 0; round < 5; ++round) {
    const auto before = store.active("/")->hash;
    std::atomic<int> stored = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < 16; ++i)
      clients.emplace_back([&, i] {
        const auto mine = std::to_string(100 * round + i + 100) + std::string(61, 'f');
        if (add(store, root_version(mine, before))) ++stored;
      });
    for (auto& client : clients) client.join();
    EXPECT_EQ(stored, 1);
  }
  EXPECT_EQ(store.history("/").size(), 6U);
}

TEST_P(EveryStore, CC009_of_many_new_sessions_at_once_no_more_are_stored_than_there_may_be) {
  Store store(data, options());
  ASSERT_TRUE(add(store, root_version(hash('a'), {})));
  std::atomic<int> stored = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 3; ++n) {
        auto fresh = root_version(hash('b'), {});
        fresh.session.name = "s" + std::to_string(i) + "-" + std::to_string(n);
        fresh.based_on = {{fresh.session.name, {}}};
        fresh.most_sessions = 5;
        try {
          if (store.add(PermissionsForTests::write(fresh.session.name), fresh)) ++stored;
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), diag::ErrorKind::refused);
          ++refused;
        }
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(stored, 5);
  EXPECT_EQ(refused, 19);
  EXPECT_EQ(store.children("/", "", 100).names.size(), 5U);
}

TEST_P(EveryStore, readers_never_go_back_to_an_older_version) {
  Store store(data, options());
  ASSERT_TRUE(add(store, root_version(hash('0'), {})));
  std::atomic<bool> done = false;
  std::atomic<int> backwards = 0;
  std::atomic<int> read = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      std::int64_t newest = 0;
      while (!done) {
        const auto sequence = store.active("/")->sequence;
        if (sequence < newest) ++backwards;
        newest = sequence;
        ++read;
      }
    });
  std::string before = hash('0');
  for (int i = 1; i <= 300; ++i) {
    const auto next = std::to_string(1000 + i) + std::string(60, 'e');
    EXPECT_TRUE(add(store, root_version(next, before)));
    EXPECT_EQ(store.active("/")->hash, next);
    before = next;
  }
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(backwards, 0);
  EXPECT_GT(read, 300);
}

TEST_P(EveryStore, failing_work_takes_nothing_with_it) {
  Store store(data, options());
  ASSERT_TRUE(add(store, root_version(hash('a'), {})));
  std::vector<std::thread> clients;
  std::atomic<int> refused = 0;
  for (int i = 0; i < 20; ++i)
    clients.emplace_back([&, i] {
      try {
        store.change_state(may.state, "/", "s" + std::to_string(i),
                           [i](auto) -> std::optional<crypto::Secret> {
                             if (i % 2 == 0) throw Error(diag::ErrorKind::refused, "no");
                             return crypto::Secret("x");
                           });
      } catch (const Error&) {
        ++refused;
      }
    });
  for (auto& client : clients) client.join();
  EXPECT_EQ(refused, 10);
  for (int i = 0; i < 20; ++i)
    store.change_state(may.state, "/", "s" + std::to_string(i), [i](auto stored) {
      EXPECT_EQ(stored.has_value(), i % 2 == 1) << i;
      return std::optional<crypto::Secret>();
    });
}

TEST_P(EveryStore, permission_for_another_session_does_not_store) {
  Store store(data, options());
  auto session = root_version(hash('a'), {});
  session.session.name = "other";
  EXPECT_THROW((void)add(store, session), Error);
}

TEST_P(EveryStore, rows_can_not_be_exchanged_or_removed) {
  const auto damage = [this](const std::string& sql) {
    begin_anew();
    {
      Store store(data, options());
      EXPECT_TRUE(add(store, root_version(hash('a'), {})));
      EXPECT_TRUE(add(store, root_version(hash('b'), hash('a'))));
      store.keep_fact(may.start, "identity", "keys");
    }
    execute(sql);
    return all_of(data, options());
  };
  EXPECT_TRUE(damage("SELECT 1"));
  for (const std::string sql :
       {"DELETE FROM session_versions WHERE sequence = 2",
        "UPDATE session_versions SET sequence = 3 - sequence + 10",
        "UPDATE session_versions SET created = created + 1",
        "UPDATE session_versions SET salted = 1", "UPDATE session_versions SET predecessor = NULL",
        "UPDATE session_versions SET parent = 'x'",
        "UPDATE secret_values SET sealed = (SELECT sealed FROM secret_values ORDER BY id LIMIT 1)",
        "DELETE FROM secret_values", "DELETE FROM facts WHERE name = 'identity'",
        "DELETE FROM facts WHERE name = 'row-counts'", "UPDATE row_counts SET rows = 7",
        "DELETE FROM row_counts"})
    EXPECT_FALSE(damage(sql)) << sql;
}

}  // namespace
}  // namespace sconectl::casd
