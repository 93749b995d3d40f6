// The launcher on a machine made of fakes.
#include "cli/launcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.hpp"
#include "cli/version.hpp"
#include "program.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::cli {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;

class Launcher : public testing::Test {
 protected:
  int run(std::vector<std::string> arguments) {
    out.clear();
    err.clear();
    Terminal terminal(
        machine.environment, [this](std::string_view text) { out += text; },
        [this](std::string_view text) { err += text; });
    machine.system.tell = [&](std::string_view line) { terminal.tell(line); };
    return run_launcher(machine.system, terminal, std::move(arguments));
  }

  test::FakeSystem machine;
  std::string out;
  std::string err;
};

TEST_F(Launcher, refuses_what_only_the_whole_program_can_do) {
  int refused = 0;
  for (const Command& command : commands()) {
    std::vector<std::string> words;
    for (const auto word : text::split(command.words, ' ')) words.emplace_back(word);
    if (words[0] == "run" || words[0] == "pod" || words[0] == "version" || words[0] == "files")
      continue;
    ++refused;
    EXPECT_EQ(run(words), 1) << command.words;
    EXPECT_THAT(err, AllOf(HasSubstr("Error: '" + words[0] + "': this is only the launcher"),
                           HasSubstr("use the whole program")));
    EXPECT_EQ(out, "");
  }
  EXPECT_GT(refused, 30);
  EXPECT_EQ(run({"no-such-command"}), 1);
  EXPECT_THAT(err, HasSubstr("'no-such-command': this is only the launcher"));
}

TEST_F(Launcher, says_what_it_is) {
  const std::vector<std::vector<std::string>> ways = {{}, {"--help"}, {"-h"}, {"-q", "--help"}};
  for (const auto& asked : ways) {
    EXPECT_EQ(run(asked), 0) << err;
    EXPECT_THAT(out, AllOf(HasSubstr("This is the launcher"), HasSubstr("\n  run  "),
                           HasSubstr("\n  pod ready  ")));
  }
  for (const char* asked : {"version", "--version", "-V"}) {
    EXPECT_EQ(run({asked}), 0);
    EXPECT_EQ(out, version_line() + "\n");
  }
}

TEST_F(Launcher, runs_as_the_whole_program_does) {
  EXPECT_EQ(run({"run", "--", "true"}), 2);
  EXPECT_THAT(err, HasSubstr("SCONE_CONFIG_ID"));
  const std::string said = err;
  test::Program program;
  EXPECT_EQ(program.run({"run", "--", "true"}), 2);
  EXPECT_EQ(program.err, said);
  EXPECT_EQ(run({"run", "--help"}), 0);
  EXPECT_EQ(program.run({"run", "--help"}), 0);
  EXPECT_EQ(out, program.out);
}

TEST_F(Launcher, is_what_pods_ask) {
  EXPECT_EQ(run({"pod", "drain", "7"}), 0) << err;
  EXPECT_EQ(machine.clock.slept(), seconds(7));
  machine.files.put("/proc/1/comm", "sconectl-run\n");
  machine.files.put("/proc/77/comm", "cat\n");
  EXPECT_EQ(run({"pod", "ready"}), 1);
  EXPECT_EQ(err, "Error: the launcher still waits for its configuration from the CAS\n");
}

TEST_F(Launcher, wrong_words_for_pods_are_wrong_usage) {
  EXPECT_EQ(run({"pod"}), 2);
  EXPECT_THAT(err, HasSubstr("'pod' is followed by 'ready', 'drain', 'wait' or 'relay'"));
  EXPECT_EQ(run({"pod", "sleep"}), 2);
  EXPECT_THAT(err, HasSubstr("unknown command 'pod sleep'"));
  EXPECT_EQ(run({"pod", "drain", "601"}), 2);
  EXPECT_THAT(err, HasSubstr("601"));
}

TEST_F(Launcher, takes_options_before_the_command) {
  EXPECT_EQ(run({"--json", "apply"}), 1);
  EXPECT_THAT(err, AllOf(HasSubstr("\"kind\": \"unsupported\""), HasSubstr("only the launcher")));
  EXPECT_EQ(run({"-o", "/tmp/version", "version"}), 0);
  EXPECT_EQ(machine.files.read("/tmp/version", 100), version_line() + "\n");
}

}  // namespace
}  // namespace sconectl::cli
