#include "sconectl/host/relay.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>
#include <vector>

#include "host/posix.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::host {
namespace {

namespace fs = std::filesystem;

/// Listens at a free port of 127.0.0.1.
class Server {
 public:
  Server() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    auto* const bytes = reinterpret_cast<sockaddr*>(&name);
    EXPECT_EQ(::bind(socket_.get(), bytes, size), 0);
    EXPECT_EQ(::listen(socket_.get(), 8), 0);
    EXPECT_EQ(::getsockname(socket_.get(), bytes, &size), 0);
    port_ = ntohs(name.sin_port);
  }
  [[nodiscard]] text::Address address() const { return {"127.0.0.1", port_}; }
  [[nodiscard]] Descriptor accept() const {
    return Descriptor(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
};

class RelayTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/sconectl-relay.XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    path_ = directory_ / "socket";
  }
  void TearDown() override { fs::remove_all(directory_); }

  [[nodiscard]] sockaddr_un name_of_socket() const {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path_.c_str(), path_.native().size() + 1);
    return name;
  }
  [[nodiscard]] Descriptor connected() const {
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un name = name_of_socket();
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    return socket;
  }

  fs::path directory_;
  fs::path path_;
};

std::string received(const Descriptor& socket) {
  std::string bytes;
  EXPECT_EQ(read_all(socket.get(), bytes, std::size_t{8} << 20U), 0);
  return bytes;
}

TEST_F(RelayTest, hands_on_both_directions_and_their_ends) {
  const Server server;
  const Relay relay(path_, server.address());
  const std::string question(3'000'000, 'q');  // more than the system keeps on the way
  std::thread answering([&] {
    const Descriptor peer = server.accept();
    const std::string heard = received(peer);  // up to the end of what the client says
    EXPECT_EQ(write_all(peer.get(), heard == question ? "as asked" : "something else"), 0);
  });
  const Descriptor client = connected();
  EXPECT_EQ(write_all(client.get(), question), 0);
  EXPECT_EQ(::shutdown(client.get(), SHUT_WR), 0);
  EXPECT_EQ(received(client), "as asked");
  answering.join();
}

TEST_F(RelayTest, replaces_what_an_earlier_process_left_and_lets_everybody_connect) {
  const Server server;
  {
    const Descriptor killed(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un name = name_of_socket();
    ASSERT_EQ(::bind(killed.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  }
  EXPECT_TRUE(fs::exists(path_));
  EXPECT_FALSE(accepts_connections(path_)) << "nobody listens there any more";
  {
    const Relay relay(path_, server.address());
    EXPECT_TRUE(accepts_connections(path_));
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0666U);
  }
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(RelayTest, closes_connections_that_nobody_takes) {
  text::Address nobody;
  { nobody = Server().address(); }
  const Relay relay(path_, nobody);
  EXPECT_FALSE(accepts_connections(nobody));
  const Descriptor client = connected();
  EXPECT_EQ(received(client), "");
}

TEST_F(RelayTest, its_end_ends_connections) {
  const Server server;
  auto relay = std::make_unique<Relay>(path_, server.address());
  const Descriptor client = connected();
  const Descriptor peer = server.accept();
  relay.reset();
  EXPECT_EQ(received(client), "");
  EXPECT_EQ(received(peer), "");
}

TEST_F(RelayTest, carries_many_at_a_time_and_goes_on_afterwards) {
  const Server server;
  const Relay relay(path_, server.address());
  std::vector<Descriptor> clients;
  std::vector<Descriptor> peers;
  for (int i = 0; i < 400; ++i) {  // below the limit of descriptors of a process
    clients.push_back(connected());
    peers.push_back(server.accept());
  }
  EXPECT_EQ(write_all(peers.back().get(), "x"), 0);
  char byte = 0;
  EXPECT_EQ(::read(clients.back().get(), &byte, 1), 1);
  clients.clear();
  peers.clear();
  const Descriptor client = connected();
  const Descriptor peer = server.accept();
  EXPECT_EQ(write_all(client.get(), "y"), 0);
  EXPECT_EQ(::read(peer.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
}

TEST_F(RelayTest, says_where_it_can_not_listen) {
  const Server server;
  for (const Endpoint& from :
       {Endpoint(directory_ / "no" / "such" / "socket"), Endpoint(fs::path(std::string(200, 'x'))),
        Endpoint(server.address()), Endpoint(text::Address{"no-address", 1})}) {
    try {
      const Relay relay(from, server.address());
      ADD_FAILURE() << text_of(from);
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
      EXPECT_NE(error.text().find(text_of(from)), std::string::npos) << error.text();
    }
  }
}

}  // namespace
}  // namespace sconectl::host
