// A database that several processes share: here, stores with directories of their own.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "casd/shared_store_fixture.hpp"
#include "support/matchers.hpp"

namespace sconectl::casd {
namespace {

using diag::Error;
using diag::ErrorKind;

TEST_F(SharedStore, what_one_stores_all_see_at_once) {
  const auto a = replica(1);
  const auto b = replica(2);
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  std::string before = hash('0');
  for (int round = 0; round < 50; ++round) {
    auto& writer = round % 2 == 0 ? *a : *b;
    auto& reader = round % 2 == 0 ? *b : *a;
    const auto next = std::to_string(1000 + round) + std::string(60, 'd');
    ASSERT_TRUE(add(writer, root_version(next, before)));
    ASSERT_EQ(reader.active("/")->hash, next);
    ASSERT_EQ(reader.value("/", next, "password")->view(), "value of " + next);
    writer.change_state(may.state, "/", "otp",
                        [&](auto) { return std::optional(crypto::Secret(next)); });
    ASSERT_EQ(reader.state("/", "otp")->view(), next);
    before = next;
  }
  a->keep_fact(may.start, "identity", "keys");
  EXPECT_EQ(b->fact("identity")->view(), "keys");
  EXPECT_EQ(b->facts_of_others(), 1U);
}

TEST_F(SharedStore, RA039_of_many_updates_of_one_version_exactly_one_is_stored) {
  const std::array replicas{replica(1), replica(2), replica(3)};
  ASSERT_TRUE(add(*replicas[0], root_version(hash('0'), {})));
  for (int round = 0; round < 5; ++round) {
    const auto before = replicas[1]->active("/")->hash;
    std::atomic<int> stored = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < 12; ++i)
      clients.emplace_back([&, i] {
        const auto mine = std::to_string(100 * round + i + 100) + std::string(61, 'f');
        if (add(*replicas[static_cast<std::size_t>(i % 3)], root_version(mine, before))) ++stored;
      });
    for (auto& client : clients) client.join();
    EXPECT_EQ(stored, 1);
  }
  EXPECT_EQ(replicas[2]->history("/").size(), 6U);
}

/// A one-time password: whoever comes first finds nothing stored.
TEST_F(SharedStore, a_state_is_changed_by_one_at_a_time) {
  const std::array replicas{replica(1), replica(2), replica(3)};
  ASSERT_TRUE(add(*replicas[0], root_version(hash('0'), {})));
  std::atomic<int> first = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 12; ++i)
    clients.emplace_back([&, i] {
      for (int password = 0; password < 10; ++password)
        replicas[static_cast<std::size_t>(i % 3)]->change_state(
            may.state, "/", "otp:" + std::to_string(password), [&](auto stored) {
              if (!stored) ++first;
              return std::optional(crypto::Secret("used"));
            });
    });
  for (auto& client : clients) client.join();
  EXPECT_EQ(first, 10);
}

/// Each reader of a name sees what it counts only grow, as long as nobody deletes; nothing that
/// others do at the same time is taken for a damage.
TEST_F(SharedStore, reads_beside_writes_and_deletions_of_others_go_on) {
  const std::array replicas{replica(1), replica(2), replica(3)};
  ASSERT_TRUE(add(*replicas[0], root_version(hash('0'), {})));
  std::atomic<bool> done = false;
  std::atomic<int> backwards = 0;
  std::vector<std::thread> threads;
  for (const auto& store : replicas)
    threads.emplace_back([&] {
      std::int64_t newest = 0;
      while (!done) {
        const auto sequence = store->active("/")->sequence;
        if (sequence < newest) ++backwards;
        newest = sequence;
        for (const auto* name : {"x", "y"}) {
          const auto active = store->active(name);
          if (active) (void)store->values(name, active->hash);
          (void)store->state(name, "s");
        }
      }
    });
  std::vector<std::thread> writers;
  for (std::size_t i = 0; i < replicas.size(); ++i)
    writers.emplace_back([&, i] {
      auto& store = *replicas[i];
      for (int round = 0; round < 40; ++round) {
        const std::string name = round % 2 == 0 ? "x" : "y";
        const auto active = store.active(name);
        const auto mine =
            std::to_string(1000 * (i + 1) + static_cast<std::size_t>(round)) + std::string(60, 'b');
        if (active && round % 3 == 0)
          (void)store.remove(PermissionsForTests::write(name), active->hash, {});
        else
          (void)add_child(store,
                          child(name, mine, active ? std::optional(active->hash) : std::nullopt));
        try {
          store.change_state(may.state, name, "s",
                             [&](auto) { return std::optional(crypto::Secret(mine)); });
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::not_found) << error.text();
        }
        const auto root = store.active("/");
        (void)add(store, root_version(mine, root->hash));
      }
    });
  for (auto& writer : writers) writer.join();
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(backwards, 0);
  for (const auto& store : replicas) EXPECT_FALSE(store->damage_known());
  EXPECT_EQ(refusal(4), "opened");
}

TEST_F(SharedStore, many_that_begin_at_once_find_what_one_of_them_has_made) {
  std::vector<std::thread> threads;
  std::array<std::string, 4> made;
  for (std::size_t i = 0; i < made.size(); ++i)
    threads.emplace_back([&, i] {
      StoreOptions options;
      options.database = database;
      options.until_started = true;
      Store store(directory_of(static_cast<int>(i)), options);
      if (!store.fact("root-key")) store.keep_fact(may.start, "root-key", std::to_string(i));
      store.started();
      made[i] = store.fact("root-key")->view();
    });
  for (auto& thread : threads) thread.join();
  for (const auto& key : made) EXPECT_EQ(key, made[0]);
}

TEST_F(SharedStore, starts_without_a_write_leave_what_it_remembers) {
  {
    const auto store = replica(1);
    ASSERT_TRUE(add(*store, root_version(hash('0'), {})));
  }
  for (int start = 0; start < 3; ++start) EXPECT_EQ(refusal(1), "opened");
}

TEST_F(SharedStore, needs_the_key_that_the_others_have) {
  ASSERT_TRUE(add(*replica(1), root_version(hash('0'), {})));
  const auto without = directory_of(2);
  files->remove_tree(without / "cas.key-store");
  EXPECT_THAT(refusal(2), testing::HasSubstr("has to be given"));
  EXPECT_FALSE(files->exists(without / "cas.key-store"));
  (void)directory_of(3, '8');
  EXPECT_NE(refusal(3), "opened");
  EXPECT_EQ(refusal(4), "opened");
}

TEST_F(SharedStore, an_empty_database_is_not_taken_for_the_one_that_is_remembered) {
  ASSERT_TRUE(add(*replica(1), root_version(hash('0'), {})));
  database = postgres_database(PostgresServer::get().new_url());
  EXPECT_THAT(refusal(1), testing::HasSubstr("it is another database, or was lost"));
  EXPECT_EQ(refusal(2), "opened");  // it remembers none
}

/// An older copy that is put back, or a standby that was promoted without all commits.
TEST_F(SharedStore, a_database_that_went_back_is_refused_while_it_serves_and_at_the_next_start) {
  StoreOptions options;
  options.database = database;
  std::string told;
  options.on_fault = [&](const Error& fault) { told = fault.causes().front(); };
  {
    Store store(directory_of(1), options);
    ASSERT_TRUE(add(store, root_version(hash('0'), {})));
    execute("CREATE TABLE kept AS SELECT * FROM facts WHERE name = 'row-counts'");
    ASSERT_TRUE(add(store, root_version(hash('1'), hash('0'))));
    execute("UPDATE facts SET sealed = kept.sealed FROM kept WHERE facts.name = kept.name");
    EXPECT_THROW((void)store.active("/"), Error);
    EXPECT_THAT(told, testing::HasSubstr("commits that were there are missing"));
    EXPECT_TRUE(store.damage_known());
    EXPECT_FALSE(store.writable());
    EXPECT_THROW((void)add(store, root_version(hash('2'), hash('1'))), Error);
  }
  EXPECT_NE(refusal(1), "opened");
}

/// The newest commit of one is not among those of the other any more: a standby was promoted that
/// lacked it, and somebody else wrote on it before this one looked again.
TEST_F(SharedStore, another_commit_in_the_place_of_one_that_was_seen_is_noticed) {
  const auto back = [&](int from_commit) {
    execute("DELETE FROM facts WHERE name = 'row-counts'; INSERT INTO facts SELECT * FROM kept; " +
            std::string("DELETE FROM commits WHERE number > ") + std::to_string(from_commit) +
            "; DELETE FROM session_versions WHERE hash = '" + hash('1') +
            "'; DELETE FROM secret_values WHERE hash = '" + hash('1') +
            "'; UPDATE row_counts SET rows = 1 WHERE subject <> 'session_states'");
  };
  StoreOptions options;
  options.database = database;
  std::string told;
  options.on_fault = [&](const Error& fault) { told = fault.causes().front(); };
  auto a = std::make_unique<Store>(directory_of(1), options);
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  execute("CREATE TABLE kept AS SELECT * FROM facts WHERE name = 'row-counts'");
  auto b = replica(2);
  ASSERT_EQ(b->active("/")->hash, hash('0'));
  b = nullptr;
  ASSERT_TRUE(add(*a, root_version(hash('1'), hash('0'))));
  a = nullptr;
  back(1);
  {
    const auto c = replica(2);
    ASSERT_TRUE(add(*c, root_version(hash('2'), hash('0'))));
  }
  // As many commits as it remembers, and it is not the same database.
  EXPECT_THAT(refusal(1), testing::HasSubstr("commits that were there are missing"));
  EXPECT_EQ(refusal(2), "opened");
}

TEST_F(SharedStore, rows_of_an_earlier_time_are_found_when_they_are_read) {
  StoreOptions options;
  options.database = database;
  Store a(directory_of(1), options);
  Store b(directory_of(2), options);
  ASSERT_TRUE(add(a, root_version(hash('0'), {})));
  const auto set = [&](Store& store, const std::string& text) {
    store.change_state(may.state, "/", "otp",
                       [&](auto) { return std::optional(crypto::Secret(text)); });
  };
  set(a, "unused");
  execute("CREATE TABLE kept AS SELECT * FROM session_states");
  set(b, "used");
  ASSERT_EQ(a.state("/", "otp")->view(), "used");
  execute(
      "UPDATE session_states SET sealed = kept.sealed, version = kept.version FROM kept WHERE "
      "session_states.subject = kept.subject");
  EXPECT_THROW((void)a.state("/", "otp"), Error);  // who wrote it was the other one
  EXPECT_THROW((void)b.state("/", "otp"), Error);
  EXPECT_TRUE(a.damage_known());
}

/// Who was cut off for long can not be told of each commit any more.
TEST_F(SharedStore, one_that_is_far_behind_looks_at_everything_again) {
  const auto a = replica(1);
  const auto b = replica(2);
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  ASSERT_TRUE(add_child(*a, child("x", hash('1'), {})));
  ASSERT_EQ(b->active("/")->hash, hash('0'));
  ASSERT_TRUE(b->active("x"));
  ASSERT_TRUE(add(*a, root_version(hash('2'), hash('0'))));
  ASSERT_TRUE(a->remove(PermissionsForTests::write("x"), hash('1'), {}));
  execute("DELETE FROM commits");
  EXPECT_EQ(b->active("/")->hash, hash('2'));
  EXPECT_FALSE(b->active("x"));
  EXPECT_TRUE(add(*b, root_version(hash('3'), hash('2'))));
  EXPECT_EQ(a->active("/")->hash, hash('3'));
}

TEST_F(SharedStore, a_record_of_a_commit_can_not_be_exchanged) {
  StoreOptions options;
  options.database = database;
  Store a(directory_of(1), options);
  Store b(directory_of(2), options);
  ASSERT_TRUE(add(a, root_version(hash('0'), {})));
  ASSERT_TRUE(b.active("/"));
  ASSERT_TRUE(add(a, root_version(hash('1'), hash('0'))));
  execute(
      "UPDATE commits SET sealed = (SELECT sealed FROM commits ORDER BY number LIMIT 1) WHERE "
      "number = (SELECT max(number) FROM commits)");
  EXPECT_THROW((void)b.active("/"), Error);
}

TEST_F(SharedStore, serves_again_when_a_server_that_died_is_back_with_all_that_was_acknowledged) {
  const auto a = replica(1);
  const auto b = replica(2);
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  ASSERT_TRUE(b->active("/"));
  PostgresServer::get().stop("immediate");
  for (const auto* store : {a.get(), b.get()}) {
    try {
      (void)store->active("/");
      FAIL() << "nobody can know which version is active";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unavailable) << error.text();
    }
    EXPECT_FALSE(store->damage_known());
  }
  EXPECT_FALSE(a->writable());
  EXPECT_THROW((void)add(*a, root_version(hash('1'), hash('0'))), Error);
  PostgresServer::get().start();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // who has failed does so at once
  EXPECT_EQ(b->active("/")->hash, hash('0'));
  EXPECT_TRUE(a->writable());
  EXPECT_TRUE(add(*a, root_version(hash('1'), hash('0'))));
  EXPECT_EQ(b->active("/")->hash, hash('1'));
}

/// Each counts what all have stored.
TEST_F(SharedStore, CC009_two_cases_together_take_no_more_sessions_than_there_may_be) {
  const auto one = replica(1), two = replica(2);
  ASSERT_TRUE(add(*one, root_version(hash('a'), {})));
  std::atomic<int> stored = 0;
  std::vector<std::thread> threads;
  for (auto* const store : {one.get(), two.get()})
    threads.emplace_back([&stored, store, first = store == one.get()] {
      for (int n = 0; n < 8; ++n) {
        auto fresh = child((first ? "one-" : "two-") + std::to_string(n), hash('b'), {});
        fresh.most_sessions = 7;
        try {
          if (add_child(*store, fresh)) ++stored;
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::refused) << error.text();
        }
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(stored, 7);
  EXPECT_EQ(one->children("/", "", 100).names.size(), 7U);
}

}  // namespace
}  // namespace sconectl::casd
