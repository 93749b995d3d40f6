// Copies that a running CAS makes by itself (CC-007, CC-079).
#include "casd/backup/snapshots.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>

#include "casd/cas_fixture.hpp"
#include "casd/log/logger.hpp"
#include "sconectl/casd/backup.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using casd::Snapshots;

class SnapshotTest : public Cas {
 protected:
  SnapshotTest() { options.recipients = {pair.public_key}; }
  void begin() {
    snapshots.emplace(
        options, data, casd::BackupSource{},
        [this] {
          ++asked;
          return changes.load();
        },
        *logger, metrics);
  }
  [[nodiscard]] std::vector<std::string> made() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(options.directory))
      if (!entry.is_symlink()) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  template <typename Condition>
  void until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  void make_one() {
    const auto before = metrics.made.value();
    ++changes;
    snapshots->request();
    until([&] { return metrics.made.value() > before; });
  }
  [[nodiscard]] casd::BackupFacts facts_of_newest() const {
    crypto::AgeIdentities keys;
    keys.keys.push_back(pair.private_key.clone());
    return casd::verify_backup(options.directory / "last-completed", keys);
  }

  crypto::X25519Pair pair = crypto::generate_x25519();
  casd::SnapshotOptions options{.directory = directory.path() / "snapshots"};
  std::atomic<std::uint64_t> changes = 0;
  std::atomic<int> asked = 0;  ///< how often they were looked at
  casd::SnapshotMetrics metrics;
  std::shared_ptr<spdlog::logger> logger = casd::silent_logger();
  std::optional<Snapshots> snapshots;
};

TEST_F(SnapshotTest, CC079_one_is_made_when_asked_and_is_the_cas_as_it_is) {
  begin();
  created(session("a"), alice.peer());
  make_one();
  const auto versions = facts_of_newest().versions;
  created(session("b"), alice.peer());
  make_one();
  EXPECT_EQ(facts_of_newest().versions, versions + 1);
  EXPECT_EQ(made().size(), 2U);
  EXPECT_EQ(std::filesystem::read_symlink(options.directory / "last-completed"), made().back());
  EXPECT_EQ(std::filesystem::status(options.directory).permissions(),
            std::filesystem::perms::owner_all);
  EXPECT_EQ(std::filesystem::status(options.directory / made().back()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(SnapshotTest, CC079_nothing_is_made_while_nothing_was_stored) {
  begin();
  make_one();
  const auto first = made();
  for (int i = 0; i < 2; ++i) {
    const auto before = asked.load();
    snapshots->request();
    until([&] { return asked.load() > before; });
  }
  make_one();
  EXPECT_EQ(made().size(), first.size() + 1);
}

TEST_F(SnapshotTest, CC007_they_are_made_from_time_to_time_and_the_newest_stay) {
  options.kept = 2;
  begin();
  for (int i = 0; i < 4; ++i) make_one();
  until([&] { return made().size() == 2; });
  EXPECT_EQ(facts_of_newest().cas_key_hash, service->key_hash());
  snapshots.reset();
  options.interval = std::chrono::seconds(1);
  begin();
  const auto before = metrics.made.value();
  ++changes;
  until([&] { return metrics.made.value() > before; });
}

TEST_F(SnapshotTest, what_fails_is_counted_and_the_next_one_is_made) {
  begin();
  std::ofstream(options.directory) << "in the way";
  ++changes;
  snapshots->request();
  until([&] { return metrics.failed.value() == 1; });
  std::filesystem::remove(options.directory);
  std::filesystem::create_directory(options.directory);
  // Of a run that was killed.
  std::ofstream(options.directory / ".snapshot.part") << "half";
  std::ofstream(options.directory / ".sconectl-new-abcdef") << "half";
  snapshots->request();
  until([&] { return metrics.made.value() == 1; });
  EXPECT_EQ(made().size(), 1U);
}

TEST_F(SnapshotTest, a_file_of_somebody_else_stays) {
  options.kept = 1;
  begin();
  make_one();
  for (const auto* name :
       {"readme.txt", "cas-before-upgrade.age", "cas-20200101T000000.000Z.age.bak"})
    std::ofstream(options.directory / name) << "mine";
  std::filesystem::create_directory(options.directory / "cas-20200101T000000.000Z.age");
  make_one();
  until([&] { return made().size() == 5; });
  EXPECT_THAT(made(), testing::IsSupersetOf({"cas-20200101T000000.000Z.age", "readme.txt",
                                             "cas-20200101T000000.000Z.age.bak",
                                             "cas-before-upgrade.age"}));
}

TEST_F(SnapshotTest, those_of_a_clock_that_was_ahead_go_first) {
  options.kept = 2;
  begin();
  make_one();
  const auto first = made().front();
  for (const auto* name : {"cas-29990101T000000.000Z.age", "cas-29990101T000001.000Z.age"})
    std::ofstream(options.directory / name) << "of a wrong clock";
  make_one();
  until([&] { return made().size() == 2; });
  EXPECT_EQ(made().front(), first);
  EXPECT_EQ(std::filesystem::read_symlink(options.directory / "last-completed"), made().back());
}

TEST_F(SnapshotTest, without_the_link_they_are_made_and_the_oldest_go) {
  options.kept = 1;
  begin();
  make_one();
  std::filesystem::remove(options.directory / "last-completed");
  std::filesystem::create_directories(options.directory / "last-completed/not-empty");
  make_one();
  make_one();
  until([&] { return made().size() == 2; });
  EXPECT_EQ(metrics.failed.value(), 0U);
}

TEST_F(SnapshotTest, a_place_that_can_not_be_made_is_no_reason_not_to_start) {
  std::ofstream(directory.path() / "file") << "no directory";
  options.directory = directory.path() / "file/snapshots";
  begin();
  ++changes;
  snapshots->request();
  until([&] { return metrics.failed.value() == 1; });
}

TEST_F(SnapshotTest, of_a_service_that_has_them) {
  service.reset();
  casd::Service other({.data = data, .snapshots = options}, clock);
  other.request_snapshot();
  until([&] {
    return std::filesystem::exists(options.directory / "last-completed") && made().size() == 1;
  });
  until([&] {
    return other.metrics_text({}).find("\nsconectl_cas_snapshots_made_total 1\n") !=
           std::string::npos;
  });
}

}  // namespace
}  // namespace sconectl::test
