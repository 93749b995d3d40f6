#include "sconectl/host/http.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/signals.hpp"
#include "support/matchers.hpp"
#include "test_server.hpp"

namespace sconectl::host {

namespace {

using diag::Error;
using diag::ErrorKind;
using std::chrono::milliseconds;

const TestIdentity& server_identity() {
  static const TestIdentity identity("server");
  return identity;
}
const TestIdentity& client_identity() {
  static const TestIdentity identity("client");
  return identity;
}

Tls trusting_server() {
  Tls tls;
  tls.trust = ChainTo{{server_identity().certificate_pem()}};
  return tls;
}

class RealHttp : public testing::Test {
 protected:
  void SetUp() override { ::signal(SIGPIPE, SIG_IGN); }

  HttpResponse get(const std::string& url, const Tls& tls = {}) {
    HttpRequest request;
    request.url = url;
    return http_->send(request, tls);
  }
  Error error_of(const HttpRequest& request, const Tls& tls = {}) {
    try {
      (void)http_->send(request, tls);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorKind::failed, ""};
  }

  std::unique_ptr<Http> http_ = system_http();
};

TEST_F(RealHttp, request_and_reply_over_tls) {
  TestServer server({.identity = &server_identity(), .answer = [](const std::string&) {
                       return reply("hello", "X-Thing: a\r\n");
                     }});
  HttpRequest request;
  request.method = "POST";
  request.url = server.url("/v1/x?y=1");
  request.headers = {{"Content-Type", "application/json"}};
  request.body = "{\"a\":1}";
  const HttpResponse response = http_->send(request, trusting_server());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(response.header("x-thing"), "a");
  EXPECT_EQ(response.peer_chain, std::vector<std::string>{server_identity().certificate_pem()});
  const std::string seen = server.requests().at(0);
  EXPECT_TRUE(seen.starts_with("POST /v1/x?y=1 HTTP/1.1\r\n")) << seen;
  EXPECT_NE(seen.find("\r\nHost: 127.0.0.1:" + std::to_string(server.port())), std::string::npos);
  EXPECT_TRUE(seen.ends_with("\r\n\r\n{\"a\":1}")) << seen;
}

TEST_F(RealHttp, connections_are_reused_for_the_same_identity_only) {
  TestServer server({.identity = &server_identity()});
  for (int i = 0; i < 3; ++i) get(server.url(), trusting_server());
  EXPECT_EQ(server.connections(), 1);
  Tls with_client = trusting_server();
  with_client.client.emplace(client_identity().certificate_pem(), client_identity().key_pem());
  get(server.url(), with_client);
  EXPECT_EQ(server.connections(), 2) << "what another identity opened must not be used";
  Tls unverified;
  unverified.trust = Unverified{};
  get(server.url(), unverified);
  EXPECT_EQ(server.connections(), 3);
  get(server.url(), trusting_server());
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(RealHttp, a_kept_connection_that_the_server_closed_is_replaced) {
  std::atomic<int> n = 0;  // every connection has its thread
  TestServer server(
      {.answer = [&n](const std::string&) { return ++n == 2 ? std::string() : reply("ok"); }});
  EXPECT_EQ(get(server.url()).body, "ok");
  EXPECT_EQ(get(server.url()).body, "ok");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(RealHttp, connection_close_is_obeyed) {
  TestServer server(
      {.answer = [](const std::string&) { return reply("ok", "Connection: close\r\n"); }});
  get(server.url());
  get(server.url());
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(RealHttp, CL016_another_root_is_refused_and_gets_no_byte_of_the_request) {
  TestServer server({.identity = &server_identity()});
  HttpRequest request;
  request.url = server.url();
  request.method = "POST";
  request.body = "secret";
  Tls tls;
  tls.trust = ChainTo{{client_identity().certificate_pem()}};
  const Error error = error_of(request, tls);
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_THAT(error.text(),
              test::HasButNot("127.0.0.1:" + std::to_string(server.port()), "secret"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(RealHttp, a_trusted_root_is_not_enough_where_the_name_is_compared) {
  const TestIdentity named("server", "IP:127.0.0.1");
  const TestIdentity other("server", "DNS:elsewhere.example,IP:127.0.0.2");
  const auto trust = [](const TestIdentity& identity, HostName names) {
    Tls tls;
    tls.trust = ChainTo{{identity.certificate_pem()}, names};
    return tls;
  };
  TestServer right({.identity = &named});
  EXPECT_EQ(get(right.url(), trust(named, HostName::compared)).status, 200);
  for (const TestIdentity* identity : {&other, &server_identity()}) {
    TestServer wrong({.identity = identity});
    HttpRequest request;
    request.url = wrong.url();
    request.headers = {{"Authorization", "Bearer secret"}};
    EXPECT_EQ(error_of(request, trust(*identity, HostName::compared)).kind(), ErrorKind::refused);
    EXPECT_TRUE(wrong.requests().empty());
    EXPECT_EQ(get(wrong.url(), trust(*identity, HostName::ignored)).status, 200);
    // A connection that was made without the name is not taken for one with it.
    EXPECT_EQ(error_of(request, trust(*identity, HostName::compared)).kind(), ErrorKind::refused);
  }
}

TEST_F(RealHttp, system_trust_refuses_a_self_signed_server) {
  TestServer server({.identity = &server_identity()});
  HttpRequest request;
  request.url = server.url();
  EXPECT_EQ(error_of(request).kind(), ErrorKind::refused);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(RealHttp, verify_is_asked_before_the_request_and_again_on_a_kept_connection) {
  TestServer server({.identity = &server_identity()});
  int asked = 0;
  Tls tls;
  tls.trust = Unverified{};
  tls.verify = [&](const std::vector<std::string>& chain) {
    EXPECT_EQ(chain.size(), 1U);
    EXPECT_EQ(server.requests().size(), static_cast<std::size_t>(asked));
    ++asked;
    return true;
  };
  get(server.url(), tls);
  get(server.url(), tls);
  EXPECT_EQ(asked, 2);
  tls.verify = [](const std::vector<std::string>&) { return false; };
  HttpRequest request;
  request.url = server.url();
  EXPECT_EQ(error_of(request, tls).kind(), ErrorKind::refused);
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(RealHttp, client_certificate_is_presented_and_its_absence_reported) {
  TestServer server({.identity = &server_identity(), .only_client = &client_identity()});
  HttpRequest request;
  request.url = server.url();
  const Error error = error_of(request, trusting_server());
  EXPECT_EQ(error.kind(), ErrorKind::refused) << error.text();
  Tls tls = trusting_server();
  tls.client.emplace(client_identity().certificate_pem(), client_identity().key_pem());
  EXPECT_EQ(http_->send(request, tls).body, "ok");
}

TEST_F(RealHttp, broken_client_identity_is_reported_without_its_key) {
  TestServer server({.identity = &server_identity()});
  HttpRequest request;
  request.url = server.url();
  Tls tls = trusting_server();
  tls.client.emplace(client_identity().certificate_pem(), "hunter2");
  EXPECT_EQ(error_of(request, tls).kind(), ErrorKind::invalid);
  tls.client.emplace(client_identity().certificate_pem(), server_identity().key_pem());
  const Error error = error_of(request, tls);
  EXPECT_NE(error.text().find("do not fit together"), std::string::npos) << error.text();
}

TEST_F(RealHttp, refused_connection_names_host_and_reason) {
  int free_port = 0;
  { free_port = TestServer({}).port(); }
  HttpRequest request;
  request.url = "https://127.0.0.1:" + std::to_string(free_port) + "/";
  const Error error = error_of(request);
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_EQ(error.text(),
            "can not reach 127.0.0.1:" + std::to_string(free_port) + ": connection refused");
}

TEST_F(RealHttp, unknown_host_is_named) {
  HttpRequest request;
  request.url = "https://no-such-host.invalid/";
  request.connect_timeout = milliseconds(3000);
  const Error error = error_of(request);
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_NE(error.text().find("'no-such-host.invalid'"), std::string::npos) << error.text();
}

TEST_F(RealHttp, a_server_without_tls_is_unavailable) {
  TestServer server({});
  HttpRequest request;
  request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  request.connect_timeout = milliseconds(500);
  const Error error = error_of(request, trusting_server());
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_NE(error.text().find("TLS handshake failed"), std::string::npos) << error.text();
}

TEST_F(RealHttp, silence_ends_with_the_timeout) {
  TestServer silent({.silent = true});
  HttpRequest request;
  request.timeout = request.connect_timeout = milliseconds(200);
  for (const std::string scheme : {"http", "https"}) {
    request.url = scheme + "://127.0.0.1:" + std::to_string(silent.port()) + "/";
    const auto start = std::chrono::steady_clock::now();
    const Error error = error_of(request, trusting_server());
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_NE(error.text().find("0.2 seconds"), std::string::npos) << error.text();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  }
}

TEST_F(RealHttp, a_reply_over_the_limit_is_refused) {
  TestServer server({.answer = [](const std::string&) { return reply(std::string(5000, 'x')); }});
  HttpRequest request;
  request.url = server.url();
  request.response_limit = 4999;
  EXPECT_NE(error_of(request).text().find("longer than 4999 bytes"), std::string::npos);
  request.response_limit = 5000;
  EXPECT_EQ(http_->send(request).body.size(), 5000U);
}

TEST_F(RealHttp, a_chunked_reply_and_a_cut_one) {
  TestServer server({.answer = [](const std::string& request) -> std::string {
    if (request.find("/cut") != std::string::npos) {
      return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nshort";
    }
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  }});
  EXPECT_EQ(get(server.url()).body, "abcde");
  HttpRequest request;
  request.url = server.url("/cut");
  EXPECT_EQ(error_of(request).kind(), ErrorKind::unavailable);
}

TEST_F(RealHttp, a_body_is_passed_on_as_it_comes_however_long_it_is) {
  const std::string body(3'000'000, 'b');
  TestServer server({.answer = [&](const std::string& request) -> std::string {
    if (request.find("/cut") != std::string::npos)
      return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nshort";
    if (request.find("/none") != std::string::npos)
      return "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone";
    return reply(body);
  }});
  std::string taken;
  HttpRequest request;
  request.url = server.url("/long");
  request.response_limit = 1000;
  request.take = [&](std::string_view part) { taken += part; };
  EXPECT_EQ(http_->send(request).body, "");
  EXPECT_EQ(taken, body);

  request.url = server.url("/none");
  EXPECT_EQ(http_->send(request).body, "none") << "only a body that was asked for is taken";
  EXPECT_EQ(taken, body);
  EXPECT_EQ(server.connections(), 1) << "the connection is kept";

  request.url = server.url("/cut");
  EXPECT_EQ(error_of(request).kind(), ErrorKind::unavailable);

  request.url = server.url("/long");
  request.take = [](std::string_view) { throw Error(ErrorKind::failed, "full"); };
  EXPECT_EQ(error_of(request).text(), "full");
  request.take = {};
  request.response_limit = 10'000'000;
  EXPECT_EQ(http_->send(request).body, body)
      << "on a connection without the rest of the last reply";
}

TEST_F(RealHttp, unix_socket) {
  const auto files = system_files();
  const TemporaryDirectory directory(*files, "sconectl-test-");
  const std::string path = directory.path() / "s";
  TestServer server({.unix_socket = path});
  HttpRequest request;
  request.unix_socket = path;
  request.url = "http://docker/v1.41/info";
  EXPECT_EQ(http_->send(request).body, "ok");
  request.unix_socket = directory.path() / "none";
  EXPECT_NE(error_of(request).text().find("none: no such file or directory"), std::string::npos);
  request.unix_socket = std::string(200, 'x');
  EXPECT_EQ(error_of(request).kind(), ErrorKind::invalid);
}

TEST_F(RealHttp, http_without_tls_is_for_loopback_only) {
  HttpRequest request;
  request.url = "http://example.com/";
  EXPECT_EQ(error_of(request).kind(), ErrorKind::invalid);
}

TEST_F(RealHttp, headers_can_not_break_out) {
  TestServer server({});
  HttpRequest request;
  request.url = server.url();
  request.headers = {{"X-A", "b\r\nX-Evil: 1"}};
  EXPECT_EQ(error_of(request).kind(), ErrorKind::invalid);
  request.headers = {{"X A", "b"}};
  EXPECT_EQ(error_of(request).kind(), ErrorKind::invalid);
  request.headers.clear();
  request.method = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(error_of(request).kind(), ErrorKind::invalid);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(RealHttp, an_interrupt_ends_the_wait) {
  TestServer silent({.silent = true});
  const InterruptWatch watch;
  std::thread sender([] {
    std::this_thread::sleep_for(milliseconds(100));
    ::kill(::getpid(), SIGINT);
  });
  HttpRequest request;
  request.url = silent.url();
  EXPECT_EQ(error_of(request).kind(), ErrorKind::interrupted);
  sender.join();
}

TEST_F(RealHttp, many_threads_share_one_client) {
  TestServer server({.identity = &server_identity()});
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        if (get(server.url(), trusting_server()).body == "ok") ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
  EXPECT_LE(server.connections(), 4);
}

}  // namespace
}  // namespace sconectl::host
