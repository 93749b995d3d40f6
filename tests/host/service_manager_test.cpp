#include "sconectl/host/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <thread>

#include "sconectl/host/files.hpp"
#include "sconectl/host/signals.hpp"
#include "support/map_environment.hpp"

namespace sconectl::test {
namespace {

/// What a service manager listens on.
class Listener {
 public:
  explicit Listener(const std::string& name) : descriptor_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size), 0);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { ::close(descriptor_); }

  /// The next message; "" if there is none.
  std::string heard() {
    std::array<char, 512> bytes{};
    const auto size = ::recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    return size > 0 ? std::string(bytes.data(), static_cast<std::size_t>(size)) : "";
  }

 private:
  int descriptor_;
};

struct Managed : testing::Test {
  std::unique_ptr<host::Files> files = host::system_files();
  host::TemporaryDirectory directory{*files, "manager-"};
  MapEnvironment environment;
};

TEST_F(Managed, hears_each_state_at_a_path_and_at_an_abstract_name) {
  for (const auto& name :
       {(directory.path() / "notify").string(), "@sconectl-test-" + std::to_string(getpid())}) {
    Listener listener(name);
    environment.variables["NOTIFY_SOCKET"] = name;
    const host::ServiceManager manager(environment);
    manager.ready();
    EXPECT_EQ(listener.heard(), "READY=1") << name;
    manager.reloading();
    EXPECT_TRUE(listener.heard().starts_with("RELOADING=1\nMONOTONIC_USEC=")) << name;
    manager.alive();
    EXPECT_EQ(listener.heard(), "WATCHDOG=1");
    manager.status("x");
    EXPECT_EQ(listener.heard(), "STATUS=x");
    manager.stopping();
    EXPECT_EQ(listener.heard(), "STOPPING=1");
  }
}

TEST_F(Managed, nobody_listens) {
  for (const auto* name : {"", "relative", "/nowhere/at/all", "@nobody"}) {
    environment.variables["NOTIFY_SOCKET"] = name;
    const host::ServiceManager manager(environment);
    EXPECT_NO_THROW(manager.ready()) << name;
  }
  environment.variables["NOTIFY_SOCKET"] = "/" + std::string(200, 'x');
  EXPECT_NO_THROW(host::ServiceManager(environment).ready());
}

TEST_F(Managed, the_watchdog_is_told_four_times_as_often_as_it_asks) {
  const auto interval = [this] { return host::ServiceManager(environment).watchdog_interval(); };
  EXPECT_EQ(interval(), std::nullopt);
  environment.variables["WATCHDOG_USEC"] = "30000000";
  EXPECT_EQ(interval(), std::chrono::milliseconds(7500));
  environment.variables["WATCHDOG_PID"] = std::to_string(getpid());
  EXPECT_EQ(interval(), std::chrono::milliseconds(7500));
  environment.variables["WATCHDOG_PID"] = "1";
  EXPECT_EQ(interval(), std::nullopt) << "another process is watched";
  environment.variables.erase("WATCHDOG_PID");
  for (const auto* wrong : {"", "x", "-5", "0", "1999"}) {
    environment.variables["WATCHDOG_USEC"] = wrong;
    EXPECT_EQ(interval(), std::nullopt) << wrong;
  }
}

TEST(RequestWatch, several_signals_to_reload_are_one_and_an_interrupt_goes_first) {
  using Event = host::RequestWatch::Event;
  const host::InterruptWatch interrupts;
  const host::RequestWatch reloads;
  EXPECT_EQ(reloads.wait(std::chrono::milliseconds(1)), Event::time);
  std::raise(SIGHUP);
  std::raise(SIGHUP);
  EXPECT_EQ(reloads.wait(std::nullopt), Event::reload);
  EXPECT_EQ(reloads.wait(std::chrono::milliseconds(1)), Event::time);
  std::raise(SIGHUP);
  std::raise(SIGTERM);
  EXPECT_EQ(reloads.wait(std::nullopt), Event::interrupt);
  EXPECT_EQ(host::interrupted_by(), SIGTERM);
}

TEST(RequestWatch, a_request_of_another_kind_is_not_lost) {
  using Event = host::RequestWatch::Event;
  const host::InterruptWatch interrupts;
  const host::RequestWatch requests;
  std::raise(SIGUSR1);
  std::raise(SIGHUP);
  std::raise(SIGUSR1);
  EXPECT_EQ(requests.wait(std::nullopt), Event::reload);
  EXPECT_EQ(requests.wait(std::nullopt), Event::snapshot);
  EXPECT_EQ(requests.wait(std::chrono::milliseconds(1)), Event::time);
}

}  // namespace
}  // namespace sconectl::test
