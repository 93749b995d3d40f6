// The real server, judged by curl and openssl (RA-001 ... RA-010, RA-077 ... RA-081).
#include "casd/published_metrics.hpp"
#include "casd/server_fixture.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;

TEST_F(ServerTest, RA077_RA078_RA079_RA080_curl_forms) {
  start();
  write_client("alice", Client("alice"));
  files->write(
      at + "/s.yml",
      session("x",
              "secrets:\n  - {name: k, kind: private-key}\n"
              "  - {name: api_ca_cert, kind: x509-ca, private_key: k, export_public: true}\n"));
  const auto created = nlohmann::json::parse(
      curl("-k" + with("alice") + "--data-binary @" + at + "/s.yml -X POST " + url("/session")));
  const auto hash = created.at("hash").get<std::string>();
  EXPECT_EQ(hash.size(), 64U);
  const auto values = nlohmann::json::parse(curl("-k " + url("/v1/values/session=x")));
  EXPECT_NE(values["values"]["api_ca_cert"]["value"].get<std::string>().find("BEGIN CERTIFICATE"),
            std::string::npos);
  const auto read = nlohmann::json::parse(
      curl("--cacert " + at + "/chain.pem --connect-to cas:8081:127.0.0.1:" + port + " --cert " +
           at + "/alice.pem 'https://cas:8081/v1/sessions/x?hash=" + hash + "'"));
  EXPECT_NE(read["session"].get<std::string>().find("name: x"), std::string::npos);
}

TEST_F(ServerTest, RA004_any_kind_of_client_key_and_certificate) {
  start();
  const auto key = [&](const std::string& name, const std::string& how, const std::string& days) {
    shell("openssl req -x509 -newkey " + how + " -nodes -subj /CN=x -days " + days + " -keyout " +
          at + "/" + name + ".key -out " + at + "/" + name + ".crt");
    files->write(at + "/s.yml", session(name));
    EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}'" + with(name) + "--data-binary @" + at +
                   "/s.yml " + url("/session")),
              "201")
        << name;
    EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}'" + with(name) + url("/v1/sessions/" + name)),
              "200")
        << name;
  };
  key("rsa2048", "rsa:2048", "10");
  key("rsa4096", "rsa:4096", "10");
  key("p384", "ec -pkeyopt ec_paramgen_curve:P-384", "10");
  key("p521", "ec -pkeyopt ec_paramgen_curve:P-521", "10");
  key("explicit", "ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit", "10");
  key("ed25519", "ed25519", "10");
  key("ed448", "ed448", "10");
  key("pss", "rsa-pss -pkeyopt rsa_keygen_bits:2048", "10");
  crypto::CertificateProfile past;
  past.common_name = "x";
  past.not_before = crypto::Time(std::chrono::sys_days{std::chrono::year{1975} / 1 / 1});
  past.not_after = crypto::Time(std::chrono::sys_days{std::chrono::year{1976} / 1 / 1});
  Client ancient("ancient");
  ancient.certificate = crypto::issue(past, ancient.key.public_key(), ancient.key);
  write_client("ancient", ancient);
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}'" + with("ancient") + url("/v1/sessions/p384")),
            "403");
  shell("openssl pkcs12 -export -passout pass:x -inkey " + at + "/rsa4096.key -in " + at +
        "/rsa4096.crt -out " + at + "/id.p12");
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}' --cert-type P12 --cert " + at + "/id.p12:x " +
                 url("/v1/sessions/rsa4096")),
            "200");
  // Too weak to be anybody.
  shell("openssl req -x509 -newkey rsa:1024 -nodes -subj /CN=x -keyout " + at + "/weak.key -out " +
        at + "/weak.crt");
  const std::string request = "GET /v1/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const auto as = [&](const std::string& name) {
    return raw(request, "-cipher DEFAULT@SECLEVEL=0 -cert " + at + "/" + name + ".crt -key " + at +
                            "/" + name + ".key");
  };
  EXPECT_THAT(as("ancient"), HasSubstr("HTTP/1.1 200"));
  EXPECT_THAT(as("weak"), HasButNot("alert bad certificate", "HTTP/1.1"));
}

TEST_F(ServerTest, RA001_tls_versions_and_plain_http) {
  start();
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}' --tls-max 1.2 " + url("/v1/version")), "200");
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}' --tlsv1.3 " + url("/v1/version")), "200");
  EXPECT_THAT(curl("-k -o /dev/null -w '%{http_code}' --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 " +
                   url("/v1/version")),
              HasSubstr("alert protocol version\n000"));
  EXPECT_EQ(shell("curl -s -m 5 -o /dev/null -w '%{http_code}' http://" + api + "/v1/version"),
            "000");
  const auto shown = shell("openssl s_client -connect " + api + " -alpn h2,http/1.1 </dev/null");
  EXPECT_NE(shown.find("ALPN protocol: http/1.1"), std::string::npos) << shown;
}

TEST_F(ServerTest, RA002_RA003_chain_names_and_request_for_a_certificate) {
  start();
  const auto shown = shell("openssl s_client -connect " + api + " -CAfile " + at +
                           "/chain.pem -verify_hostname cas </dev/null");
  EXPECT_NE(shown.find("Verify return code: 0 (ok)"), std::string::npos) << shown;
  EXPECT_NE(shown.find("No client certificate CA names sent"), std::string::npos);
  EXPECT_NE(shown.find("2 s:CN = cas\n"), std::string::npos) << shown;
  EXPECT_EQ(
      curl("--cacert " + at + "/chain.pem -o /dev/null -w '%{http_code}' " + url("/v1/version")),
      "200");
  EXPECT_EQ(curl("--cacert " + at + "/chain.pem -o /dev/null -w '%{http_code}' https://localhost:" +
                 port + "/v1/version"),
            "200");
}

TEST_F(ServerTest, RA001_no_session_can_be_resumed) {
  start();
  write_client("alice", Client("alice"));
  for (const std::string version : {"-tls1_2", "-tls1_3"})
    for (const std::string& identity : {std::string(), " -cert " + at + "/alice.pem"}) {
      // Long enough for a ticket, which comes after the handshake.
      std::string command = "(sleep 0.3; echo) | openssl s_client ";
      command.append(version).append(identity).append(" -sess_out ").append(at);
      const auto talk = shell(command.append("/session -connect ").append(api));
      EXPECT_THAT(talk, HasButNot("New, TLSv1", "Session Ticket arrived"));
      EXPECT_THAT(talk, HasButNot("New, TLSv1", "TLS session ticket"));
      EXPECT_FALSE(files->exists(at + "/session"));
    }
}

/// Who is told apart from whom: the address of the connection.
TEST_F(ServerTest, RA019_guesses_are_counted_for_the_address_that_they_come_from) {
  start();
  write_client("alice", Client("alice"));
  files->write(at + "/s.yml",
               session("a",
                       "services: [{name: s, command: x}]\nsecurity: {attestation: {mode: none}, "
                       "service_access_token: twelve-chars}\n"));
  ASSERT_EQ(curl("-k -o /dev/null -w '%{http_code}'" + with("alice") + "--data-binary @" + at +
                 "/s.yml " + url("/session")),
            "201");
  const auto guess_from = [&](const std::string& source) {
    const std::string service = "https://" + server->enclave_addresses().at(0) + "/v1/service/";
    const std::string from = "curl -sk --interface " + source + " ";
    const auto challenge = nlohmann::json::parse(shell(from + "-X POST " + service + "challenge"));
    const std::string hex(64, '0');
    const nlohmann::json asked{{"config_id", "a/s"},
                               {"nonce", challenge.at("nonce")},
                               {"public_key", hex},
                               {"access_token_proof", hex}};
    files->write(at + "/asked", asked.dump());
    return shell(from + "-o /dev/null -w '%{http_code}' --data-binary @" + at + "/asked " +
                 service + "config");
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(guess_from("127.0.0.2"), "403");
  EXPECT_EQ(guess_from("127.0.0.2"), "429");
  EXPECT_EQ(guess_from("127.0.0.3"), "403");
}

TEST_F(ServerTest, CC009_RA019_an_address_that_sends_too_much_is_put_off_and_no_other) {
  options.requests_per_second = 1;
  options.metrics_listen = "127.0.0.1:0";
  start();
  const std::string version = "GET /v1/version HTTP/1.1\r\nHost: cas\r\n\r\n";
  const std::string live = "GET /v1/health/live HTTP/1.1\r\nHost: cas\r\n\r\n";
  const std::string upload =
      "POST /session HTTP/1.1\r\nHost: cas\r\nContent-Length: 5\r\n\r\nhello";
  // The connection stays until something comes with a body: that is not read.
  std::string requests = version;
  for (int i = 0; i < 20; ++i) requests += version;
  const auto shown = raw(requests + live + live + upload + live);
  const auto count = [&shown](const std::string& status) {
    std::size_t found = 0;
    for (auto next = shown.find("HTTP/1.1 " + status); next != std::string::npos;
         next = shown.find("HTTP/1.1 " + status, next + 1))
      ++found;
    return found;
  };
  // On a machine that is slow, a second may pass meanwhile.
  EXPECT_EQ(count("200") + count("429"), 24U) << shown;
  EXPECT_GE(count("429"), 15U) << shown;
  EXPECT_GE(count("200"), 3U) << shown;
  EXPECT_THAT(shown, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(shown, HasSubstr("\r\nConnection: close\r\n"));
  // Another address of this machine is another client; the other port of the CAS is no other CAS.
  EXPECT_EQ(curl("-k --interface 127.0.0.2 -o /dev/null -w '%{http_code}' " + url("/v1/version")),
            "200");
  api = server->enclave_addresses().at(0);
  EXPECT_THAT(raw(requests + upload), HasSubstr("HTTP/1.1 429"));
  const auto metrics =
      PublishedMetrics(shell("curl -sS http://" + server->metrics_address() + "/metrics"));
  EXPECT_GE(metrics["requests_throttled_total"], 16);
  EXPECT_EQ(metrics["responses_total{code=\"429\"}"], metrics["requests_throttled_total"]);
  EXPECT_THAT(log(), HasSubstr("an address sends too many requests source=127.0.0.1"));
}

TEST_F(ServerTest, RA007_headers) {
  start();
  const auto shown = curl("-k -i " + url("/v1/version"));
  EXPECT_NE(shown.find("Cache-Control: no-store"), std::string::npos) << shown;
  EXPECT_THAT(shown, HasButNot("Content-Type: application/json; charset=utf-8", "Set-Cookie"));
}

TEST_F(ServerTest, RA010_no_cookies_and_no_cross_origin_headers) {
  start();
  for (const char* request : {"/v1/version", "/v1/sessions/a", "/v1/values/session=a"})
    for (const char* method : {"GET", "OPTIONS"}) {
      const auto shown = curl("-k -i -X " + std::string(method) + " " + url(request));
      EXPECT_THAT(shown, HasButNot("Cache-Control: no-store", "Set-Cookie"));
      EXPECT_THAT(shown, HasButNot("HTTP/1.1", "Access-Control"));
    }
}

TEST_F(ServerTest, RA005_keep_alive_and_pipelining) {
  start();
  const std::string get = "GET /v1/health/live HTTP/1.1\r\nHost: cas\r\n\r\n";
  const auto shown =
      raw(get + get + "GET /v1/version HTTP/1.1\r\nHost: cas\r\nConnection: close\r\n\r\n");
  std::size_t replies = 0;
  for (auto at_reply = shown.find("HTTP/1.1 200"); at_reply != std::string::npos;
       at_reply = shown.find("HTTP/1.1 200", at_reply + 1))
    ++replies;
  EXPECT_EQ(replies, 3U) << shown;
}

TEST_F(ServerTest, RA005_limits) {
  start();
  write_client("alice", Client("alice"));
  shell("head -c 4194305 /dev/zero | tr '\\0' a > " + at + "/big");
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}'" + with("alice") + "--data-binary @" + at +
                 "/big " + url("/session")),
            "413");
  // Half of it is no limit, and `Expect: 100-continue` is answered without a wait.
  shell("head -c 2000000 /dev/zero | tr '\\0' a > " + at + "/half");
  EXPECT_EQ(curl("-k -m 20 -H 'Expect: 100-continue' -o /dev/null -w '%{http_code}'" +
                 with("alice") + "--data-binary @" + at + "/half " + url("/session")),
            "400");
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}' -H \"X-Long: $(head -c 20000 /dev/zero | tr "
                 "'\\0' a)\" " +
                 url("/v1/version")),
            "431");
}

TEST_F(ServerTest, request_smuggling_shapes_are_refused) {
  start();
  for (const std::string bad :
       {"POST /session HTTP/1.1\r\nHost: c\r\nContent-Length: 5\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "POST /session HTTP/1.1\r\nHost: c\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "GET /v1/version HTTP/1.1\r\nHost : c\r\n\r\n", "GET  /v1/version HTTP/1.1\r\n\r\n",
        "GET /v1/version HTTP/1.1\r\n\r\n",
        "GET /v1/version HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST /v1/attest HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: identity\r\n\r\nGET /v1/version "
        "HTTP/1.1\r\nHost: c\r\n\r\n",
        "POST /v1/attest HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked, identity\r\n\r\nGET "
        "/v1/version HTTP/1.1\r\nHost: c\r\n\r\n",
        "\x16\x03\x01 garbage\r\n\r\n", "GET /v1/version HTTP/1.1\r\nA: b\r\n c: d\r\nX\r\n\r\n"}) {
    const auto shown = raw(bad);
    EXPECT_THAT(shown, HasButNot("HTTP/1.1 4", "HTTP/1.1 200")) << bad;
  }
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}' " + url("/v1/version")), "200");
}

/// What never ends must not be collected: an extension of a chunk, trailers, a large body.
TEST_F(ServerTest, RA005_bodies_of_strangers_are_small_and_their_framing_is_bounded) {
  start();
  const std::string head =
      "POST /session HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string trailers;
  for (int i = 0; i < 20'000; ++i) trailers += "X-a: b" + std::to_string(i) + "\r\n";
  for (const auto& endless : {"1;" + std::string(300'000, 'x'), "0\r\n" + trailers,
                              "11170\r\n" + std::string(70'000, 'y') + "\r\n0\r\n\r\n"}) {
    const auto answer = raw(head + endless);
    const bool refused = answer.find("HTTP/1.1 400") != std::string::npos ||
                         answer.find("HTTP/1.1 413") != std::string::npos;
    EXPECT_TRUE(refused) << answer.substr(0, 300);
  }
  EXPECT_NE(raw("POST /session HTTP/1.1\r\nHost: c\r\nContent-Length: 70000\r\n\r\n")
                .find("HTTP/1.1 413"),
            std::string::npos);
}

TEST_F(ServerTest, RA005_few_large_bodies_at_a_time) {
  options.limits.large_bodies = 0;
  start();
  write_client("alice", Client("alice"));
  shell("head -c 70000 /dev/zero | tr '\\0' a > " + at + "/large");
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code} %header{retry-after}'" + with("alice") +
                 "--data-binary @" + at + "/large " + url("/session")),
            "503 5");
}

/// Whoever is still sending when it is refused reads the answer.
TEST_F(ServerTest, RA005_a_refusal_is_not_lost_by_a_reset) {
  options.limits.large_bodies = 0;
  start();
  write_client("alice", Client("alice"));
  files->write(at + "/client.py",
               "import socket, ssl, sys, time\n"
               "context = ssl.create_default_context()\n"
               "context.check_hostname, context.verify_mode = False, ssl.CERT_NONE\n"
               "context.load_cert_chain(sys.argv[2])\n"
               "tls = context.wrap_socket(socket.create_connection(('127.0.0.1', "
               "int(sys.argv[1]))))\n"
               "tls.sendall(b'POST /session HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: "
               "200000\\r\\n\\r\\n' + b'a' * 100000)\n"
               "time.sleep(0.5)\n"
               "tls.sendall(b'a' * 100000)\n"
               "print(tls.recv(12).decode())\n");
  EXPECT_EQ(shell("python3 " + at + "/client.py " + port + " " + at + "/alice.pem"),
            "HTTP/1.1 503\n");
}

TEST_F(ServerTest, RA005_slow_clients_are_cut_off_and_disturb_nobody) {
  options.limits.timeout = std::chrono::milliseconds(700);
  options.limits.connections = 30;
  start();
  std::vector<int> idle;
  for (int i = 0; i < 40; ++i) {
    idle.push_back(connected());
    EXPECT_NE(idle.back(), -1);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2000));
  EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code}' " + url("/v1/version")), "200");
  for (const int socket_fd : idle) {
    char byte = 0;
    EXPECT_LE(recv(socket_fd, &byte, 1, MSG_DONTWAIT), 0);
    close(socket_fd);
  }
}

TEST_F(ServerTest, RA005_one_address_does_not_take_all_connections) {
  options.limits.connections_of_address = 3;
  start();
  std::vector<int> idle;
  for (int i = 0; i < 5; ++i) {
    idle.push_back(connected());
    EXPECT_NE(idle.back(), -1);
  }
  const std::string ask = "-k -m 5 -o /dev/null -w '%{http_code}' " + url("/v1/version");
  EXPECT_THAT(curl("--interface 127.0.0.1 " + ask), testing::EndsWith("000"));
  EXPECT_EQ(curl("--interface 127.0.0.2 " + ask), "200");
  for (const int socket_fd : idle) close(socket_fd);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(curl("--interface 127.0.0.1 " + ask), "200");
}

TEST_F(ServerTest, RA005_the_time_limit_starts_anew_with_every_request_and_ends_idle_connections) {
  options.limits.timeout = std::chrono::seconds(2);
  start();
  const std::string get = "printf 'GET /v1/health/live HTTP/1.1\\r\\nHost: cas\\r\\n\\r\\n'; ";
  const auto shown =
      shell("(for i in 1 2 3 4 5; do " + get + "sleep 0.5; done; sleep 4; " + get +
            "sleep 0.5) 2>/dev/null | timeout 20 openssl s_client -quiet -connect " + api);
  std::size_t replies = 0;
  for (auto at_reply = shown.find("HTTP/1.1 200"); at_reply != std::string::npos;
       at_reply = shown.find("HTTP/1.1 200", at_reply + 1))
    ++replies;
  EXPECT_EQ(replies, 5U) << shown;
}

/// More than one TLS record, and more than the socket takes at once from a client that is slow.
TEST_F(ServerTest, long_replies_arrive_whole) {
  start();
  write_client("alice", Client("alice"));
  std::string body = "secrets:\n";
  for (int i = 0; i < 2'000; ++i)
    body += "  - {name: s" + std::to_string(i) + ", kind: ascii, value: v" +
            std::string(600, static_cast<char>('a' + i % 26)) + ", export_public: true}\n";
  files->write(at + "/s.yml", session("x", body));
  EXPECT_EQ(curl("-k -m 60 -o /dev/null -w '%{http_code}'" + with("alice") + "--data-binary @" +
                 at + "/s.yml " + url("/session")),
            "201");
  const auto reply = nlohmann::json::parse(
      curl("-k -m 60 --limit-rate 1M" + with("alice") + url("/v1/sessions/x")), nullptr, false);
  ASSERT_TRUE(reply.is_object() && reply.contains("session")) << reply;
  const auto text = reply["session"].get<std::string>();
  EXPECT_GT(text.size(), 1'000'000U);
  EXPECT_NE(text.find("s1999"), std::string::npos);
}

}  // namespace
}  // namespace sconectl::test
