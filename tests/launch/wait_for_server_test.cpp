#include "sconectl/launch/wait_for_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "sconectl/diag/error.hpp"

namespace sconectl::launch {
namespace {

using std::chrono::milliseconds;

/// A socket on a free port of 127.0.0.1 that refuses until it listens.
class Server {
 public:
  Server() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&name), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size), 0);
    port_ = ntohs(name.sin_port);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { ::close(socket_); }

  void listen() const { EXPECT_EQ(::listen(socket_, 8), 0); }
  [[nodiscard]] text::Address address() const { return {"127.0.0.1", port_}; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

/// Its time passes only while somebody sleeps.
class TestClock : public host::Clock {
 public:
  std::function<void(int)> at_sleep = [](int) {};
  [[nodiscard]] std::chrono::system_clock::time_point now() const override { return {}; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(slept_);
  }
  void sleep(milliseconds duration) override {
    slept_ += duration;
    at_sleep(++sleeps_);
  }

 private:
  milliseconds slept_{0};
  int sleeps_ = 0;
};

TEST(WaitForServer, ends_when_the_server_accepts_a_connection) {
  const Server server;
  TestClock clock;
  std::vector<std::string> told;
  clock.at_sleep = [&](int sleeps) {
    if (sleeps == 30) server.listen();
  };
  wait_for_server(server.address(), {}, clock,
                  [&](std::string_view line) { told.emplace_back(line); });
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0], "waiting for " + server.address().authority() + ": it refuses connections");
  told.clear();
  wait_for_server(server.address(), {}, clock,
                  [&](std::string_view line) { told.emplace_back(line); });
  EXPECT_TRUE(told.empty());
}

TEST(WaitForServer, gives_up_when_it_was_told_to) {
  const Server server;
  TestClock clock;
  try {
    wait_for_server(server.address(), std::chrono::seconds(5), clock, [](std::string_view) {});
    FAIL() << "it accepted a connection";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
    EXPECT_NE(error.text().find("within 5 s: it refuses connections"), std::string::npos)
        << error.text();
  }
}

TEST(WaitForServer, a_name_that_is_not_known_yet_is_waited_for) {
  TestClock clock;
  EXPECT_THROW(wait_for_server({"nobody.invalid", 80}, std::chrono::seconds(1), clock,
                               [](std::string_view) {}),
               diag::Error);
}

}  // namespace
}  // namespace sconectl::launch
