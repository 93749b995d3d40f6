// `sconectl pod`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

namespace sconectl::cli {
namespace {

using std::chrono::seconds;
using test::Program;
using testing::HasSubstr;

TEST(PodReady, says_nothing_when_the_service_is_ready) {
  Program program;
  program.machine.files.put("/proc/1/comm", "python3\n");
  program.machine.files.put("/proc/77/comm", "cat\n");
  EXPECT_EQ(program.run({"pod", "ready"}), 0);
  EXPECT_EQ(program.out + program.err, "");
}

TEST(PodReady, says_in_one_line_what_is_missing) {
  Program program;
  program.machine.files.put("/proc/1/comm", "sconectl-run\n");
  program.machine.files.put("/proc/77/comm", "cat\n");
  EXPECT_EQ(program.run({"pod", "ready"}), 1);
  EXPECT_EQ(program.out, "");
  EXPECT_EQ(program.err, "Error: the launcher still waits for its configuration from the CAS\n");
}

TEST(PodReady, without_proc_something_needed_is_missing) {
  Program program;
  EXPECT_EQ(program.run({"pod", "ready"}), 4);
  EXPECT_THAT(program.err, HasSubstr("/proc"));
}

TEST(PodReady, takes_ports_that_exist) {
  for (const char* port : {"0", "65536", "-1", "http", "", "80 ", "6379x"}) {
    Program program;
    EXPECT_EQ(program.run({"pod", "ready", "--port", port}), 2) << port;
    EXPECT_THAT(program.err, HasSubstr("--port")) << port;
  }
  Program program;
  EXPECT_EQ(program.run({"pod", "ready", "8080"}), 2);
  EXPECT_THAT(program.err, HasSubstr("8080"));
}

TEST(PodDrain, waits_as_long_as_told) {
  Program program;
  EXPECT_EQ(program.run({"pod", "drain", "7"}), 0);
  EXPECT_EQ(program.machine.clock.slept(), seconds(7));
  EXPECT_EQ(program.out + program.err, "");
  EXPECT_EQ(program.run({"pod", "drain", "0"}), 0);
  EXPECT_EQ(program.machine.clock.slept(), seconds(7));
  EXPECT_EQ(program.run({"pod", "drain", "600"}), 0);
}

TEST(PodDrain, takes_seconds_from_0_to_600) {
  for (const char* given : {"601", "-1", "5s", "", "1.5"}) {
    Program program;
    EXPECT_EQ(program.run({"pod", "drain", given}), 2) << given;
    EXPECT_EQ(program.machine.clock.slept(), seconds(0)) << given;
  }
  Program program;
  EXPECT_EQ(program.run({"pod", "drain"}), 2);
  EXPECT_THAT(program.err, HasSubstr("SECONDS"));
}

TEST(Pod, alone_lists_its_commands) {
  Program program;
  EXPECT_EQ(program.run({"pod"}), 0);
  EXPECT_THAT(program.out, HasSubstr("pod ready"));
  EXPECT_THAT(program.out, HasSubstr("pod drain"));
}

TEST(PodWait, takes_a_server_with_a_port) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"redis"},
                                             {"redis:0"},
                                             {"redis:x"},
                                             {"a:1", "b:2"},
                                             {"a:1", "--timeout", "0"},
                                             {"a:1", "--timeout", "x"}}) {
    Program program;
    std::vector<std::string> words = {"pod", "wait"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(program.run(words), 2) << testing::PrintToString(arguments);
  }
}

TEST(PodRelay, takes_places_that_exist) {
  for (const char* place : {"18765", "host", "127.0.0.1:", "127.0.0.1:65536", ":1"}) {
    Program program;
    EXPECT_EQ(program.run({"pod", "relay", place, "/run/socket"}), 2) << place;
    EXPECT_THAT(program.err, HasSubstr(place));
    EXPECT_EQ(program.run({"pod", "relay", "/run/socket", place}), 2) << place;
  }
  Program program;
  EXPECT_EQ(program.run({"pod", "relay", "127.0.0.1:1"}), 2);
  EXPECT_THAT(program.err, HasSubstr("TO"));
}

}  // namespace
}  // namespace sconectl::cli
