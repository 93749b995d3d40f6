// Backups: made while the CAS runs, verified, restored elsewhere (CC-052, CC-076, CC-078).
#include "sconectl/casd/backup.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "casd/cas_fixture.hpp"
#include "casd/store/sqlite.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using diag::ErrorKind;

class Backups : public Cas {
 protected:
  [[nodiscard]] crypto::AgeIdentities keys() const {
    crypto::AgeIdentities result;
    result.keys.push_back(pair.private_key.clone());
    return result;
  }
  casd::BackupFacts create() { return casd::create_backup(data, {pair.public_key}, backup); }
  [[nodiscard]] ErrorKind fault_of(const std::function<void()>& action) const {
    try {
      action();
    } catch (const diag::Error& error) {
      return error.kind();
    }
    ADD_FAILURE() << "no error";
    return ErrorKind::interrupted;
  }
  void serve_from(const std::filesystem::path& other) {
    service.reset();
    data = other;
    open();
  }

  crypto::X25519Pair pair = crypto::generate_x25519();
  std::filesystem::path backup = directory.path() / "cas.age";
  std::filesystem::path elsewhere = directory.path() / "elsewhere";
};

TEST_F(Backups, CC078_a_running_cas_is_copied_and_is_the_same_elsewhere) {
  const auto hash = created(session("a", "access_policy: {read: ANY}\n"), alice.peer());
  const auto made = create();
  EXPECT_EQ(made.cas_key_hash, service->key_hash());
  EXPECT_EQ(casd::verify_backup(backup, keys()), made);
  const auto key_hash = service->key_hash();
  EXPECT_EQ(casd::restore_backup(backup, keys(), elsewhere), made);
  serve_from(elsewhere);
  EXPECT_EQ(service->key_hash(), key_hash) << "CC-052";
  EXPECT_EQ(get("/v1/session_hashes/a", alice.peer()).json()["hash"], hash);
  EXPECT_EQ(upload(session("b"), alice.peer()).status, 201);
}

TEST_F(Backups, of_a_cas_that_does_not_run) {
  service.reset();
  const auto made = create();
  EXPECT_EQ(casd::verify_backup(backup, keys()), made);
}

TEST_F(Backups, under_load_are_of_one_moment_with_all_that_was_acknowledged_before) {
  std::atomic<bool> stop = false;
  std::atomic<int> acknowledged = 0;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i)
      if (upload(session("load-" + std::to_string(i)), alice.peer()).status == 201) ++acknowledged;
  });
  while (acknowledged < 20) std::this_thread::yield();
  std::vector<int> before;
  for (int i = 0; i < 3; ++i) {
    before.push_back(acknowledged);
    (void)casd::create_backup(data, {pair.public_key}, directory.path() / std::to_string(i));
  }
  stop = true;
  writer.join();
  for (int i = 0; i < 3; ++i) {
    const auto facts = casd::verify_backup(directory.path() / std::to_string(i), keys());
    EXPECT_GE(facts.versions, before[static_cast<std::size_t>(i)]);
    EXPECT_LE(facts.versions, acknowledged + 1 + 1);  // the root; and one that was not told of yet
  }
}

TEST_F(Backups, are_for_their_recipients_and_of_nobody_else) {
  (void)create();
  crypto::AgeIdentities others;
  others.keys.push_back(crypto::generate_x25519().private_key.clone());
  EXPECT_EQ(fault_of([&] { (void)casd::verify_backup(backup, others); }), ErrorKind::refused);
  EXPECT_EQ(files->status(backup)->mode, 0600U);
  const auto key = files->read(data / "cas.key-store");
  EXPECT_THAT(files->read(backup), HasButNot("age-encryption.org/v1", key.substr(0, 64)));
}

TEST_F(Backups, CC076_nothing_changes_where_there_is_a_cas_or_the_backup_is_damaged) {
  (void)create();
  EXPECT_EQ(fault_of([&] { (void)create(); }), ErrorKind::conflict) << "not overwritten";
  const auto restore_to = [&](const std::filesystem::path& to) {
    return fault_of([&] { (void)casd::restore_backup(backup, keys(), to); });
  };
  EXPECT_EQ(restore_to(data), ErrorKind::unavailable) << "a CAS uses it";
  service.reset();
  const auto before = files->read(data / "cas.db");
  EXPECT_EQ(restore_to(data), ErrorKind::conflict);
  EXPECT_EQ(files->read(data / "cas.db"), before);

  auto bytes = files->read(backup);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  files->write(backup, bytes);
  EXPECT_EQ(restore_to(elsewhere), ErrorKind::refused);
  files->write(backup, bytes.substr(0, bytes.size() / 2));
  EXPECT_NE(restore_to(elsewhere), ErrorKind::interrupted);
  EXPECT_THAT(files->list(elsewhere), testing::ElementsAre("cas.lock"));
}

TEST_F(Backups, a_database_without_its_rows_is_not_backed_up) {
  created(session("a"), alice.peer());
  service.reset();
  casd::SqliteConnection((data / "cas.db").string(), casd::SqliteConnection::Mode::read_write)
      .execute("DELETE FROM session_versions WHERE name = 'a'");
  EXPECT_EQ(fault_of([&] { (void)create(); }), ErrorKind::failed);
  EXPECT_FALSE(files->exists(backup));
}

TEST_F(Backups, somewhere_without_a_cas_there_is_nothing_to_back_up) {
  EXPECT_EQ(fault_of([&] { (void)casd::create_backup(elsewhere, {pair.public_key}, backup); }),
            ErrorKind::unavailable);
}

TEST_F(Backups, CC076_a_restore_that_was_cut_short_is_begun_again_and_no_cas_starts_before) {
  created(session("a"), alice.peer());
  const auto made = create();
  // Two of three files are there, as after a kill between them.
  (void)casd::restore_backup(backup, keys(), elsewhere);
  std::filesystem::remove(elsewhere / "cas.key-store");
  std::ofstream(elsewhere / "cas.restore-unfinished").flush();
  std::ofstream(elsewhere / "cas.first-start").flush();
  EXPECT_EQ(fault_of([&] { casd::Service({.data = elsewhere}, clock); }), ErrorKind::unavailable);
  EXPECT_EQ(casd::restore_backup(backup, keys(), elsewhere), made);
  EXPECT_FALSE(std::filesystem::exists(elsewhere / "cas.restore-unfinished"));
  serve_from(elsewhere);
  EXPECT_EQ(get("/v1/session_hashes/a", alice.peer()).status, 200);
}

}  // namespace
}  // namespace sconectl::test
