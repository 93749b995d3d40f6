// Proxies as the environment names them, and requests through one on a real socket.
#include "sconectl/host/proxies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "support/map_environment.hpp"
#include "support/matchers.hpp"
#include "test_server.hpp"

namespace sconectl::host {
namespace {

using testing::HasSubstr;

Proxies proxies(std::map<std::string, std::string> variables) {
  return Proxies::from(test::MapEnvironment(std::move(variables)));
}

std::string next(const Proxies& proxies, const std::string& host, std::uint16_t port = 443) {
  const auto proxy = proxies.to({host, port});
  return proxy ? proxy->server.authority() : "direct";
}

TEST(Proxies, the_first_variable_counts) {
  EXPECT_EQ(next(proxies({}), "a.example"), "direct");
  EXPECT_EQ(next(proxies({{"HTTP_PROXY", "p:1"}}), "a.example"), "direct");
  EXPECT_EQ(
      next(proxies({{"HTTPS_PROXY", "http://P.example:3128/"}, {"ALL_PROXY", "q:1"}}), "a.example"),
      "p.example:3128");
  EXPECT_EQ(next(proxies({{"https_proxy", "r:2"}, {"HTTPS_PROXY", "p:1"}}), "a.example"), "r:2");
  EXPECT_EQ(next(proxies({{"https_proxy", ""}, {"all_proxy", "[::1]:8"}}), "a.example"), "[::1]:8");
}

TEST(Proxies, some_servers_are_reached_without) {
  const auto some = proxies({{"HTTPS_PROXY", "p:1"},
                             {"NO_PROXY",
                              "corp.example, .dot.example,10.0.0.0/8,192.0.2.7,port.example:8443,"
                              "fd00::/8,"}});
  for (const char* host : {"corp.example", "a.corp.example", "dot.example", "x.dot.example",
                           "10.200.3.4", "192.0.2.7", "fd12::1", "localhost", "127.0.0.1", "::1"})
    EXPECT_EQ(next(some, host), "direct") << host;
  for (const char* host : {"example", "acorp.example", "11.0.0.1", "192.0.2.8", "fe80::1",
                           "port.example", "corp.example.org"})
    EXPECT_EQ(next(some, host), "p:1") << host;
  EXPECT_EQ(next(some, "port.example", 8443), "direct");
  EXPECT_EQ(next(proxies({{"HTTPS_PROXY", "p:1"}, {"no_proxy", "*"}}), "a.example"), "direct");
  EXPECT_EQ(next(proxies({{"HTTPS_PROXY", "p:1"}, {"no_proxy", "10.0.0.0/99,/,a//8"}}), "10.1.1.1"),
            "p:1");
}

TEST(Proxies, what_makes_no_sense_is_told_when_it_is_needed_and_without_its_password) {
  for (const char* value :
       {"https://user:s3cret@p:1", "socks5://user:s3cret@p:1", "http://user:s3cret@p",
        "user:s3cret@p:99999", "http://us%er:s3cret@p:1", "user:s3cret@"}) {
    const auto wrong = proxies({{"HTTPS_PROXY", value}});
    EXPECT_EQ(next(wrong, "127.0.0.1"), "direct");
    try {
      (void)wrong.to({"a.example", 443});
      ADD_FAILURE() << value;
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::usage);
      EXPECT_THAT(error.text(), test::HasButNot("HTTPS_PROXY", "s3cret"));
    }
  }
  EXPECT_EQ(
      proxies({{"HTTPS_PROXY", "http://a%40b:c%3Ad@p:1"}}).to({"x.example", 443})->authorization,
      "Basic YUBiOmM6ZA==");
}

/// A proxy whose tunnels all lead to one port.
class TunnelProxy {
 public:
  explicit TunnelProxy(int target, std::string answer = "HTTP/1.1 200 OK\r\n\r\n")
      : target_(target), answer_(std::move(answer)), listener_(listening()) {
    thread_ = std::thread([this] {
      for (int client = -1; (client = ::accept(listener_, nullptr, nullptr)) >= 0;) {
        serve(client);
        ::close(client);
      }
    });
  }
  TunnelProxy(const TunnelProxy&) = delete;
  TunnelProxy& operator=(const TunnelProxy&) = delete;
  ~TunnelProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string asked;  ///< to be read when the request has ended

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }
  int listening() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket, 8), 0);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    return socket;
  }
  static bool pass_on(int from, int to) {
    char bytes[4096];
    const auto size = ::read(from, bytes, sizeof bytes);
    return size > 0 && ::write(to, bytes, static_cast<std::size_t>(size)) == size;
  }
  void serve(int client) {
    char byte = 0;
    while (asked.find("\r\n\r\n") == std::string::npos && ::read(client, &byte, 1) == 1)
      asked += byte;
    if (::write(client, answer_.data(), answer_.size()) < 0 || target_ == 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(target_);
    EXPECT_EQ(::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    bool open = true;
    while (open) {
      pollfd ready[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      open = ::poll(ready, 2, 5000) > 0;
      if (open && ready[0].revents != 0) open = pass_on(client, server);
      if (open && ready[1].revents != 0) open = pass_on(server, client);
    }
    ::close(server);
  }

  int target_;
  std::string answer_;
  int port_ = 0;
  int listener_;
  std::thread thread_;
};

struct ProxiedHttp : testing::Test {
  ProxiedHttp() { ::signal(SIGPIPE, SIG_IGN); }

  HttpResponse ask(const std::string& proxy, Way way = Way::outside) {
    const auto http = system_http(proxies({{"HTTPS_PROXY", proxy}}));
    HttpRequest request;
    request.url = "https://vault.example/secret";
    request.way = way;
    request.connect_timeout = std::chrono::milliseconds(2000);
    Tls tls;
    tls.trust = ChainTo{{identity.certificate_pem()}, HostName::compared};
    return http->send(request, tls);
  }
  std::string refusal(const std::string& proxy, Way way = Way::outside) {
    try {
      (void)ask(proxy, way);
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
      return error.text() + (error.causes().empty() ? "" : ": " + error.causes().back());
    }
    return "no error";
  }

  TestIdentity identity{"vault", "DNS:vault.example"};
  TestServer server{{.identity = &identity, .answer = [](const std::string&) {
                       return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
                     }}};
};

TEST_F(ProxiedHttp, tls_goes_through_the_tunnel_and_the_proxy_sees_only_the_name) {
  TunnelProxy proxy(server.port());
  EXPECT_EQ(ask("http://me:pw@" + proxy.address()).body, "hello");
  EXPECT_THAT(proxy.asked, testing::StartsWith("CONNECT vault.example:443 HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.asked, HasSubstr("Proxy-Authorization: Basic bWU6cHc=\r\n"));
  EXPECT_THAT(proxy.asked, test::HasButNot("CONNECT", "secret"));
  EXPECT_THAT(server.requests().at(0), test::HasButNot("GET /secret", "Proxy-Authorization"));
}

TEST_F(ProxiedHttp, what_is_ours_is_not_sent_to_it) {
  TunnelProxy proxy(server.port());
  EXPECT_THAT(refusal(proxy.address(), Way::direct), HasSubstr("vault.example"));
  EXPECT_EQ(proxy.asked, "");
}

TEST_F(ProxiedHttp, a_proxy_that_refuses_is_named) {
  const auto refused = [&](const std::string& answer, const std::string& user = "") {
    TunnelProxy proxy(0, answer);
    return refusal("http://" + user + proxy.address());
  };
  EXPECT_THAT(
      refused("HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!"),
      HasSubstr("HTTPS_PROXY does not connect to vault.example:443: it answers with status 403"));
  EXPECT_THAT(refused("HTTP/1.1 407 x\r\n\r\n"), HasSubstr("it wants a user and a password"));
  EXPECT_THAT(refused("HTTP/1.1 407 x\r\n\r\n", "me:pw@"),
              test::HasButNot("it does not accept the user and password", "pw@"));
  EXPECT_THAT(refused("HTTP/1.1 200 OK\r\n\r\nsurprise"), HasSubstr("it says more than"));
  EXPECT_THAT(refused("SSH-2.0-x\r\n\r\n"), HasSubstr("does not connect to vault.example:443"));
  EXPECT_THAT(refused(""), HasSubstr("the connection was closed"));
  EXPECT_THAT(refusal("127.0.0.1:1"), HasSubstr("the proxy of HTTPS_PROXY is not reached"));
}

}  // namespace
}  // namespace sconectl::host
