#include "sconectl/launch/pod.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/launch/launch.hpp"
#include "support/fixed_clock.hpp"
#include "support/memory_files.hpp"

namespace sconectl::launch {
namespace {

using host::TcpAnswer;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::StartsWith;

using Addresses = std::vector<std::string>;

constexpr const char* waits = "the launcher still waits for its configuration from the CAS";

/// A container as /proc shows it; process 77 is `sconectl pod ready` itself.
class Pod : public testing::Test {
 protected:
  Pod() {
    files.put("/proc/version", "Linux\n");
    files.put("/proc/1/comm", "python3\n");
    process(77, "sconectl", {"/opt/sconectl/sconectl", "pod", "ready"});
  }

  void process(int number, const std::string& name, const Addresses& argv) {
    const std::string directory = "/proc/" + std::to_string(number);
    std::string line;
    for (const std::string& word : argv) line += word + '\0';
    files.put(directory + "/comm", name + "\n");
    files.put(directory + "/cmdline", line);
  }

  /// With connections that are accepted at `accepting` only.
  std::optional<std::string> why_not(std::optional<std::uint16_t> port, const Addresses& accepting,
                                     TcpAnswer otherwise = TcpAnswer::refused) {
    tried.clear();
    return why_not_ready(files, port, [&](const Addresses& addresses, std::uint16_t number) {
      EXPECT_EQ(number, port);
      for (const std::string& address : addresses) {
        tried.push_back(address);
        if (std::count(accepting.begin(), accepting.end(), address) > 0) return TcpAnswer::accepted;
      }
      return otherwise;
    });
  }

  test::MemoryFiles files;
  Addresses tried;
};

TEST_F(Pod, is_ready_when_the_launcher_has_become_the_program) {
  EXPECT_EQ(why_not({}, {}), std::nullopt);
  EXPECT_THAT(tried, IsEmpty());
  files.put("/proc/1/comm", "sconectl-run\n");
  EXPECT_THAT(why_not({}, {}), Optional(std::string(waits)));
}

TEST_F(Pod, a_launcher_that_is_not_process_1_counts_too) {
  process(20, "sconectl-run", {"/opt/sconectl/sconectl", "run", "--", "redis-server"});
  EXPECT_THAT(why_not(6379, {"127.0.0.1"}), Optional(std::string(waits)));
}

TEST_F(Pod, a_launcher_is_known_before_it_has_given_itself_a_name) {
  process(1, "sconectl", {"/opt/sconectl/sconectl", "run", "--", "python3"});
  EXPECT_THAT(why_not({}, {}), Optional(std::string(waits)));
  process(1, "scone", {"scone", "run"});
  EXPECT_THAT(why_not({}, {}), Optional(std::string(waits)));
  process(1, "sconectl-launch", {"sconectl-launcher", "run"});  // as much as the system keeps
  EXPECT_THAT(why_not({}, {}), Optional(std::string(waits)));
}

TEST_F(Pod, other_processes_of_our_program_are_no_launchers) {
  process(1, "sconectl", {"sconectl", "cas", "serve"});
  process(8, "sconectl", {"sconectl", "pod", "drain", "5"});
  process(9, "sconectl", {});
  process(10, "sconectl-runner", {"sconectl-runner", "run"});
  process(11, "python3", {"python3", "run"});
  EXPECT_EQ(why_not({}, {}), std::nullopt);
}

/// /proc mounted with hidepid: who may not be debugged, as the launcher, is not seen.
TEST_F(Pod, a_proc_that_shows_nobody_else_is_no_sign_of_readiness) {
  files.remove_tree("/proc/1");
  EXPECT_THAT(why_not({}, {}), Optional(StartsWith("no process of the service")));
}

TEST_F(Pod, a_process_that_can_not_be_looked_at_may_be_the_launcher) {
  files.make_directories("/proc/5", 0755);
  EXPECT_THROW((void)why_not({}, {}), diag::Error);
}

TEST_F(Pod, without_proc_nothing_is_known) {
  EXPECT_THROW((void)why_not_ready(test::MemoryFiles(), std::nullopt), diag::Error);
}

TEST_F(Pod, with_a_port_something_has_to_accept_a_connection) {
  EXPECT_EQ(why_not(6379, {"127.0.0.1"}), std::nullopt);
  EXPECT_EQ(why_not(6379, {"::1"}), std::nullopt);
  EXPECT_THAT(why_not(6379, {}), Optional(std::string("nothing listens on port 6379")));
  EXPECT_THAT(why_not(6379, {}, TcpAnswer::silent),
              Optional(std::string("port 6379 accepts no connection within 1 s")));
}

TEST_F(Pod, a_program_that_listens_on_one_address_is_asked_there) {
  files.put("/proc/net/tcp",
            "  sl  local_address rem_address   st tx_queue rx_queue\n"
            "   0: 0700000A:18EB 00000000:0000 0A 00000000:00000000\n"    // 10.0.0.7:6379
            "   1: 0800000A:18EC 00000000:0000 0A 00000000:00000000\n"    // another port
            "   2: 0900000A:18EB 0100000A:1234 01 00000000:00000000\n");  // a connection
  EXPECT_EQ(why_not(6379, {"10.0.0.7"}), std::nullopt);
  EXPECT_THAT(tried, ElementsAre("127.0.0.1", "::1", "10.0.0.7"));
  EXPECT_THAT(why_not(6379, {"10.0.0.8", "10.0.0.9"}),
              Optional(std::string("nothing listens on port 6379")));
}

TEST(ListeningAddresses, are_read_from_both_tables) {
  const std::string v4 =
      "  sl  local_address rem_address   st\n"
      "   0: 0200007F:1F90 00000000:0000 0A\n"
      "   1: 00000000:1F90 00000000:0000 0A\n";
  const std::string v6 =
      "  sl  local_address                         remote_address                        st\n"
      "   0: B80D0120000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A\n"
      "   1: 0000000000000000FFFF00000700000A:1F90 00000000000000000000000000000000:0000 0A\n"
      "   2: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A\n";
  EXPECT_THAT(listening_addresses(v4, v6, 8080),
              ElementsAre("127.0.0.2", "2001:db8::1", "::ffff:10.0.0.7"));
  EXPECT_THAT(listening_addresses(v4, v6, 8081), IsEmpty());
}

TEST(ListeningAddresses, of_tables_with_other_text_are_none) {
  for (const char* table :
       {"", "\n\n", "0: 0200007F 0:0 0A", "0: 02:1F90 0:0 0A", "0: GG00007F:1F90 0:0 0A",
        "0: 0200007F0200007F:1F90 0:0 0A", "0: 0200007F:11F90 0:0 0A", "0: 0200007F:1F90 0:0"})
    EXPECT_THAT(listening_addresses(table, table, 8080), IsEmpty()) << table;
}

/// A CAS that notes what asks it is called, and does not answer.
class NotesTheName final : public host::Http {
 public:
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& /*request*/, const host::Tls& /*tls*/) override {
    const std::string name = host::system_files()->read("/proc/self/comm");
    ::_exit(name == "sconectl-run\n" ? 42 : 43);
  }
};

TEST(Launcher, has_its_name_when_it_asks_the_cas) {
  const pid_t child = ::fork();
  if (child == 0) {
    Options options;
    options.config_id = "session/service";
    options.address = cas::parse_address("cas.example", cas::enclave_port);
    options.access_token = crypto::Secret::adopt("a token that nobody knows");
    NotesTheName http;
    test::FixedClock clock;
    try {
      (void)run(std::move(options), http, clock, [](std::string_view) {});
    } catch (const diag::Error&) {
      ::_exit(44);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

}  // namespace
}  // namespace sconectl::launch
