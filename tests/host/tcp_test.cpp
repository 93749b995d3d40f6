#include "sconectl/host/tcp.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "host/posix.hpp"
#include "sconectl/host/signals.hpp"

namespace sconectl::host {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds soon{500};

sockaddr_in local(const char* address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &name.sin_addr);
  return name;
}

int connect_to(const Descriptor& socket, const sockaddr_in& name) {
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
}

/// A socket at a free port of an address, which listens if it has a backlog.
class Local {
 public:
  explicit Local(const char* address, int backlog = -1)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name = local(address, 0);
    socklen_t size = sizeof name;
    auto* const bytes = reinterpret_cast<sockaddr*>(&name);
    EXPECT_EQ(::bind(socket_.get(), bytes, size), 0);
    if (backlog >= 0) {
      EXPECT_EQ(::listen(socket_.get(), backlog), 0);
    }
    EXPECT_EQ(::getsockname(socket_.get(), bytes, &size), 0);
    port_ = ntohs(name.sin_port);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
};

TEST(ConnectToAny, one_that_listens_is_enough) {
  const Local listener("127.0.0.1", 8);
  EXPECT_EQ(connect_to_any({"127.0.0.1"}, listener.port(), soon), TcpAnswer::accepted);
  EXPECT_EQ(connect_to_any({"::1", "127.0.0.1"}, listener.port(), soon), TcpAnswer::accepted);
  EXPECT_EQ(connect_to_any({"::ffff:127.0.0.1"}, listener.port(), soon), TcpAnswer::accepted);
}

TEST(ConnectToAny, nobody_listens) {
  const Local bound("127.0.0.1");
  EXPECT_EQ(connect_to_any({"127.0.0.1", "::1"}, bound.port(), soon), TcpAnswer::refused);
  EXPECT_EQ(connect_to_any({}, bound.port(), soon), TcpAnswer::refused);
  EXPECT_EQ(connect_to_any({"localhost", "", "1.2.3"}, bound.port(), soon), TcpAnswer::refused);
}

TEST(ConnectToAny, another_address_of_the_same_machine_does_not_count) {
  const Local listener("127.0.0.2", 8);
  EXPECT_EQ(connect_to_any({"127.0.0.1"}, listener.port(), soon), TcpAnswer::refused);
  EXPECT_EQ(connect_to_any({"127.0.0.2"}, listener.port(), soon), TcpAnswer::accepted);
}

/// A program that hangs: the system takes as many connections as the backlog says, then no more.
TEST(ConnectToAny, a_full_backlog_is_silence_until_the_time_is_up) {
  const Local listener("127.0.0.1", 0);
  std::vector<Descriptor> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    (void)connect_to(waiting.back(), local("127.0.0.1", listener.port()));
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(connect_to_any({"127.0.0.1"}, listener.port(), milliseconds(200)), TcpAnswer::silent);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, milliseconds(200));
  EXPECT_LT(took, milliseconds(2000));
}

/// A port that lies in the range from which the system takes source ports, one after the other.
TEST(ConnectToAny, a_connection_that_meets_itself_does_not_count) {
  constexpr std::uint16_t port = 40'000;
  constexpr int attempts = 60'000;
  if (connect_to_any({"127.0.0.1"}, port, soon) == TcpAnswer::accepted)
    GTEST_SKIP() << "somebody listens on the port";
  bool met = false;
  for (int attempt = 0; attempt < attempts && !met; ++attempt) {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    met = connect_to(socket, local("127.0.0.1", port)) == 0;
    // Closed with a reset: else the system would not give this pair of ports again for a while.
    const linger at_once{1, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  if (!met) GTEST_SKIP() << "the system gives other source ports";
  // Where another program's connection of the same two ports has just ended, nothing comes at once.
  int refused = 0;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const auto answer = connect_to_any({"127.0.0.1"}, port, soon);
    ASSERT_NE(answer, TcpAnswer::accepted);
    refused += answer == TcpAnswer::refused ? 1 : 0;
  }
  EXPECT_GT(refused, attempts - 10);
}

TEST(ConnectToAny, an_interrupt_ends_the_wait) {
  const InterruptWatch watch;
  std::raise(SIGTERM);
  const Local listener("127.0.0.1", 8);
  EXPECT_THROW((void)connect_to_any({"127.0.0.1"}, listener.port(), soon), diag::Error);
}

}  // namespace
}  // namespace sconectl::host
