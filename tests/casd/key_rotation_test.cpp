// Another key for the database, while it is used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "casd/store/sqlite.hpp"
#include "casd/store_fixture.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/crypto/age.hpp"
#include "sconectl/crypto/hpke.hpp"

namespace sconectl::casd {
namespace {

using diag::Error;
using diag::ErrorKind;

class KeyRotation : public StoreTest {
 protected:
  std::unique_ptr<Store> filled(int versions = 3) {
    auto store = std::make_unique<Store>(data);
    std::optional<std::string> before;
    for (int i = 0; i < versions; ++i) {
      const auto next = std::to_string(10'000 + i) + std::string(59, 'a');
      EXPECT_TRUE(add(*store, root_version(next, before)));
      before = next;
    }
    store->keep_fact(may.start, "identity", "keys");
    store->change_state(may.state, "/", "otp",
                        [](auto) { return std::optional(crypto::Secret("55")); });
    return store;
  }
  void begin() const { begin_key_rotation(data, {}, {}); }
  std::string lines() const { return bytes_of("cas.key-store"); }
  /// All sealed bytes of the database.
  std::set<std::string> seals() const {
    std::set<std::string> found;
    SqliteConnection database(data / "cas.db", SqliteConnection::Mode::read_only);
    for (const auto* table : {"session_versions", "secret_values", "session_states", "facts"})
      for (Statement row = database.prepare(std::string("SELECT sealed FROM ") + table);
           row.step();)
        found.insert(row.text(0));
    return found;
  }
};

TEST_F(KeyRotation, every_row_is_sealed_anew_and_the_old_key_opens_nothing) {
  constexpr int more_than_are_sealed_at_a_time = 1'234;
  auto store = filled(more_than_are_sealed_at_a_time);
  const auto truth = [&] {
    std::string all;
    for (const auto& version : store->history("/", 5'000))
      all += version.hash + store->version("/", version.hash)->text +
             std::string(store->value("/", version.hash, "password")->view());
    return all + std::string(store->fact("identity")->view()) +
           std::string(store->state("/", "otp")->view());
  };
  const auto before = truth();
  const auto old_key = lines();
  const auto old_seals = seals();
  EXPECT_FALSE(store->take_next_key({}));
  begin();
  EXPECT_TRUE(lines().starts_with(old_key));
  EXPECT_TRUE(store->take_next_key({}));
  EXPECT_EQ(truth(), before);
  EXPECT_EQ(lines().size(), old_key.size());  // no next one
  EXPECT_NE(lines().substr(0, 64), old_key.substr(0, 64));
  auto all_seals = seals();
  const auto rows = all_seals.size();
  all_seals.insert(old_seals.begin(), old_seals.end());
  EXPECT_EQ(all_seals.size(), 2 * rows);
  EXPECT_TRUE(add(*store, root_version(hash('b'), store->active("/")->hash)));
  store = nullptr;
  store = std::make_unique<Store>(data);
  EXPECT_FALSE(store->took_next_key());
  EXPECT_EQ(store->active("/")->hash, hash('b'));
  store = nullptr;
  files->write(data / "cas.key-store", old_key, 0600);
  EXPECT_THROW(Store(data, {}), Error);
}

TEST_F(KeyRotation, others_read_and_write_meanwhile) {
  auto store = filled(400);
  std::atomic<bool> done = false;
  std::atomic<int> written = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      while (!done) {
        const auto active = store->active("/");
        EXPECT_EQ(store->value("/", active->hash, "password")->view(), "value of " + active->hash);
        store->change_state(may.state, "/", "s" + std::to_string(i), [&](auto) {
          return std::optional(crypto::Secret(std::to_string(written++)));
        });
        EXPECT_EQ(store->state("/", "otp")->view(), "55");
      }
    });
  for (int round = 0; round < 5; ++round) {
    begin();
    EXPECT_TRUE(store->take_next_key({}));
  }
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_GT(written, 5);
  EXPECT_FALSE(store->damage_known());
  store = nullptr;
  EXPECT_NO_THROW(Store(data, {}));
}

TEST_F(KeyRotation, a_start_does_what_was_asked_for_or_cut_short) {
  filled();
  begin();
  const auto both = lines();
  const auto counter = bytes_of("cas.counter");
  {
    Store store(data);
    EXPECT_TRUE(store.took_next_key());
    EXPECT_EQ(store.state("/", "otp")->view(), "55");
  }
  // Killed after the commit: neither the counter nor the key file knows of it yet.
  files->write(data / "cas.key-store", both, 0600);
  files->write(data / "cas.counter", counter, 0600);
  {
    Store store(data);
    EXPECT_FALSE(store.took_next_key());  // it had it already
    EXPECT_EQ(store.state("/", "otp")->view(), "55");
    EXPECT_TRUE(add(store, root_version(hash('b'), store.active("/")->hash)));
  }
  EXPECT_EQ(lines(), both.substr(both.find("next: ") + 6));
  EXPECT_NO_THROW(Store(data, {}));
}

TEST_F(KeyRotation, one_that_fails_changes_nothing_and_can_be_tried_again) {
  auto store = filled();
  SqliteConnection other(data / "cas.db", SqliteConnection::Mode::read_write);
  other.execute(
      "CREATE TRIGGER refuse BEFORE UPDATE ON facts BEGIN SELECT RAISE(ABORT, 'no'); END");
  begin();
  EXPECT_THROW((void)store->take_next_key({}), Error);
  EXPECT_EQ(store->state("/", "otp")->view(), "55");
  other.execute("DROP TRIGGER refuse");
  EXPECT_TRUE(add(*store, root_version(hash('b'), store->active("/")->hash)));
  EXPECT_NE(lines().find("next"), std::string::npos);
  EXPECT_TRUE(store->take_next_key({}));
  EXPECT_EQ(store->active("/")->hash, hash('b'));
  store = nullptr;
  EXPECT_NO_THROW(Store(data, {}));
}

TEST_F(KeyRotation, a_sealed_key_is_rotated_by_the_next_start) {
  filled();
  const auto pair = crypto::generate_x25519();
  crypto::AgeIdentities keys;
  keys.keys.push_back(pair.private_key.clone());
  const auto identities = std::make_shared<const crypto::AgeIdentities>(std::move(keys));
  seal_key(data, {pair.public_key}, {});
  try {
    begin_key_rotation(data, {}, identities);
    FAIL() << "nobody could open the next key";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
  }
  begin_key_rotation(data, {pair.public_key}, identities);
  EXPECT_THROW(begin_key_rotation(data, {pair.public_key}, identities), Error);
  const StoreOptions options{.key_identities = identities};
  for (int start = 0; start < 2; ++start) {
    Store store(data, options);
    EXPECT_EQ(store.took_next_key(), start == 0);
    EXPECT_FALSE(store.take_next_key({}));
    EXPECT_EQ(store.state("/", "otp")->view(), "55");
  }
  // Who may, forgets the old one.
  seal_key(data, {}, identities);
  EXPECT_EQ(lines().size(), 65U);
  EXPECT_NO_THROW(Store(data, {}));
}

TEST_F(KeyRotation, a_fact_that_waits_for_its_turn_is_sealed_with_the_key_of_then) {
  auto store = filled(400);
  for (int round = 0; round < 3; ++round) {
    begin();
    std::thread owner([&] { store->keep_fact(may.start, "owner" + std::to_string(round), "o"); });
    EXPECT_TRUE(store->take_next_key({}));
    owner.join();
  }
  store = nullptr;
  EXPECT_EQ(Store(data).fact("owner2")->view(), "o");
}

/// Somebody has put another next key there since: neither is lost.
TEST_F(KeyRotation, the_key_that_was_taken_is_kept_whatever_the_file_says_by_now) {
  const auto line = [](char digit) { return std::string(64, digit) + "\n"; };
  files->make_directories(data, 0700);
  const KeyFile file(data / "cas.key-store");
  const crypto::Secret taken(std::string(32, '\x11'));
  files->write(data / "cas.key-store", line('0') + "next: " + line('2'), 0600);
  file.forget_old_key(taken);
  EXPECT_EQ(lines(), line('1') + "next: " + line('2'));
  files->write(data / "cas.key-store", line('0') + "next: " + line('1'), 0600);
  file.forget_old_key(taken);
  EXPECT_EQ(lines(), line('1'));
}

TEST_F(KeyRotation, a_key_file_with_something_else_is_refused) {
  filled();
  const auto good = lines();
  for (const auto& bad :
       {good + "next: \n", good + "next: 12\n", good + "more\n", good + "next: " + good + "x"}) {
    files->write(data / "cas.key-store", bad, 0600);
    EXPECT_THROW(Store(data, {}), Error) << bad;
  }
  files->write(data / "cas.key-store", good + "\r\n", 0600);
  EXPECT_NO_THROW(Store(data, {}));
}

}  // namespace
}  // namespace sconectl::casd
