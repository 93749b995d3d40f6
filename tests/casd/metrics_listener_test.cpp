// Metrics on a real socket, and what the server itself counts.
#include <gmock/gmock.h>
#include <sys/time.h>

#include <thread>

#include "casd/published_metrics.hpp"
#include "casd/server_fixture.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;

struct MeteredServer : ServerTest {
  MeteredServer() { options.metrics_listen = "127.0.0.1:0"; }
  /// A plain HTTP exchange with curl; the status is the last line.
  std::string scraped(const std::string& path, const std::string& more = "") {
    return shell("curl -sS -w '%{http_code}' " + more + " 'http://" + server->metrics_address() +
                 path + "'");
  }
  PublishedMetrics now() {
    const auto text = shell("curl -sS 'http://" + server->metrics_address() + "/metrics'");
    return PublishedMetrics(text);
  }
  /// A connection to the metrics that gives up after a while.
  [[nodiscard]] int scraper() const {
    const auto& address = server->metrics_address();
    const int connection = socket(AF_INET, SOCK_STREAM, 0);
    const timeval patience{5, 0};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port =
        htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(connection, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    return connection;
  }
  /// All that comes back for these bytes, until the other side ends.
  [[nodiscard]] std::string sent(const std::string& bytes) const {
    const int connection = scraper();
    EXPECT_EQ(send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    std::string all;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = recv(connection, buffer.data(), buffer.size(), 0)) > 0;)
      all.append(buffer.data(), static_cast<std::size_t>(got));
    close(connection);
    return all;
  }
  /// What is counted when an answer goes out may be read a little before.
  void becomes(const std::string& series, double value) {
    for (int i = 0; i < 100 && now()[series] != value; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(now()[series], value) << series;
  }
};

TEST_F(MeteredServer, there_is_one_path_and_one_method) {
  start();
  EXPECT_THAT(scraped("/metrics", "-D -"), HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(scraped("/metrics"), HasSubstr("\nsconectl_cas_provisioned 1\n"));
  EXPECT_THAT(scraped("/metrics?x=y"), testing::EndsWith("200"));
  for (const auto* path : {"/", "/metrics/", "/v1/version", "/METRICS", "//metrics"})
    EXPECT_THAT(scraped(path), testing::EndsWith("404")) << path;
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"})
    EXPECT_THAT(scraped("/metrics", std::string("-D - -X ") + method),
                testing::AllOf(testing::EndsWith("405"), HasSubstr("Allow: GET"),
                               testing::Not(HasSubstr("sconectl_cas_"))))
        << method;
}

TEST_F(MeteredServer, there_are_none_unless_they_are_asked_for) {
  options.metrics_listen.clear();
  start();
  EXPECT_EQ(server->metrics_address(), "");
  EXPECT_THAT(files->read(options.data / "endpoint.json"), HasButNot("\"api\":", "metrics"));
}

TEST_F(MeteredServer, it_tells_where_they_are_and_warns_beyond_loopback) {
  start();
  EXPECT_THAT(log(), HasSubstr("CAS publishes metrics at " + server->metrics_address()));
  EXPECT_THAT(files->read(options.data / "endpoint.json"), HasSubstr("\"metrics\":[\"127.0.0.1:"));
  EXPECT_THAT(log(), HasButNot("CAS serves clients", "the address of the metrics"));
  server.reset();
  options.metrics_listen = "0.0.0.0:0";
  start();
  EXPECT_THAT(log(), HasSubstr("everybody who reaches the address of the metrics"));
  server.reset();
  options.dev = true;
  EXPECT_THROW(start(), diag::Error);
}

TEST_F(MeteredServer, an_address_that_is_none_or_taken_ends_the_start) {
  for (const auto* wrong : {"here", "9464", "127.0.0.1", "127.0.0.1:x", "example.com:9464"}) {
    options.metrics_listen = wrong;
    EXPECT_THROW(start(), diag::Error) << wrong;
    server.reset();
  }
  options.metrics_listen = "127.0.0.1:0";
  start();
  const auto taken = server->metrics_address();
  options.data = directory.path() / "other";
  options.metrics_listen = taken;
  casd::Server other(options);
  EXPECT_THROW(other.start(), diag::Error);
}

TEST_F(MeteredServer, hostile_scrapers) {
  start();
  EXPECT_THAT(sent("nonsense\r\n\r\n"), HasSubstr("400 Bad Request"));
  EXPECT_THAT(sent("GET /metrics HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
              HasButNot("400 Bad Request", "sconectl_cas_"));
  EXPECT_THAT(sent("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
              HasSubstr("400 Bad Request"));
  EXPECT_THAT(sent("GET /metrics HTTP/1.0\r\n\r\n"), HasSubstr("sconectl_cas_build_info"));
  EXPECT_THAT(sent("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
                   "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              testing::AllOf(HasSubstr("200 OK"), HasSubstr("404 Not Found")));
}

/// Neither the others who scrape nor clients of the CAS notice it.
TEST_F(MeteredServer, who_stops_in_the_middle_holds_up_nobody) {
  start();
  std::vector<int> slow;
  for (int i = 0; i < 8; ++i) {
    slow.push_back(scraper());
    EXPECT_EQ(send(slow.back(), "GET /met", 8, MSG_NOSIGNAL), 8);
  }
  EXPECT_THAT(scraped("/metrics", "-m 5"), testing::EndsWith("200"));
  EXPECT_THAT(curl("-k -m 5 " + url("/v1/version")), HasSubstr("\"version\":"));
  // More than there may be are closed, and the end of the server waits for none.
  for (int i = 0; i < 40; ++i) slow.push_back(scraper());
  EXPECT_THAT(curl("-k -m 5 " + url("/v1/version")), HasSubstr("\"version\":"));
  server.reset();
  for (const int connection : slow) close(connection);
}

TEST_F(MeteredServer, a_request_counts_once_whatever_becomes_of_it) {
  start();
  write_client("alice", Client("alice"));
  EXPECT_EQ(now().sum("requests_total"), 0);
  curl("-k " + url("/v1/version"));
  curl("-k " + url("/v1/version/"));
  curl("-k " + url("/nothing/here"));
  curl("-k -X BREW " + url("/v1/version"));
  curl("-k -X PUT -H 'Content-Type: multipart/form-data' -d x " + url("/v1/encrypted_sessions"));
  curl("-k --path-as-is " + url("/v1/../../etc/passwd%00"));
  curl("-k" + with("alice") + "--data-binary 'name: a\nversion: \"0.3\"' " + url("/session"));
  curl("-k" + with("alice") + url("/v1/sessions/a"));
  raw("nonsense\r\n\r\n");
  raw("GET /v1/version HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  raw("GET /v1/version HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  raw("POST /session HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n");
  becomes("responses_total{code=\"413\"}", 1);
  const auto metrics = now();
  EXPECT_EQ(metrics["requests_total{method=\"GET\",route=\"/v1/version\",code=\"2xx\"}"], 2);
  EXPECT_EQ(metrics["requests_total{method=\"POST\",route=\"/session\",code=\"2xx\"}"], 1);
  EXPECT_EQ(metrics["requests_total{method=\"GET\",route=\"/v1/sessions/*\",code=\"2xx\"}"], 1);
  EXPECT_EQ(metrics["requests_total{method=\"none\",route=\"none\",code=\"4xx\"}"], 8);
  EXPECT_EQ(metrics.sum("requests_total"), 12);
  EXPECT_EQ(metrics.sum("responses_total"), 12);
  EXPECT_EQ(metrics.sum("request_duration_seconds_count"), 12);
  EXPECT_EQ(metrics["responses_total{code=\"200\"}"], 3);
  EXPECT_EQ(metrics["responses_total{code=\"201\"}"], 1);
  EXPECT_EQ(metrics["responses_total{code=\"404\"}"], 1);
  EXPECT_EQ(metrics["responses_total{code=\"405\"}"], 1);
  EXPECT_EQ(metrics["responses_total{code=\"415\"}"], 1);
  EXPECT_EQ(metrics["responses_total{code=\"431\"}"], 1);
  EXPECT_EQ(metrics["responses_total{code=\"400\"}"], 3);
  EXPECT_GT(metrics.sum("request_duration_seconds_sum"), 0);
  EXPECT_EQ(metrics["sessions_created_total"], 1);
}

TEST_F(MeteredServer, connections_and_handshakes) {
  options.limits.connections_of_address = 3;
  start();
  std::vector<int> held;
  for (int i = 0; i < 3; ++i) held.push_back(connected());
  becomes("connections_open", 3);
  held.push_back(connected());
  becomes("connections_refused_total", 1);
  EXPECT_EQ(now()["connections_accepted_total"], 3);
  // The first speaks no TLS, the others go away without a word.
  EXPECT_EQ(send(held.front(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
  becomes("tls_handshake_failures_total{reason=\"tls\"}", 1);
  for (const int connection : held) close(connection);
  becomes("connections_open", 0);
  becomes("tls_handshake_failures_total{reason=\"closed\"}", 2);
  EXPECT_EQ(now()["tls_handshake_failures_total{reason=\"tls\"}"], 1);
  EXPECT_EQ(now()["tls_handshake_failures_total{reason=\"timeout\"}"], 0);
}

TEST_F(MeteredServer, a_handshake_that_does_not_end_in_time) {
  options.limits.timeout = std::chrono::milliseconds(300);
  start();
  const int half = connected();
  EXPECT_EQ(send(half, "\x16\x03\x01", 3, MSG_NOSIGNAL), 3);
  becomes("tls_handshake_failures_total{reason=\"timeout\"}", 1);
  close(half);
}

}  // namespace
}  // namespace sconectl::test
