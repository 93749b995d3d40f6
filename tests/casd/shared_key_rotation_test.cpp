// Another key for a database that several processes share, while all of them use it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <thread>

#include "casd/shared_store_fixture.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/crypto/age.hpp"
#include "sconectl/crypto/hpke.hpp"

namespace sconectl::casd {
namespace {

using diag::Error;
using diag::ErrorKind;

class SharedKeyRotation : public SharedStore {
 protected:
  std::string key_file(int number) const {
    return files->read(directory_of(number) / "cas.key-store");
  }
  void put(int number, const std::string& key_file) const {
    files->write(directory_of(number) / "cas.key-store", key_file, 0600);
  }
  /// The next key in the file of the first, and as it is in those of the others.
  std::string begin(std::initializer_list<int> others) const {
    EXPECT_TRUE(begin_key_rotation(directory_of(1), {}, {}));
    for (const int number : others) put(number, key_file(1));
    const auto both = key_file(1);
    return both.substr(both.find("next: ") + 6);
  }
  /// Until it is so, for some seconds.
  static bool soon(const std::function<bool()>& so) {
    for (int i = 0; i < 1'000; ++i) {
      if (so()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  static std::string error_of(const Store& store) {
    try {
      (void)store.active("/");
      return "none";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unavailable) << error.text();
      return error.text() + ": " + (error.causes().empty() ? "" : error.causes().front());
    }
  }
};

TEST_F(SharedKeyRotation, one_seals_all_rows_and_the_others_follow_and_forget_the_old_key) {
  auto a = replica(1), b = replica(2), c = replica(3);
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  a->keep_fact(may.start, "identity", "keys");
  const auto old_key = key_file(1);
  const auto next = begin({2, 3});
  EXPECT_TRUE(a->take_next_key({}));
  EXPECT_EQ(key_file(1), next);
  for (const auto* store : {b.get(), c.get()}) {
    EXPECT_EQ(store->value("/", hash('0'), "password")->view(), "value of " + hash('0'));
    EXPECT_EQ(store->fact("identity")->view(), "keys");
  }
  ASSERT_TRUE(add(*b, root_version(hash('1'), hash('0'))));
  EXPECT_EQ(c->active("/")->hash, hash('1'));
  EXPECT_EQ(a->active("/")->hash, hash('1'));
  for (const int number : {2, 3})
    EXPECT_TRUE(soon([&] { return key_file(number) == next; })) << key_file(number);
  EXPECT_FALSE(b->take_next_key({}));  // there is none
  for (auto* store : {&a, &b, &c}) *store = nullptr;
  for (const int number : {1, 2, 3}) EXPECT_EQ(refusal(number), "opened");
  put(4, old_key);
  EXPECT_NE(refusal(4), "opened");
}

TEST_F(SharedKeyRotation, reads_and_writes_of_all_go_on_meanwhile) {
  const std::array replicas{replica(1), replica(2), replica(3)};
  ASSERT_TRUE(add(*replicas[0], root_version(hash('0'), {})));
  std::atomic<bool> done = false;
  std::atomic<int> written = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 6; ++i)
    threads.emplace_back([&, i] {
      auto& store = *replicas[i % replicas.size()];
      for (int last = -1; !done;) {
        const auto active = store.active("/");
        EXPECT_EQ(store.value("/", active->hash, "password")->view(), "value of " + active->hash);
        const auto subject = "s" + std::to_string(i);
        const auto stored = store.state("/", subject);
        EXPECT_EQ(stored ? stored->view() : "-1", std::to_string(last));
        store.change_state(may.state, "/", subject, [&](auto) {
          return std::optional(crypto::Secret(std::to_string(last + 1)));
        });
        ++last;
        ++written;
      }
    });
  for (int round = 0; round < 6; ++round) {
    const auto next = begin({2, 3});
    const auto who = static_cast<std::size_t>(round % 3);
    EXPECT_TRUE(replicas[who]->take_next_key({}));
    EXPECT_TRUE(
        soon([&] { return key_file(1) == next && key_file(2) == next && key_file(3) == next; }));
  }
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_GT(written, 30);
  for (const auto& store : replicas) EXPECT_FALSE(store->damage_known());
  put(4, key_file(1));
  EXPECT_EQ(refusal(4), "opened");
}

/// It serves nothing, and goes on as soon as it has the key.
TEST_F(SharedKeyRotation, one_that_was_not_given_the_key_says_so_and_goes_on_when_it_has_it) {
  const auto a = replica(1), b = replica(2);
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  ASSERT_TRUE(b->active("/"));
  const auto next = begin({});
  const auto both = key_file(1);
  EXPECT_TRUE(a->take_next_key({}));
  EXPECT_THAT(error_of(*b), testing::HasSubstr("put that one's cas.key-store here"));
  EXPECT_THROW((void)add(*b, root_version(hash('1'), hash('0'))), Error);
  EXPECT_FALSE(b->writable());
  EXPECT_FALSE(b->damage_known());
  EXPECT_NE(refusal(3), "opened");
  put(2, next);
  EXPECT_TRUE(soon([&] { return error_of(*b) == "none"; })) << error_of(*b);
  EXPECT_TRUE(add(*b, root_version(hash('1'), hash('0'))));
  put(3, both);  // as it was before
  EXPECT_EQ(refusal(3), "opened");
  EXPECT_EQ(key_file(3), next);
}

/// Killed after the commit, or while it was not running.
TEST_F(SharedKeyRotation, a_start_finds_out_which_of_its_two_keys_the_database_has) {
  auto a = replica(1), b = replica(2);
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  ASSERT_TRUE(b->active("/"));
  b = nullptr;  // its counter is sealed with the key of before
  const auto next = begin({2});
  const auto both = key_file(1);
  b = replica(2);
  EXPECT_EQ(key_file(2), both);  // a start changes nothing: the others may not have it yet
  b = nullptr;
  EXPECT_TRUE(a->take_next_key({}));
  ASSERT_TRUE(add(*a, root_version(hash('1'), hash('0'))));
  b = replica(2);
  EXPECT_EQ(key_file(2), next);
  EXPECT_EQ(b->active("/")->hash, hash('1'));
  a = nullptr;
  put(1, both);
  a = replica(1);
  EXPECT_EQ(key_file(1), next);
  EXPECT_TRUE(add(*a, root_version(hash('2'), hash('1'))));
}

TEST_F(SharedKeyRotation, one_that_fails_changes_nothing_for_anybody) {
  const auto a = replica(1), b = replica(2);
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  const auto next = begin({2});
  const auto both = key_file(1);
  execute(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; "
      "END'; CREATE TRIGGER refuse BEFORE UPDATE ON secret_values FOR EACH ROW EXECUTE FUNCTION "
      "refuse()");
  EXPECT_THROW((void)a->take_next_key({}), Error);
  EXPECT_EQ(key_file(1), both);
  ASSERT_TRUE(add(*a, root_version(hash('1'), hash('0'))));
  EXPECT_EQ(b->active("/")->hash, hash('1'));
  execute("DROP TRIGGER refuse ON secret_values");
  EXPECT_TRUE(b->take_next_key({}));
  EXPECT_EQ(a->active("/")->hash, hash('1'));
  EXPECT_TRUE(soon([&] { return key_file(1) == next; }));
}

TEST_F(SharedKeyRotation, two_that_are_told_at_once_end_with_one_key) {
  const auto a = replica(1), b = replica(2);
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  for (int round = 0; round < 5; ++round) {
    const auto next = begin({2});
    const auto before = a->commits();
    std::thread other([&] { (void)b->take_next_key({}); });
    (void)a->take_next_key({});
    other.join();
    EXPECT_TRUE(soon([&] { return key_file(1) == next && key_file(2) == next; }));
    EXPECT_GE(a->commits(), before + 1);
    EXPECT_EQ(a->value("/", hash('0'), "password")->view(), "value of " + hash('0'));
  }
  EXPECT_FALSE(a->damage_known());
  EXPECT_FALSE(b->damage_known());
}

TEST_F(SharedKeyRotation, a_sealed_key_is_taken_when_it_is_told_once_all_have_started_with_it) {
  const auto pair = crypto::generate_x25519();
  crypto::AgeIdentities keys;
  keys.keys.push_back(pair.private_key.clone());
  const auto identities = std::make_shared<const crypto::AgeIdentities>(std::move(keys));
  const auto open = [&](int number) {
    StoreOptions options;
    options.database = database;
    options.key_identities = identities;
    return std::make_unique<Store>(directory_of(number), options);
  };
  seal_key(directory_of(1), {pair.public_key}, {});
  put(2, key_file(1));
  ASSERT_TRUE(add(*open(1), root_version(hash('0'), {})));
  EXPECT_TRUE(begin_key_rotation(directory_of(1), {pair.public_key}, identities));
  put(2, key_file(1));
  auto a = open(1), b = open(2);
  EXPECT_TRUE(b->take_next_key({}));
  EXPECT_FALSE(b->take_next_key({}));  // it has it
  EXPECT_EQ(a->active("/")->hash, hash('0'));
  EXPECT_TRUE(add(*a, root_version(hash('1'), hash('0'))));
  EXPECT_FALSE(a->take_next_key({}));
  a = nullptr;
  b = nullptr;
  EXPECT_EQ(open(1)->active("/")->hash, hash('1'));
  // Where the database is decides which of the two is the old one.
  seal_key(directory_of(1), {pair.public_key}, identities);
  EXPECT_THROW(begin_key_rotation(directory_of(1), {pair.public_key}, identities), Error);
  seal_key(directory_of(1), {pair.public_key}, identities, url);
  EXPECT_TRUE(begin_key_rotation(directory_of(1), {pair.public_key}, identities));
  EXPECT_EQ(open(1)->active("/")->hash, hash('1'));
}

TEST_F(SharedKeyRotation, one_whose_key_file_can_not_be_written_follows_and_says_so) {
  const auto a = replica(1);
  std::string told;
  std::atomic<bool> followed = false;
  StoreOptions options;
  options.database = database;
  options.on_new_key = [&](const std::string& left) {
    told = left;
    followed = true;
  };
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  {
    const Store b(directory_of(2), options);
    (void)begin({2});
    // A link is not written over.
    files->move_file(directory_of(2) / "cas.key-store", directory.path() / "elsewhere");
    std::filesystem::create_symlink(directory.path() / "elsewhere",
                                    directory_of(2) / "cas.key-store");
    EXPECT_TRUE(a->take_next_key({}));
    EXPECT_EQ(b.active("/")->hash, hash('0'));
    EXPECT_TRUE(soon([&] { return followed.load(); }));
    EXPECT_FALSE(b.damage_known());
  }
  EXPECT_THAT(told, testing::HasSubstr("there is no key file"));
}

TEST_F(SharedKeyRotation, there_is_nothing_to_rotate_before_a_database) {
  EXPECT_THROW((void)begin_key_rotation(directory_of(1), {}, {}), Error);
}

/// Who has the old key, and can write to the database, can not bring it back.
TEST_F(SharedKeyRotation, counters_that_the_old_key_has_sealed_are_not_taken_any_more) {
  const auto a = replica(1), b = replica(2);
  ASSERT_TRUE(add(*a, root_version(hash('0'), {})));
  ASSERT_TRUE(b->active("/"));
  (void)begin({2});
  execute("CREATE TABLE kept AS SELECT * FROM facts WHERE name = 'row-counts'");
  EXPECT_TRUE(a->take_next_key({}));
  ASSERT_TRUE(b->active("/"));
  execute("UPDATE facts SET sealed = kept.sealed FROM kept WHERE facts.name = kept.name");
  for (const auto* store : {a.get(), b.get()})
    EXPECT_THAT(error_of(*store), testing::HasSubstr("has another key"));
}

}  // namespace
}  // namespace sconectl::casd
