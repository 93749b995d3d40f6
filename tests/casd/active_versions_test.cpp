#include "casd/store/active_versions.hpp"

#include <gtest/gtest.h>

namespace sconectl::casd {
namespace {

StoredSessionPtr version(const std::string& name, std::int64_t sequence, std::size_t size = 10) {
  StoredSession session;
  session.name = name;
  session.sequence = sequence;
  session.text = std::string(size, 't');
  return shared(std::move(session));
}

std::int64_t known(ActiveVersions& versions, const std::string& name) {
  const auto found = versions.find(name);
  return found ? found->sequence : 0;
}

TEST(ActiveVersions, what_was_read_is_found_by_its_name) {
  ActiveVersions versions(1'000'000);
  EXPECT_FALSE(versions.find("a"));
  versions.keep(version("a", 1), versions.now());
  versions.keep(version("b", 7), versions.now());
  EXPECT_EQ(known(versions, "a"), 1);
  EXPECT_EQ(known(versions, "b"), 7);
  EXPECT_EQ(known(versions, "c"), 0);
}

TEST(ActiveVersions, a_new_version_ends_what_was_known) {
  ActiveVersions versions(1'000'000);
  versions.keep(version("a", 1), versions.now());
  versions.keep(version("b", 1), versions.now());
  versions.will_change("a");
  EXPECT_EQ(known(versions, "a"), 0);
  EXPECT_EQ(known(versions, "b"), 1);
  versions.changed();
  EXPECT_EQ(known(versions, "a"), 0);
  versions.keep(version("a", 2), versions.now());
  EXPECT_EQ(known(versions, "a"), 2);
}

TEST(ActiveVersions, what_was_read_before_or_during_a_change_is_not_kept) {
  ActiveVersions versions(1'000'000);
  const auto before = versions.now();
  versions.will_change("a");
  versions.keep(version("a", 1), before);
  const auto during = versions.now();
  versions.keep(version("a", 1), during);
  EXPECT_EQ(known(versions, "a"), 0);
  versions.keep(version("b", 1), during);
  EXPECT_EQ(known(versions, "b"), 1);
  versions.changed();
  versions.keep(version("a", 1), before);
  versions.keep(version("a", 1), during);
  EXPECT_EQ(known(versions, "a"), 0);
  versions.keep(version("a", 2), versions.now());
  EXPECT_EQ(known(versions, "a"), 2);
}

TEST(ActiveVersions, only_so_much_is_kept_and_what_was_used_last_stays) {
  ActiveVersions versions(100'000);
  versions.keep(version("used", 1), versions.now());
  for (int i = 0; i < 1000; ++i) {
    versions.keep(version("n" + std::to_string(i), 1, 900), versions.now());
    ASSERT_EQ(known(versions, "used"), 1) << i;
  }
  int kept = 0;
  for (int i = 0; i < 1000; ++i) kept += versions.find("n" + std::to_string(i)) ? 1 : 0;
  EXPECT_GT(kept, 20);
  EXPECT_LT(kept, 111);
  EXPECT_EQ(known(versions, "n999"), 1);
  EXPECT_EQ(known(versions, "n0"), 0);
  // One large text does not drive out all others.
  versions.keep(version("large", 1, 50'000), versions.now());
  EXPECT_EQ(known(versions, "large"), 0);
  EXPECT_EQ(known(versions, "n999"), 1);
}

}  // namespace
}  // namespace sconectl::casd
