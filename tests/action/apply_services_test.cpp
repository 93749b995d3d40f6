// Several services in one command, on a machine of fakes.
#include "sconectl/action/apply_services.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "action/side_by_side.hpp"
#include "applying.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/split.hpp"
#include "support/fake_network.hpp"

namespace sconectl::action {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Grouped, those_with_a_word_in_common_take_turns) {
  EXPECT_THAT(grouped({}), IsEmpty());
  EXPECT_THAT(grouped({{"a"}, {"b"}, {"a"}}), ElementsAre(ElementsAre(0U, 2U), ElementsAre(1U)));
  // The last one joins what was apart.
  EXPECT_THAT(grouped({{"a", "1"}, {"b", "2"}, {"c", "3"}, {"b", "1"}}),
              ElementsAre(ElementsAre(0U, 1U, 3U), ElementsAre(2U)));
  EXPECT_THAT(grouped({{"a"}, {"b"}, {"c"}, {"b", "c"}, {"a", "c"}}),
              ElementsAre(ElementsAre(0U, 1U, 2U, 3U, 4U)));
}

TEST(SideBySide, each_is_done_once_whatever_the_number_of_jobs) {
  for (const std::size_t jobs : {1U, 3U, 50U}) {
    std::vector<std::atomic<int>> done(20);
    side_by_side(done.size(), jobs, [&](std::size_t i) { ++done[i]; });
    for (const auto& times : done) EXPECT_EQ(times, 1) << jobs;
  }
  side_by_side(0, 4, [](std::size_t) { FAIL(); });
}

/// Waits until so many are here at once; whether they came.
class Meeting {
 public:
  explicit Meeting(std::size_t wanted) : wanted_(wanted) {}

  bool attend(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    ++here_;
    most_ = std::max(most_, here_);
    changed_.notify_all();
    const bool met = changed_.wait_for(lock, patience, [&] { return most_ >= wanted_; });
    --here_;
    return met;
  }
  [[nodiscard]] std::size_t most() const { return most_; }

 private:
  std::size_t wanted_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t here_ = 0;
  std::size_t most_ = 0;
};

class ServicesOnPodman : public testing::Test {
 protected:
  ServicesOnPodman() {
    options.engine = "podman";
    options.runtime = manifest::RuntimeSetting::native;
    options.sbom = false;
    machine.processes.always({"podman", "image", "inspect"},
                             {0, 0, "sha256:" + std::string(64, 'a') + "\n", ""});
    machine.processes.always({"podman", "push"}, {0, 0, "", ""});
    machine.processes.always({"podman", "info"}, {0, 0, "", ""});
    machine.processes.always({"podman", "build"}, {0, 0, "step 1\nstep 2\n", ""});
  }

  /// A manifest; `image` is where it is pushed to, by default one of its own.
  Document service(const std::string& name, std::string image = "", const std::string& more = "") {
    if (image.empty()) image = "r/" + name + ":1";
    return document_of(machine,
                       "apiVersion: scone/5.8\nkind: genservice\nbuild:\n  name: " + name +
                           "\n  kind: python\n  to: " + image +
                           "\n  command: python3 web.py\n  integrity: off\n" + more,
                       name + ".yaml");
  }
  std::vector<ServiceOutcome> apply(const std::vector<Document>& documents, std::size_t jobs) {
    return apply_services(machine.system, documents, options, jobs);
  }
  /// The images that were built, in the order in which that began.
  [[nodiscard]] std::vector<std::string> built() const {
    std::vector<std::string> result;
    for (const host::Command& command : machine.processes.ran())
      if (command.argv[1] == "build") result.push_back(command.argv[3]);
    return result;
  }
  void during_builds(const std::function<void(const std::string& image)>& act) {
    machine.processes.on_run = [act](const host::Command& command) {
      if (command.argv[1] == "build") act(command.argv[3]);
    };
  }
  static diag::ErrorKind kind_of(const ServiceOutcome& outcome) {
    try {
      std::rethrow_exception(outcome.failure);
    } catch (const diag::Error& error) {
      return error.kind();
    }
  }

  test::FakeNetwork network{[](const host::HttpRequest&) -> host::HttpResponse {
    throw diag::Error(diag::ErrorKind::unavailable, "can not reach it");
  }};
  test::FakeSystem machine{network};
  ServiceOptions options;
};

TEST_F(ServicesOnPodman, are_built_at_the_same_time_and_told_in_the_order_given) {
  Meeting meeting(3);
  std::atomic<int> met = 0;
  during_builds(
      [&](const std::string&) { met += meeting.attend(std::chrono::seconds(20)) ? 1 : 0; });
  const auto outcomes = apply({service("c"), service("a"), service("b")}, 3);
  EXPECT_EQ(met, 3);
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(outcomes[0].applied->name, "c");
  EXPECT_EQ(outcomes[1].applied->name, "a");
  EXPECT_EQ(outcomes[2].applied->name, "b");
}

TEST_F(ServicesOnPodman, no_more_than_the_jobs_are_at_work) {
  Meeting meeting(3);
  during_builds([&](const std::string&) { meeting.attend(std::chrono::milliseconds(30)); });
  (void)apply({service("a"), service("b"), service("c"), service("d"), service("e")}, 2);
  EXPECT_EQ(meeting.most(), 2U);
  EXPECT_EQ(built().size(), 5U);
}

TEST_F(ServicesOnPodman, of_one_name_or_one_image_take_turns_in_the_order_given) {
  Meeting meeting(2);
  during_builds([&](const std::string&) { meeting.attend(std::chrono::milliseconds(30)); });
  (void)apply({service("a", "r/one:1"), service("b", "r/one:1"), service("b", "r/two:1")}, 4);
  EXPECT_EQ(meeting.most(), 1U);
  EXPECT_THAT(built(), ElementsAre("r/one:1", "r/one:1", "r/two:1"));
}

TEST_F(ServicesOnPodman, what_is_told_comes_in_whole_lines_that_begin_with_the_name) {
  machine.system.tell_more = machine.system.tell;
  (void)apply({service("first"), service("second"), service("third")}, 3);
  const auto lines = text::lines(machine.told);
  // The runtime, building, pushing, and two lines of the engine.
  EXPECT_EQ(lines.size(), 3U * (3 + 2));
  for (const std::string_view line : lines)
    EXPECT_THAT(line,
                testing::MatchesRegex("(first|second|third): (image|building|pushing|step) .*"));
}

TEST_F(ServicesOnPodman, one_alone_is_told_of_without_its_name) {
  (void)apply({service("web")}, 3);
  EXPECT_THAT(machine.told, StartsWith("building r/web:1"));
}

TEST_F(ServicesOnPodman, nothing_is_written_when_one_can_not_be_planned) {
  const auto outcomes = apply(
      {service("good"), service("bad", "", "  copy: [gone.py]\n"), service("worse", "-x")}, 2);
  EXPECT_FALSE(outcomes[0].applied || outcomes[0].failure);
  EXPECT_EQ(kind_of(outcomes[1]), diag::ErrorKind::unavailable);
  EXPECT_TRUE(outcomes[2].failure);
  EXPECT_THAT(built(), IsEmpty());
  EXPECT_FALSE(machine.files.exists("target"));
}

TEST_F(ServicesOnPodman, after_a_failure_those_that_began_are_finished_and_no_other_begins) {
  Meeting meeting(2);
  during_builds([&](const std::string& image) {
    meeting.attend(std::chrono::seconds(20));
    if (image == "r/a:1") throw diag::Error(diag::ErrorKind::failed, "boom");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  });
  const auto outcomes = apply({service("a"), service("b"), service("c"), service("d")}, 2);
  EXPECT_EQ(kind_of(outcomes[0]), diag::ErrorKind::failed);
  EXPECT_TRUE(outcomes[1].applied);
  for (const std::size_t i : {2U, 3U})
    EXPECT_FALSE(outcomes[i].applied || outcomes[i].failure) << i;
  EXPECT_TRUE(machine.files.try_lock("target/.lock"));  // it was given back
}

TEST_F(ServicesOnPodman, one_signing_key_is_made_for_all) {
  (void)apply({service("a"), service("b"), service("c")}, 3);
  EXPECT_EQ(machine.files.status("target/identity.pem")->mode, 0600U);
}

TEST_F(ServicesOnPodman, an_option_that_names_one_file_is_for_one_service) {
  options.id_file = "id";
  EXPECT_TRUE(apply({service("a")}, 2).at(0).applied);
  try {
    (void)apply({service("a"), service("b")}, 2);
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::usage);
    EXPECT_THAT(error.text(), HasSubstr("--iidfile"));
  }
}

}  // namespace
}  // namespace sconectl::action
