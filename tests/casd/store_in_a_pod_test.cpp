// What happens to a store in a pod: its volume is given to a group, and its successor comes early.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "casd/permissions_for_tests.hpp"
#include "casd/store/store.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::casd {
namespace {

using diag::Error;

class StoreInAPod : public testing::Test {
 protected:
  StoreInAPod()
      : files(host::system_files()),
        directory(*files, "store-test-"),
        data(directory.path() / "d") {}

  void add_root(Store& store) const {
    NewSession session;
    session.session.name = "/";
    session.session.hash = root_hash;
    session.session.created = 1700000000;
    session.session.text = "text";
    session.based_on["/"] = std::nullopt;
    EXPECT_TRUE(store.add(PermissionsForTests::write("/"), session));
  }

  const std::string root_hash = std::string(64, 'a');
  std::unique_ptr<host::Files> files;
  host::TemporaryDirectory directory;
  std::filesystem::path data;
};

TEST_F(StoreInAPod, CC015_a_second_instance_waits_for_the_end_of_the_first) {
  auto first = std::make_unique<Store>(data);
  add_root(*first);
  std::atomic<int> waits = 0;
  std::atomic<bool> first_ended = false;
  std::thread predecessor([&] {
    while (waits == 0) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    first_ended = true;
    first.reset();
  });
  StoreOptions options;
  options.lock_timeout = std::chrono::seconds(30);
  options.on_wait = [&] { ++waits; };
  const Store second(data, options);
  EXPECT_TRUE(first_ended);
  predecessor.join();
  EXPECT_EQ(waits, 1);
  EXPECT_EQ(second.active("/")->hash, root_hash);
}

TEST_F(StoreInAPod, CC015_the_wait_for_another_instance_ends) {
  const Store first(data);
  StoreOptions options;
  options.lock_timeout = std::chrono::milliseconds(1'100);
  const auto begin = std::chrono::steady_clock::now();
  try {
    const Store second(data, options);
    FAIL() << "two at a time";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
    EXPECT_THAT(error.text(), testing::HasSubstr("another CAS already uses " + data.string()));
    EXPECT_THAT(error.causes(), testing::ElementsAre("it did not end within 1 s"));
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, options.lock_timeout);
  EXPECT_LT(took, std::chrono::seconds(20));
}

TEST_F(StoreInAPod, CC015_an_interrupt_ends_the_wait_for_another_instance) {
  const Store first(data);
  const host::InterruptWatch watch;
  StoreOptions options;
  options.lock_timeout = std::chrono::hours(1);
  options.on_wait = [] { std::raise(SIGTERM); };
  try {
    const Store second(data, options);
    FAIL() << "two at a time";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::interrupted);
  }
}

/// What kubelet does with each mount of a volume in a pod that has an `fsGroup`.
class VolumeOfGroup : public StoreInAPod {
 protected:
  VolumeOfGroup() {
    Store store(data);
    add_root(store);
  }
  void give_all_to_group(gid_t group) {
    for (const auto& entry : std::filesystem::directory_iterator(data)) {
      ASSERT_EQ(::chown(entry.path().c_str(), static_cast<uid_t>(-1), group), 0);
      ASSERT_EQ(::chmod(entry.path().c_str(), 0660), 0);
    }
    ASSERT_EQ(::chmod(data.c_str(), 02770), 0);
  }
};

TEST_F(VolumeOfGroup, opens_again_and_is_closed_to_the_group) {
  give_all_to_group(::getegid());
  const Store store(data);
  EXPECT_EQ(store.active("/")->hash, root_hash);
  EXPECT_THAT(store.open_to_group().names,
              testing::IsSupersetOf({"cas.db", "cas.key-store", "cas.counter", "cas.lock"}));
  EXPECT_TRUE(store.open_to_group().closed);
  for (const auto& entry : std::filesystem::directory_iterator(data))
    EXPECT_EQ(files->status(entry.path())->mode & 0077U, 0U) << entry.path();
}

TEST_F(VolumeOfGroup, nothing_is_told_where_nothing_was_open) {
  const Store store(data);
  EXPECT_TRUE(store.open_to_group().names.empty());
}

TEST_F(VolumeOfGroup, a_key_that_everybody_can_read_stays_refused) {
  give_all_to_group(::getegid());
  for (const mode_t mode : {0664U, 0604U, 0602U, 0666U}) {
    ASSERT_EQ(::chmod((data / "cas.key-store").c_str(), mode), 0);
    EXPECT_THROW(Store store(data), Error) << mode;
    EXPECT_EQ(files->status(data / "cas.key-store")->mode, mode);
  }
}

TEST_F(VolumeOfGroup, a_key_of_a_group_that_the_process_is_not_in_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files to other groups";
  constexpr gid_t foreign = 54'321;
  give_all_to_group(foreign);
  EXPECT_THROW(Store store(data), Error);
  EXPECT_EQ(files->status(data / "cas.key-store")->mode, 0660U);
  ASSERT_EQ(::chmod((data / "cas.key-store").c_str(), 0600), 0);
  EXPECT_NO_THROW(Store store(data));
}

}  // namespace
}  // namespace sconectl::casd
