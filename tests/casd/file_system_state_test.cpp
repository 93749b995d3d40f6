// How tags of protected file systems are judged, as a pure function.
#include "casd/provisioning/file_system_state.hpp"

#include <gtest/gtest.h>

#include <random>

#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {
namespace {

using Tag = std::optional<std::string>;

std::string tag(int number) {
  return std::string(15, 't') + static_cast<char>('0' + number);
}
std::string instance(int number) {
  return std::string(15, 'i') + static_cast<char>('0' + number);
}

struct FileSystem {
  TagRule rule = TagRule::linear;
  Tag initial{};
  FileSystemState state{};
  std::string why{};  ///< of the last refusal

  /// True if the tag was taken over or is what the CAS knows already.
  bool report(const std::string& who, const Tag& previous, const std::string& now) {
    try {
      (void)update(state, rule, initial, {who, previous, now});
      return true;
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::refused);
      EXPECT_EQ(error.text(), cas::message::fspf_tag_replayed);  // RA-086
      EXPECT_EQ(error.causes().size(), 1U);
      why = error.causes().front();
      return false;
    }
  }
  std::vector<std::string> tags() const { return acceptable_tags(state, rule, initial); }
};

TEST(FileSystemState, SL236_a_volume_is_made_once) {
  FileSystem volume;
  EXPECT_TRUE(volume.tags().empty());
  EXPECT_FALSE(volume.report(instance(1), tag(1), tag(2)));
  EXPECT_TRUE(volume.report(instance(1), {}, tag(1)));
  EXPECT_EQ(volume.tags(), std::vector{tag(1)});
  EXPECT_FALSE(volume.report(instance(1), {}, tag(2)));
  EXPECT_FALSE(volume.report(instance(2), {}, tag(2)));
}

TEST(FileSystemState, SL252_rollback_protected_is_strictly_linear) {
  FileSystem volume{.initial = tag(0)};
  EXPECT_EQ(volume.tags(), std::vector{tag(0)});
  EXPECT_TRUE(volume.report(instance(1), tag(0), tag(1)));
  EXPECT_TRUE(volume.report(instance(1), tag(1), tag(2)));
  EXPECT_FALSE(volume.report(instance(1), tag(1), tag(3))) << "rolled back";
  EXPECT_FALSE(volume.report(instance(2), tag(0), tag(3))) << "restored from the session";
  EXPECT_EQ(volume.tags(), std::vector{tag(2)});
  EXPECT_TRUE(volume.report(instance(2), tag(2), tag(3))) << "the next start goes on";
  EXPECT_FALSE(volume.report(instance(1), tag(2), tag(4))) << "two at once";
}

TEST(FileSystemState, SL236_SL252_a_refusal_says_why) {
  FileSystem volume;
  EXPECT_FALSE(volume.report(instance(1), tag(1), tag(2)));
  EXPECT_EQ(volume.why, "the volume was not made yet, and the service had one");
  EXPECT_TRUE(volume.report(instance(1), {}, tag(1)));
  EXPECT_FALSE(volume.report(instance(1), {}, tag(2)));
  EXPECT_EQ(volume.why, "the volume exists already: it can be made only once");
  EXPECT_FALSE(volume.report(instance(1), tag(3), tag(2)));
  EXPECT_EQ(volume.why, "its state is not the newest one that the CAS knows");
}

TEST(FileSystemState, SL252_a_report_whose_answer_was_lost_may_come_again) {
  FileSystem volume{.initial = tag(0)};
  EXPECT_TRUE(volume.report(instance(1), tag(0), tag(1)));
  EXPECT_TRUE(volume.report(instance(1), tag(0), tag(1)));
  EXPECT_FALSE(volume.report(instance(2), tag(0), tag(1))) << "not from another instance";
  EXPECT_EQ(volume.tags(), std::vector{tag(1)});
}

TEST(FileSystemState, SL252_ephemeral_keeps_the_stored_state) {
  FileSystem volume{.rule = TagRule::fixed, .initial = tag(0)};
  EXPECT_TRUE(volume.report(instance(1), tag(5), tag(6)));
  EXPECT_EQ(volume.tags(), std::vector{tag(0)});
  volume.state.reported = {{instance(1), tag(3)}};  // what a service that may change it stored
  EXPECT_TRUE(volume.report(instance(2), tag(3), tag(6)));
  EXPECT_EQ(volume.tags(), std::vector{tag(3)});
}

TEST(FileSystemState, SL252_SL344_no_rollback_protection_takes_any_tag) {
  FileSystem volume{.rule = TagRule::any};
  EXPECT_TRUE(volume.report(instance(1), tag(7), tag(1)));
  EXPECT_TRUE(volume.report(instance(2), {}, tag(0)));
  EXPECT_EQ(volume.tags(), std::vector{tag(0)});
}

TEST(FileSystemState, SL079_every_instance_may_start_from_the_tag_of_the_session) {
  FileSystem own{.rule = TagRule::reinitializable, .initial = tag(0)};
  EXPECT_TRUE(own.report(instance(1), tag(0), tag(1)));
  EXPECT_TRUE(own.report(instance(2), tag(0), tag(2))) << "a copy of the container";
  EXPECT_TRUE(own.report(instance(1), tag(1), tag(3)));
  EXPECT_FALSE(own.report(instance(1), tag(1), tag(4))) << "rolled back while it runs";
  EXPECT_FALSE(own.report(instance(1), tag(0), tag(4))) << "the same instance does not start again";
  EXPECT_FALSE(own.report(instance(3), tag(1), tag(4))) << "an older state of an instance";
  EXPECT_TRUE(own.report(instance(3), tag(3), tag(4))) << "a restart of the first container";
  EXPECT_FALSE(own.report(instance(1), tag(3), tag(5))) << "which goes on elsewhere now";
  EXPECT_EQ(own.tags(), (std::vector{tag(4), tag(2), tag(0)}));
}

TEST(FileSystemState, SL079_what_is_remembered_of_instances_is_bounded) {
  FileSystem own{.rule = TagRule::reinitializable, .initial = tag(0)};
  for (int i = 0; i < 1000; ++i)
    EXPECT_TRUE(own.report("instance-" + std::to_string(1000000 + i), tag(0),
                           "tag-12345-" + std::to_string(100000 + i)));
  EXPECT_EQ(own.state.reported.size(), 256U);
  EXPECT_EQ(own.tags().back(), tag(0)) << "the session's tag is always good";
  EXPECT_FALSE(own.report("instance-1000000", "tag-12345-100000", tag(1))) << "forgotten";
}

TEST(FileSystemState, states_both_ways) {
  FileSystemState state;
  state.source = "source";
  state.key = crypto::Secret(std::string(32, '\0'));
  state.reported = {{instance(1), tag(1)}, {instance(2), std::string(16, ':')}};
  const auto stored = encode(state);
  const auto read = decode_file_system_state(stored.view(), "source");
  EXPECT_EQ(read.key.view(), state.key.view());
  EXPECT_EQ(read.reported, state.reported);
  EXPECT_TRUE(decode_file_system_state({}, "source").reported.empty());
  EXPECT_THROW((void)decode_file_system_state("6:source0:3:abc", "source"), diag::Error);
  EXPECT_THROW((void)decode_file_system_state("garbage", "source"), diag::Error);
}

TEST(FileSystemState, SL228_a_report_that_an_update_overtook_counts_for_nothing) {
  FileSystemState state;
  state.source = "before the update";
  state.key = crypto::Secret(std::string(32, 'k'));
  state.reported = {{instance(1), tag(1)}};
  const auto stored = encode(state);
  const auto read = decode_file_system_state(stored.view(), "after it");
  EXPECT_TRUE(read.reported.empty());
  EXPECT_TRUE(read.key.empty());
  EXPECT_EQ(read.source, "after it");
}

/// Whatever services and an attacker who restores old disks report: a state that was left behind is
/// never the base of a new one, and a service that does nothing wrong is never refused.
TEST(FileSystemState, SL079_SL252_no_history_of_reports_goes_back) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): a failure must be repeatable
  for (int round = 0; round < 2000; ++round) {
    FileSystem volume{.initial = "initial-initial-"};
    std::vector<std::string> disk{*volume.initial};  // all states that ever were, newest last
    for (int step = 0; step < 20; ++step) {
      const auto who = instance(static_cast<int>(random() % 3));
      const auto base = random() % disk.size();
      const bool honest = base + 1 == disk.size();
      const auto next = "tag-" + std::to_string(100000000000 + disk.size() + random() % 1000000);
      EXPECT_EQ(volume.report(who, disk[base], next), honest);
      if (honest) disk.push_back(next);
    }
  }
}

}  // namespace
}  // namespace sconectl::casd
