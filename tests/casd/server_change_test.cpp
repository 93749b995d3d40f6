// What changes while the server serves: its certificate, its readiness, its log.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <thread>

#include "casd/log/logger.hpp"
#include "casd/server_fixture.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class ChangingServer : public ServerTest {
 protected:
  [[nodiscard]] std::string token() {
    const auto text = log();
    const std::string line = "CAS provisioning token is: ";
    return text.substr(text.find(line) + line.size(), 32);
  }
  std::string provision(const std::string& config) {
    return curl("-k" + with("owner") + "--data '{\"token\":\"" + token() +
                "\",\"owner_config\":" + config + "}' " + url("/v1/provision"));
  }
  std::string subject() {
    return shell("openssl s_client -connect " + api +
                 " </dev/null 2>/dev/null | openssl x509 -noout -subject -ext subjectAltName");
  }
};

TEST_F(ChangingServer, CC048_new_connections_see_the_new_certificate_and_old_ones_go_on) {
  write_client("owner", Client("owner"));
  start();
  // A connection of before: both requests are made on it.
  std::thread old([this] {
    const auto answers =
        raw("GET /v1/version HTTP/1.1\r\nHost: cas\r\n\r\n"
            "GET /v1/version HTTP/1.1\r\nHost: cas\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answers, HasSubstr("HTTP/1.1 200 OK"));
  });
  EXPECT_THAT(
      provision(R"({"api_identity":{"common_name":"a.example","alt_names":["a.example"]}})"),
      HasSubstr("\"owner\""));
  old.join();
  EXPECT_THAT(subject(), testing::AllOf(HasSubstr("CN = a.example"), HasSubstr("DNS:a.example")));
  // What was pinned before verifies the new one too.
  EXPECT_THAT(curl("--cacert " + at + "/chain.pem --connect-to a.example:" + port + ":" + api +
                   " https://a.example:" + port + "/v1/health/ready"),
              HasSubstr("\"ready\":true"));
  const auto changed =
      curl("-k" + with("owner") +
           R"(-X PUT --data '{"api_identity":{"common_name":"b.example"}}' )" + url("/v1/config"));
  EXPECT_THAT(changed, HasSubstr("\"owner\""));
  EXPECT_THAT(subject(), HasSubstr("CN = b.example"));
}

TEST_F(ChangingServer, CC048_the_certificate_may_change_under_load) {
  write_client("owner", Client("owner"));
  start();
  ASSERT_THAT(provision("{}"), HasSubstr("\"owner\""));
  std::thread load([this] {
    const auto codes = shell("for i in $(seq 40); do curl -sk -o /dev/null -w '%{http_code} ' " +
                             url("/v1/version") + "; done");
    EXPECT_THAT(codes, testing::AllOf(HasSubstr("200 200 200"), Not(HasSubstr("000"))));
  });
  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(
        curl("-k" + with("owner") + "-X PUT --data '{\"api_identity\":{\"common_name\":\"n" +
             std::to_string(i) + "\"}}' " + url("/v1/config")),
        HasSubstr("\"owner\""));
  load.join();
  EXPECT_THAT(subject(), HasSubstr("CN = n19"));
}

TEST_F(ChangingServer, CC029_the_token_is_in_the_log_while_there_is_no_owner) {
  write_client("owner", Client("owner"));
  start();
  const auto first = token();
  EXPECT_THAT(first, testing::MatchesRegex("[0-9a-f]{32}"));
  ASSERT_THAT(provision("{}"), HasSubstr("\"owner\""));
  server.reset();
  files->remove_tree(options.log.file);
  start();
  EXPECT_THAT(log(),
              testing::AllOf(HasSubstr("CAS key hash is: "), Not(HasSubstr("provisioning token"))));
}

TEST_F(ChangingServer, CC054_beyond_loopback_an_owner_is_demanded) {
  options.api_listen = {"0.0.0.0:0"};
  start();
  EXPECT_THAT(log(), HasSubstr("the CAS is not provisioned"));
  api = "127.0.0.1:" + port;
  EXPECT_THAT(curl("-k " + url("/v1/sessions/x")), HasSubstr("not provisioned yet"));
  // It may be allowed, and is warned of.
  server.reset();
  options.allow_unprovisioned = true;
  start();
  EXPECT_THAT(log(), HasSubstr("the CAS has no owner and serves everybody"));
}

TEST_F(ChangingServer, a_server_for_development_listens_on_loopback_only) {
  options.dev = true;
  start();
  EXPECT_THAT(log(),
              testing::AllOf(HasSubstr("DEVELOPMENT MODE"), Not(HasSubstr("provisioning token"))));
  server.reset();
  for (const auto* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
    options.api_listen = {address};
    EXPECT_THROW(casd::Server{options}, diag::Error) << address;
  }
}

TEST(ReopenedLog, CC023_lines_go_to_the_new_file_and_the_level_may_be_another) {
  const auto files = host::system_files();
  const host::TemporaryDirectory directory(*files, "log-");
  casd::LogOptions options;
  options.file = directory.path() / "cas.log";
  const auto log = casd::make_logger(options);
  casd::log_event(*log, casd::Severity::info, "before");
  files->move_file(options.file, directory.path() / "old.log");
  casd::log_event(*log, casd::Severity::info, "between");
  options.level = cas::LogLevel::error;
  casd::reopen_log(*log, options);
  casd::log_event(*log, casd::Severity::info, "too little");
  casd::log_event(*log, casd::Severity::error, "after");
  EXPECT_THAT(
      files->read(directory.path() / "old.log"),
      testing::AllOf(HasSubstr("INFO before"), HasSubstr("INFO between"), Not(HasSubstr("after"))));
  EXPECT_THAT(files->read(options.file),
              testing::AllOf(HasSubstr("ERROR after"), Not(HasSubstr("too little"))));
  EXPECT_EQ(files->status(options.file)->mode, 0600U);
  options.file = directory.path() / "none" / "cas.log";
  files->write(directory.path() / "none", "no directory");
  EXPECT_THROW(casd::reopen_log(*log, options), diag::Error);
  casd::log_event(*log, casd::Severity::error, "still there");
  EXPECT_THAT(files->read(directory.path() / "cas.log"), HasSubstr("ERROR still there"));
}

}  // namespace
}  // namespace sconectl::test
