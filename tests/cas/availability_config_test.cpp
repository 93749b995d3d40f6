#include "sconectl/cas/availability_config.hpp"
#include "sconectl/crypto/age.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::cas {
namespace {

std::string operators_mistakes(const std::string& name, const std::string& text) {
  try {
    (void)parse_availability_config(name, text);
    return "";
  } catch (const diag::Error& error) {
    std::string lines;
    for (const auto& diagnostic : error.diagnostics()) lines += diagnostic.line() + "\n";
    return lines.empty() ? error.text() : lines;
  }
}

TEST(AvailabilityConfig, CC001_CC004_CC005_reads_what_the_documentation_shows) {
  const auto config = parse_availability_config("cas.toml", R"(
database.path = "/etc/cas/cas.db"
[api]
api_listen = "0.0.0.0:8081"
enclave_listen = ["0.0.0.0:18765", "[::]:18765"]
)");
  EXPECT_EQ(config.database_path, "/etc/cas/cas.db");
  EXPECT_EQ(config.api_listen, std::vector<std::string>{"0.0.0.0:8081"});
  EXPECT_EQ(config.enclave_listen, (std::vector<std::string>{"0.0.0.0:18765", "[::]:18765"}));
}

TEST(AvailabilityConfig, a_database_can_be_a_postgresql) {
  EXPECT_EQ(
      parse_availability_config("cas.toml", "[database]\nurl = 'postgres://a@b/c'\n").database_url,
      "postgres://a@b/c");
  EXPECT_NE(operators_mistakes("cas.toml", "[database]\nurl = 'mysql://b'\n").find("cas.toml:2:7"),
            std::string::npos);
}

TEST(AvailabilityConfig, a_password_in_the_url_of_a_database_is_seen) {
  for (const auto* with : {"postgresql://u:p@h/d", "postgresql://u:@h", "postgresql://u:p@h?x=y",
                           "postgresql://h/d?password=p", "postgresql://h/d?a=b&password=p"})
    EXPECT_TRUE(has_password(with)) << with;
  for (const auto* without :
       {"postgresql://u@h:5432/d", "postgresql://h:1,i:2/d", "postgresql:///d", "postgresql://",
        "x", "", "postgresql://u@[::1]:5/d?application_name=password=1"})
    EXPECT_FALSE(has_password(without)) << without;
}

TEST(AvailabilityConfig, CC012_every_port_may_be_used) {
  EXPECT_EQ(operators_mistakes("cas.toml", "[api]\napi_listen = '0.0.0.0:8080'\n"), "");
  EXPECT_EQ(operators_mistakes("cas.toml", "[api]\napi_listen = '127.0.0.1:0'\n"), "");
}

TEST(AvailabilityConfig, CC006_CC008_CC009_CC051_reads_our_own_keys) {
  const auto config = parse_availability_config("cas.yaml", R"(
audit_log: {path: /var/log/cas/audit.log}
metrics: {listen: "127.0.0.1:9464"}
log: {level: debug, file: cas.log, size_mib: 50, files: 3}
limits:
  max_session_bytes: 65536
  versions_per_creator: 10
  versions_per_address: 20
  max_sessions: 30
  requests_per_second: 40
open_cas:
  hostnames: [cas.example, 192.0.2.1]
  import_from: none
  enclave_reconnect_timeout: 2h
  lock_timeout: "0"
  drain_timeout: 10s
  allow_unprovisioned: true
  traces: https://collector.example/base
  traces_ratio: 0.25
)");
  EXPECT_EQ(config.audit_log_path, "/var/log/cas/audit.log");
  EXPECT_EQ(config.metrics_listen, "127.0.0.1:9464");
  EXPECT_EQ(config.log_level, LogLevel::debug);
  EXPECT_EQ(config.log_file_mebibytes, 50U);
  EXPECT_EQ(config.max_session_bytes, 65536U);
  EXPECT_EQ(config.versions_per_address, 20);
  EXPECT_EQ(config.max_sessions, 30);
  EXPECT_EQ(config.requests_per_second, 40U);
  EXPECT_EQ(config.hostnames.size(), 2U);
  ASSERT_TRUE(config.import_from.has_value());
  EXPECT_TRUE(config.import_from->empty());
  EXPECT_EQ(config.enclave_reconnect_timeout, std::chrono::hours(2));
  EXPECT_EQ(config.lock_timeout, std::chrono::milliseconds(0));
  EXPECT_EQ(config.drain_timeout, std::chrono::seconds(10));
  EXPECT_EQ(config.allow_unprovisioned, true);
  EXPECT_EQ(config.traces, "https://collector.example/base");
  EXPECT_EQ(config.traces_ratio, 0.25);
}

TEST(AvailabilityConfig, the_three_notations_say_the_same) {
  const auto toml =
      parse_availability_config("c.toml", "[log]\nfiles = 7\n[api]\napi_listen = '[::1]:1'\n");
  const auto json =
      parse_availability_config("c.json", R"({"log":{"files":7},"api":{"api_listen":"[::1]:1"}})");
  const auto yaml =
      parse_availability_config("c.yml", "log:\n  files: 7\napi:\n  api_listen: '[::1]:1'\n");
  for (const auto& config : {toml, json, yaml}) {
    EXPECT_EQ(config.log_files, 7U);
    EXPECT_EQ(config.api_listen, std::vector<std::string>{"[::1]:1"});
  }
}

TEST(AvailabilityConfig, CC011_tells_all_mistakes_with_their_places) {
  EXPECT_EQ(
      operators_mistakes("cas.toml", R"([databse]
path = "x"
[api]
api_listn = "0.0.0.0:8081"
api_listen = "cas.example:8081"
enclave_listen = ["127.0.0.1", "127.0.0.1:70000"]
[log]
level = "warning"
size_mib = 0
[limits]
max_session_bytes = "much"
max_sessions = 0
requests_per_second = 1000001
[open_cas]
owner = "nobody"
lock_timeout = "soon"
hostnames = ["-x", "300.1.1.1"]
allow_unprovisioned = "maybe"
)"),
      R"(cas.toml:1:2: error: unknown key 'databse' in availability configuration; did you mean 'database'?
cas.toml:4:1: error: unknown key 'api.api_listn' in availability configuration; did you mean 'api_listen'?
cas.toml:5:14: error: 'api.api_listen' is not of the form IP:PORT: the address is no IPv4 or IPv6 address
cas.toml:6:19: error: 'api.enclave_listen[0]' is not of the form IP:PORT: the port is missing
cas.toml:6:32: error: 'api.enclave_listen[1]' is not of the form IP:PORT: the port must be a number from 0 to 65535
cas.toml:8:9: error: 'log.level' can not be 'warning', only 'error', 'warn', 'info', 'debug'
cas.toml:9:12: error: 'log.size_mib' must be a number from 1 to 10000
cas.toml:11:21: error: 'limits.max_session_bytes' must be an integer
cas.toml:12:16: error: 'limits.max_sessions' must be a number from 1 to 9223372036854775807
cas.toml:13:23: error: 'limits.requests_per_second' must be a number from 1 to 1000000
cas.toml:15:9: error: 'open_cas.owner' is not a key hash; 'sconectl self show-key-hash' prints ours
cas.toml:16:16: error: 'open_cas.lock_timeout': 'soon' is no duration; write a number and a unit, such as '90 days', '1 year', '24h' or '1h 30m'
cas.toml:17:14: error: 'open_cas.hostnames[0]' is no name that clients take: it has a part that begins or ends with '-'
cas.toml:17:20: error: 'open_cas.hostnames[1]' is no name that clients take: it is no IPv4 or IPv6 address
cas.toml:18:23: error: 'open_cas.allow_unprovisioned' must be 'true' or 'false'
)");
}

TEST(AvailabilityConfig, where_traces_may_go) {
  for (const char* good : {"http://127.0.0.1:4318", "http://localhost:4318", "http://[::1]:4318/x",
                           "https://collector.example", "https://192.0.2.1:4318/"})
    EXPECT_EQ(traces_fault(good), "") << good;
  for (const char* bad : {"", "127.0.0.1:4318", "http://192.0.2.1:4318", "http://127.0.0.1.example",
                          "grpc://x", "https://user:hush@x", "https://x?token=hush", "https://x#y",
                          "https://x y", "https://:1"}) {
    const auto fault = traces_fault(bad);
    EXPECT_NE(fault, "") << bad;
    if (std::string_view(bad).find('@') != std::string_view::npos) {
      EXPECT_EQ(fault, "can not be used: a URL with a user name or password is not supported");
    }
  }
}

TEST(AvailabilityConfig, a_ratio_is_a_number_from_0_to_1) {
  EXPECT_EQ(parse_ratio("0"), 0);
  EXPECT_EQ(parse_ratio("1"), 1);
  EXPECT_EQ(parse_ratio("1.0"), 1);
  EXPECT_EQ(parse_ratio("0.001"), 0.001);
  for (const char* bad :
       {"", " 1", "1 ", "-0.1", "1.0001", "nan", "inf", "1e-3", "0x1", "50%", "+1"})
    EXPECT_FALSE(parse_ratio(bad)) << bad;
}

TEST(AvailabilityConfig, a_name_in_traces_needs_no_escape) {
  EXPECT_EQ(service_name_fault("my cas/eu-1_a.b"), "");
  for (const std::string& bad :
       {std::string(), std::string("a\"b"), std::string("a\\b"), std::string("a\nb"),
        std::string("\xc3\xa4"), std::string(101, 'a'), std::string("a\0b", 3)})
    EXPECT_NE(service_name_fault(bad), "") << bad;
}

TEST(AvailabilityConfig, CC010_the_database_has_one_name) {
  EXPECT_EQ(operators_mistakes("c.toml", "[database]\npath = 'data/database.sqlite'\n"),
            "c.toml:2:8: error: 'database.path' must end in 'cas.db': the database has this name, "
            "in a directory of your choice\n");
}

TEST(AvailabilityConfig, CC007_reads_where_snapshots_go) {
  const auto config = parse_availability_config(
      "c.toml", "[database_snapshots]\ndirectory = '/backup'\nrecipients = ['" +
                    crypto::age_recipient(std::string(32, '\1')) +
                    "']\ninterval = '10m'\nkept = 3\n");
  EXPECT_EQ(config.snapshots, "/backup");
  EXPECT_EQ(config.snapshot_recipients.size(), 1U);
  EXPECT_EQ(config.snapshot_interval, std::chrono::minutes(10));
  EXPECT_EQ(config.snapshots_kept, 3U);
  EXPECT_EQ(operators_mistakes("c.toml",
                               "[database_snapshots]\nenabled = true\nkept = 0\n"
                               "recipients = ['age1nobody']\n"),
            "c.toml:2:1: error: unknown key 'database_snapshots.enabled' in availability "
            "configuration\n"
            "c.toml:3:8: error: 'database_snapshots.kept' must be a number from 1 to 100000\n"
            "c.toml:4:15: error: 'database_snapshots.recipients[0]' is no recipient (age1...); "
            "'sconectl cas backup keygen' prints one\n");
}

TEST(AvailabilityConfig, a_section_that_is_no_mapping_is_a_mistake) {
  EXPECT_EQ(operators_mistakes("c.yaml", "api: 3\nlog: []\n"),
            "c.yaml:1:6: error: 'api' must be a mapping, this is text\n"
            "c.yaml:2:6: error: 'log' must be a mapping, this is a list\n");
}

}  // namespace
}  // namespace sconectl::cas
