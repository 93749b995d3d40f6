#include "sconectl/collateral/cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "attest/fake_platform.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/diag/error.hpp"
#include "support/fixed_clock.hpp"

namespace sconectl::collateral {
namespace {

using diag::Error;
using diag::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Upstream final : public Source {
 public:
  attest::Collateral of(const attest::CollateralNeed& need) override {
    ++asked;
    if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (gate.valid()) gate.wait();
    if (down) throw Error(ErrorKind::unavailable, "the service is down");
    auto result = platform.collateral(need.tee);
    if (broken) result.tcb_info = "<html>";
    return result;
  }
  test::FakePlatform platform;
  std::atomic<int> asked = 0;
  bool slow = false;
  std::shared_future<void> gate;  ///< holds every fetch up
  bool down = false;
  bool broken = false;
};

struct CacheTest : testing::Test {
  CacheTest() {
    upstream.platform.from = std::chrono::time_point_cast<std::chrono::seconds>(clock.now());
    upstream.platform.until = upstream.platform.from + std::chrono::days{30};
    open();
  }
  void open() {
    cache = std::make_unique<Cache>(
        upstream, *files, clock, CacheOptions{.directory = directory.path() / "kept", .kinds = 3},
        [this](std::string_view text) { warnings.emplace_back(text); });
  }
  static attest::CollateralNeed kind(char fmspc) {
    return {attest::Tee::sgx, std::string(6, fmspc), false};
  }
  std::string failure(const attest::CollateralNeed& need) {
    try {
      (void)cache->of(need);
      return "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unavailable);
      return error.text();
    }
  }

  std::unique_ptr<host::Files> files = host::system_files();
  host::TemporaryDirectory directory{*files, "collateral-test-"};
  test::FixedClock clock;
  Upstream upstream;
  std::unique_ptr<Cache> cache;
  std::vector<std::string> warnings;
};

TEST_F(CacheTest, one_fetch_serves_a_day_and_a_restart) {
  const auto first = cache->of(kind('a'));
  EXPECT_EQ(cache->of(kind('a')).tcb_info, first.tcb_info);
  open();
  const auto again = cache->of(kind('a'));
  EXPECT_EQ(again.tcb_info, first.tcb_info);
  EXPECT_EQ(again.root_crl, first.root_crl);
  EXPECT_EQ(upstream.asked, 1);
  clock.advance(std::chrono::hours(25));
  (void)cache->of(kind('a'));
  EXPECT_EQ(upstream.asked, 2);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(CacheTest, what_has_not_ended_is_used_while_nothing_new_can_be_had) {
  (void)cache->of(kind('a'));
  upstream.down = true;
  clock.advance(std::chrono::hours(25));
  EXPECT_FALSE(cache->of(kind('a')).tcb_info.empty());
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("is not renewed: the service is down")));
  EXPECT_FALSE(cache->of(kind('a')).tcb_info.empty());  // asked once in ten seconds
  EXPECT_EQ(upstream.asked, 2);
  clock.advance(std::chrono::days(30));
  EXPECT_EQ(failure(kind('a')), "the service is down");
  EXPECT_EQ(failure(kind('a')), "the service is down");
  EXPECT_EQ(upstream.asked, 3);
  clock.advance(std::chrono::seconds(11));
  upstream.down = false;
  upstream.platform.until = upstream.platform.from + std::chrono::days{60};
  EXPECT_FALSE(cache->of(kind('a')).tcb_info.empty());
}

TEST_F(CacheTest, many_who_ask_at_once_share_one_fetch) {
  upstream.slow = true;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { EXPECT_FALSE(cache->of(kind('a')).tcb_info.empty()); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(upstream.asked, 1);
}

TEST_F(CacheTest, nobody_waits_for_the_renewal_of_what_still_counts) {
  (void)cache->of(kind('a'));
  clock.advance(std::chrono::hours(25));
  std::promise<void> released;
  upstream.gate = released.get_future().share();
  auto renewing = std::async(std::launch::async, [&] { return cache->of(kind('a')).tcb_info; });
  while (upstream.asked < 2) std::this_thread::yield();
  EXPECT_FALSE(cache->of(kind('a')).tcb_info.empty());  // while the other one is held up
  EXPECT_EQ(renewing.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  released.set_value();
  EXPECT_FALSE(renewing.get().empty());
  EXPECT_EQ(upstream.asked, 2);
}

TEST_F(CacheTest, only_so_many_kinds_are_kept) {
  for (const char fmspc : {'a', 'b', 'c', 'd'}) {
    (void)cache->of(kind(fmspc));
    clock.advance(std::chrono::seconds(1));
  }
  EXPECT_THAT(files->list(directory.path() / "kept"),
              ElementsAre(bundle_name(kind('b')), bundle_name(kind('c')), bundle_name(kind('d'))));
}

TEST_F(CacheTest, tells_when_what_is_in_use_ends) {
  EXPECT_EQ(cache->in_use().kinds, 0U);
  (void)cache->of(kind('a'));
  const auto first = upstream.platform.until;
  upstream.platform.until += std::chrono::days{5};
  (void)cache->of(kind('b'));
  upstream.down = true;
  (void)failure(kind('c'));
  const auto in_use = cache->in_use();
  EXPECT_EQ(in_use.kinds, 2U);
  EXPECT_EQ(in_use.first_end, first);
  EXPECT_EQ(in_use.last_end, upstream.platform.until);
  // Whoever is not asked about any more is not renewed, and no reason for an alarm.
  clock.advance(std::chrono::hours(20));
  (void)cache->of(kind('b'));
  clock.advance(std::chrono::hours(20));
  EXPECT_EQ(cache->in_use().kinds, 1U);
  EXPECT_EQ(cache->in_use().first_end, upstream.platform.until);
}

TEST_F(CacheTest, what_can_not_be_read_is_not_kept_and_not_used) {
  upstream.broken = true;
  EXPECT_THAT(failure(kind('a')), HasSubstr("gave what can not be read"));
  EXPECT_FALSE(files->status(directory.path() / "kept"));
  upstream.broken = false;
  clock.advance(std::chrono::seconds(11));
  (void)cache->of(kind('a'));
  files->write(directory.path() / "kept" / bundle_name(kind('a')) / "tcbInfo.json", "{");
  open();
  EXPECT_FALSE(cache->of(kind('a')).tcb_info.empty());
  EXPECT_EQ(upstream.asked, 3);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("is not used")));
}

}  // namespace
}  // namespace sconectl::collateral
