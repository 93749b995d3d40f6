// Start, addresses, files, threads and end of the real server.
#include "casd/server_fixture.hpp"

#include <nlohmann/json.hpp>
#include <thread>

#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

TEST_F(ServerTest, CC028_CC029_log_lines_and_files) {
  start();
  const auto text = log();
  std::size_t lines = 0;
  for (auto found = text.find("CAS key hash"); found != std::string::npos;
       found = text.find("CAS key hash", found + 1))
    ++lines;
  EXPECT_EQ(lines, 1U);
  EXPECT_NE(text.find("Z INFO CAS key hash is: " + server->key_hash() + "\n"), std::string::npos)
      << text;
  const auto data = options.data;
  EXPECT_EQ(files->read(data / "cas-key-hash"), server->key_hash() + "\n");
  EXPECT_EQ(files->read(data / "cas-chain.pem"), server->chain_pem());
  const auto endpoint = nlohmann::json::parse(files->read(data / "endpoint.json"));
  EXPECT_EQ(endpoint["api"][0], api);
  EXPECT_EQ(endpoint["pid"], getpid());
  server->stop();
  EXPECT_FALSE(files->exists(data / "endpoint.json"));
}

// Two users of one machine: nobody told either where to listen.
TEST_F(ServerTest, usual_ports_that_are_taken_are_replaced_by_free_ones_and_kept) {
  options.api_listen.clear();
  options.enclave_listen.clear();
  start();
  auto second = options;
  second.data = directory.path() / "second";
  second.log.file = directory.path() / "second.log";
  const auto ports = [](const casd::Server& of) {
    return of.api_addresses().at(0) + " " + of.enclave_addresses().at(0);
  };
  auto other = std::make_unique<casd::Server>(second);
  other->start();
  const std::string moved = ports(*other);
  EXPECT_NE(other->api_addresses(), server->api_addresses());
  EXPECT_NE(other->enclave_addresses(), server->enclave_addresses());
  const auto told = files->read(second.log.file);
  EXPECT_NE(told.find("is taken by another program: port "), std::string::npos) << told;
  const auto recorded = nlohmann::json::parse(files->read(second.data / "endpoint.json"));
  EXPECT_EQ(recorded["api"][0], other->api_addresses().at(0));
  EXPECT_EQ(recorded["enclave"][0], other->enclave_addresses().at(0));
  // Services refer to the ports: they stay when the usual ones are free again.
  other.reset();
  server->stop();
  second.log.file = directory.path() / "second-again.log";
  other = std::make_unique<casd::Server>(second);
  other->start();
  EXPECT_EQ(ports(*other), moved);
  EXPECT_THAT(files->read(second.log.file),
              HasButNot("CAS serves clients at " + other->api_addresses().at(0), "is taken"));
}

/// A socket that waits for a client belongs to one worker, and the wait to another.
TEST_F(ServerTest, ends_in_order_however_often) {
  for (int i = 0; i < 30; ++i) {
    start();
    EXPECT_FALSE(api.empty());
    server.reset();
  }
}

TEST_F(ServerTest, what_the_last_start_left_is_not_trusted_blindly) {
  options.api_listen.clear();
  options.enclave_listen.clear();
  files->make_directories(options.data, 0700);
  for (const char* text : {"", "{", "[]", R"({"api":["0.0.0.0:9"],"enclave":["127.0.0.1:0"]})",
                           R"({"api":["127.0.0.1:99999"],"enclave":{}})"}) {
    files->write(options.data / "last-endpoint.json", text);
    start();
    EXPECT_TRUE(api.starts_with("127.0.0.1:80") || api.starts_with("127.0.0.1:81")) << text << api;
    server.reset();
  }
}

TEST_F(ServerTest, address_in_use_is_an_error) {
  start();
  auto second = options;
  second.data = directory.path() / "second";
  second.api_listen = {api};
  casd::Server other(second);
  EXPECT_THROW(other.start(), diag::Error);
  second.data = directory.path() / "third";
  second.api_listen = {"nonsense"};
  casd::Server third(second);
  EXPECT_THROW(third.start(), diag::Error);
}

/// Takes connections from hang() on, and says nothing: as a CAS that hangs. Before, it takes none.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size), 0);
    port_ = ntohs(at.sin_port);
  }
  ~SilentServer() { close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  void hang() { EXPECT_EQ(listen(socket_, 16), 0); }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

TEST_F(ServerTest, a_request_that_waits_for_another_cas_holds_no_serving_thread) {
  SilentServer silent;
  options.threads = 1;
  start();
  const Client alice("alice");
  write_client("alice", alice);
  write_client("bob", Client("bob"));
  files->write(at + "/s.yml",
               session("s",
                       "access_policy: {read: [$$SCONE::y$$]}\n"
                       "secrets:\n- {name: y, import: {session: /from, secret: x, cas_url: '" +
                           silent.address() + "', cas_key: " + alice.hash() + "}}\n"));
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}'" + with("alice") + "--data-binary @" + at +
                 "/s.yml " + url("/session")),
            "201");
  server.reset();
  start();  // which remembers no CAS that does not answer
  silent.hang();
  // Who else may read the session, that CAS knows.
  const auto answer =
      shell("curl -sk -o /dev/null -w 'slow %{http_code} ' " + with("bob") + url("/v1/sessions/s") +
            " & sleep 0.5; curl -sk -m 2 -o /dev/null -w 'fast %{http_code} ' " +
            url("/v1/version") + "; wait");
  EXPECT_EQ(answer, "fast 200 slow 403 ");
}

TEST_F(ServerTest, many_clients_at_once_and_a_clean_stop) {
  start();
  write_client("alice", Client("alice"));
  const auto result = shell(
      "for i in $(seq 1 24); do printf 'version: \"0.3\"\\nname: s%s\\n' $i > " + at +
      "/s$i.yml; "
      "curl -sSk -o /dev/null -w '%{http_code}\\n' " +
      with("alice") + " --data-binary @" + at + "/s$i.yml " + url("/session") + " & done; wait");
  std::string expected;
  for (int i = 0; i < 24; ++i) expected += "201\n";
  EXPECT_EQ(result, expected);
  server->stop();
  EXPECT_NE(log().find("CAS has stopped"), std::string::npos);
}

/// Containers see a directory of the machine, and not its loopback.
TEST_F(ServerTest, services_reach_it_by_a_socket_of_the_file_system_too) {
  options.service_socket = directory.path() / "containers" / "cas.sock";
  start();
  const std::string health = "https://cas/v1/health/ready";
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}' --unix-socket " +
                 options.service_socket.string() + " " + health),
            "200");
  // It is the interface of services: sessions are told to clients only.
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}' --unix-socket " +
                 options.service_socket.string() + " https://cas/v1/sessions/x"),
            "404");
  server->stop();
  EXPECT_FALSE(files->exists(options.service_socket));
}

TEST_F(ServerTest, a_socket_that_can_not_be_made_keeps_nobody_from_the_ports) {
  options.service_socket = directory.path() / std::string(120, 'x') / "cas.sock";
  start();
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}' " + url("/v1/health/ready")), "200");
  EXPECT_NE(log().find("containers can not reach this CAS"), std::string::npos) << log();
}

}  // namespace
}  // namespace sconectl::test
