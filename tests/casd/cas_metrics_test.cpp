// What a CAS counts of what it decides, gives out and stores.
#include <gmock/gmock.h>

#include <fmt/core.h>

#include <fstream>
#include <regex>

#include "casd/metrics/cas_metrics.hpp"
#include "casd/published_metrics.hpp"
#include "casd/routes/route.hpp"
#include "casd/service_fixture.hpp"
#include "sconectl/cas/wire_leases.hpp"
#include "support/matchers.hpp"
#include "support/repository.hpp"

namespace sconectl::test {
namespace {

using casd::Refusal;

struct CountingCas : ServiceClient {
  static std::string service_text(const std::string& more = "") {
    return "services:\n  - {name: py, command: x $$SCONE::pw$$ $$SCONE::other$$, image_name: i}\n"
           "images:\n  - {name: i, injection_files: [/etc/template]}\n"
           "secrets:\n  - {name: pw, kind: ascii, size: 10}\n"
           "  - {name: other, kind: ascii, value: hunter2-hunter2}\n" +
           more;
  }
  PublishedMetrics now() { return published_by(*service); }
  /// One more refusal than before, for this reason and no other.
  template <class Act>
  void refuses(Refusal reason, Act act) {
    const auto before = now();
    act();
    const auto after = now();
    const auto series = fmt::format("refusals_total{{reason=\"{}\"}}", text::word(reason));
    EXPECT_EQ(after[series], before[series] + 1) << series;
    EXPECT_EQ(after.sum("refusals_total"), before.sum("refusals_total") + 1) << series;
  }
  void fails_with(int status, const Answer& answer) {
    EXPECT_EQ(answer.status, status) << answer.body;
  }
  void refuse_for_every_reason();
};

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

TEST_F(CountingCas, counters_begin_with_zero_and_no_series_comes_later) {
  const auto first = now();
  for (const auto& series : first.series()) {
    if (series.find("_total") == std::string::npos) continue;
    EXPECT_EQ(first[series.substr(std::string("sconectl_cas_").size())], 0) << series;
  }
  EXPECT_GT(first.series().size(), 500U);
  refuse_for_every_reason();
  ask("BREW", "/v1/\"}\n evil{a=\"b", "x", alice.peer());
  ask("GET", "/v1/sessions/" + std::string(3000, 'x'), "", bob.peer());
  EXPECT_EQ(now().series(), first.series());
}

void CountingCas::refuse_for_every_reason() {
  const auto hash = created(session("a", service_text(none)), alice.peer());
  refuses(Refusal::unauthenticated,
          [&] { fails_with(401, ask("POST", "/v1/session_checks", session("x"))); });
  refuses(Refusal::access_policy, [&] { fails_with(403, get("/v1/sessions/a", bob.peer())); });
  refuses(Refusal::access_policy, [&] {
    fails_with(403, upload(session("a", "predecessor: " + hash + "\n"), bob.peer()));
  });
  refuses(Refusal::challenge, [&] {
    auto asked = request("a/py");
    asked.nonce = std::string(32, 'x');
    refused(fetch(asked), 403, "nonce");
  });
  created(session("t", service_text(none + "  service_access_token: a-token-of-its-own\n")),
          alice.peer());
  refuses(Refusal::token, [&] { refused(fetch("t/py", "wrong"), 403, "token"); });
  refuses(Refusal::token, [&] { refused(fetch("missing/py"), 403, "no such service"); });
  for (int i = 0; i < 9; ++i) (void)fetch("t/py", "wrong");
  refuses(Refusal::rate_limited, [&] { refused(fetch("t/py", "wrong"), 429, "too many"); });
  created(session("h", "services:\n  - {name: py, command: x, attestation: {mrenclave: " +
                           std::string(64, 'a') + "}}\n"),
          alice.peer());
  refuses(Refusal::evidence, [&] { refused(fetch("h/py"), 403, "hardware attestation"); });
  created(session("o", service_text(none + "    one_time_password_shared_secret: "
                                           "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n")),
          alice.peer());
  refuses(Refusal::one_time_password, [&] { refused(fetch("o/py"), 403, "one-time password"); });
  const auto lease = fetch("a/py").configuration.lease;
  ASSERT_TRUE(lease.has_value());
  refuses(Refusal::lease, [&] {
    const cas::SecretsRequest asked{
        {"a/py", lease->id}, cas::SecretUse::file, {"pw"}, key.public_key};
    refused(post("/v1/service/secrets", cas::encode(asked, std::string(32, 'k'))), 403, "lease");
  });
}

TEST_F(CountingCas, each_refusal_counts_once_and_for_its_reason) {
  refuse_for_every_reason();
}

TEST_F(CountingCas, each_refusal_counts_once_with_an_audit_log_too) {
  audit.mode = casd::AuditMode::signed_entries;
  audit.files = {directory.path() / "audit.log"};
  reopen();
  refuse_for_every_reason();
  const auto metrics = now();
  EXPECT_EQ(metrics["audit_log_enabled"], 1);
  EXPECT_EQ(metrics["audit_log_sinks"], 1);
  EXPECT_EQ(metrics["audit_log_sinks_failing"], 0);
  EXPECT_EQ(metrics["audit_log_lost_entries_total"], 0);
  EXPECT_GT(metrics["audit_log_sequence_number"], 10);
}

TEST_F(CountingCas, a_refusal_without_waiting_counts_where_it_is_final) {
  created(session("a"), alice.peer());
  const casd::Request request{"GET", "/v1/session_hashes/a", "", "", bob.peer()};
  refuses(Refusal::access_policy,
          [&] { EXPECT_EQ(service->handle_at_once(request)->status, 403); });
  audit.mode = casd::AuditMode::signed_entries;
  audit.files = {directory.path() / "audit.log"};
  reopen();
  refuses(Refusal::access_policy, [&] {
    EXPECT_FALSE(service->handle_at_once(request)) << "it has to be written down first";
    EXPECT_EQ(service->handle(request).status, 403);
  });
}

TEST_F(CountingCas, the_owner_and_the_time_before_there_is_one) {
  demand_owner = true;
  reopen();
  EXPECT_EQ(now()["provisioned"], 0);
  refuses(Refusal::not_provisioned, [&] { fails_with(503, get("/v1/sessions/a", bob.peer())); });
  refuses(Refusal::token, [&] {
    cas::ProvisionRequest asked;
    asked.token = crypto::Secret(std::string(16, 'x'));
    asked.owner_config = crypto::Secret("{}");
    fails_with(403,
               ask("POST", "/v1/provision", std::string(cas::encode(asked).view()), bob.peer()));
  });
  self_provisioning = {alice.certificate.pem(), "{}", false};
  reopen();
  EXPECT_EQ(now()["provisioned"], 1);
  refuses(Refusal::owner, [&] { fails_with(403, get("/v1/config", bob.peer())); });
}

TEST_F(CountingCas, what_the_function_of_a_route_refuses_is_no_access_policy) {
  versions_per_creator = 1;
  reopen();
  created(session("a"), alice.peer());
  refuses(Refusal::other, [&] { fails_with(403, upload(session("b"), alice.peer())); });
}

TEST_F(CountingCas, mistakes_and_missing_things_are_no_refusals) {
  created(session("a"), alice.peer());
  const auto before = now();
  fails_with(404, get("/v1/sessions/missing", alice.peer()));
  fails_with(404, get("/nothing", alice.peer()));
  fails_with(405, ask("BREW", "/v1/version"));
  fails_with(400, upload("nonsense: [", alice.peer()));
  fails_with(409, upload(session("a"), alice.peer()));
  EXPECT_EQ(now().sum("refusals_total"), before.sum("refusals_total"));
}

TEST_F(CountingCas, sessions_configurations_and_secrets_that_left) {
  const auto hash = created(session("a", service_text(none)), alice.peer());
  created(session("a", "predecessor: " + hash + "\n" + service_text(none)), alice.peer());
  EXPECT_EQ(upload(session("a"), alice.peer()).status, 409);
  const auto got = fetch("a/py");
  ASSERT_EQ(got.answer.status, 200);
  auto metrics = now();
  EXPECT_EQ(metrics["sessions_created_total"], 1);
  EXPECT_EQ(metrics["sessions_updated_total"], 1);
  EXPECT_EQ(metrics["service_configurations_released_total"], 1);
  EXPECT_EQ(metrics["secrets_released_total{way=\"configuration\"}"], 2);
  const cas::SecretsRequest asked{
      {"a/py", got.configuration.lease->id}, cas::SecretUse::file, {"pw", "other"}, key.public_key};
  ASSERT_EQ(post("/v1/service/secrets", cas::encode(asked, got.configuration.lease->key)).status,
            200);
  EXPECT_EQ(now()["secrets_released_total{way=\"running\"}"], 2);
  ASSERT_TRUE(service->provide_secret({"a/py", session::Placeholder("pw"), bob.peer()}));
  EXPECT_EQ(now()["secrets_released_total{way=\"secret_prov\"}"], 1);
  EXPECT_EQ(now().sum("secrets_released_total"), 5);
  EXPECT_EQ(now().sum("refusals_total"), 0);
}

TEST_F(CountingCas, refusals_of_secret_prov) {
  created(
      session("h", "services:\n  - {name: py, command: x, attestation: {mrenclave: " +
                       std::string(64, 'a') + "}}\nsecrets: [{name: pw, kind: ascii, size: 10}]\n"),
      alice.peer());
  refuses(Refusal::evidence, [&] {
    EXPECT_FALSE(service->provide_secret({"h/py", session::Placeholder("pw"), {}}));
  });
  const auto before = now().sum("refusals_total");
  EXPECT_FALSE(service->provide_secret({"missing/py", session::Placeholder("pw"), {}}));
  EXPECT_EQ(now().sum("refusals_total"), before) << "it does not exist";
}

TEST_F(CountingCas, commits_reads_and_the_state_of_the_store) {
  const auto before = now();
  created(session("a"), alice.peer());
  const auto after = now();
  EXPECT_GE(after["store_commit_duration_seconds_count"],
            before["store_commit_duration_seconds_count"] + 1);
  EXPECT_EQ(after["store_commit_failures_total"], 0);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch());
  EXPECT_EQ(after["store_last_commit_timestamp_seconds"], static_cast<double>(seconds.count()));
  EXPECT_EQ(after["start_time_seconds"], static_cast<double>(seconds.count()));
  EXPECT_EQ(get("/v1/session_history/a", alice.peer()).status, 200);
  EXPECT_GT(now()["store_read_duration_seconds_count"], after["store_read_duration_seconds_count"]);
  EXPECT_GT(after["store_database_bytes"], 4096);
  EXPECT_GT(after["store_free_bytes"], 0);
  EXPECT_EQ(after["store_verified"], 1);
  EXPECT_EQ(after["store_damaged"], 0);
  EXPECT_EQ(after["store_last_write_ok"], 1);
  EXPECT_EQ(after["draining"], 0);
  service->drain();
  EXPECT_EQ(now()["draining"], 1);
}

TEST_F(CountingCas, certificates_end_in_the_future_and_collateral_when_it_says) {
  const auto metrics = now();
  const auto seconds = static_cast<double>(
      std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count());
  for (const auto* which : {"server", "instance", "root"})
    EXPECT_GT(
        metrics[fmt::format("certificate_expiry_timestamp_seconds{{certificate=\"{}\"}}", which)],
        seconds);
  EXPECT_EQ(
      metrics["certificate_expiry_timestamp_seconds{certificate=\"server\"}"],
      static_cast<double>(service->server_certificate().not_after().time_since_epoch().count()));
  EXPECT_EQ(metrics["collateral_expiry_timestamp_seconds{bound=\"first\"}"], 0);
  const PublishedMetrics used(
      service->metrics_text({.open_connections = 7,
                             .collateral_kinds = 2,
                             .collateral_first_end = crypto::Time(std::chrono::seconds(1000)),
                             .collateral_last_end = crypto::Time(std::chrono::seconds(2000))}));
  EXPECT_EQ(used["connections_open"], 7);
  EXPECT_EQ(used["collateral_platforms"], 2);
  EXPECT_EQ(used["collateral_expiry_timestamp_seconds{bound=\"first\"}"], 1000);
  EXPECT_EQ(used["collateral_expiry_timestamp_seconds{bound=\"last\"}"], 2000);
}

TEST_F(CountingCas, nothing_that_was_stored_or_sent_is_published) {
  created(session("very-secret-project", service_text(none)), alice.peer());
  (void)fetch("very-secret-project/py");
  (void)service->provide_secret(
      {"very-secret-project/py", session::Placeholder("pw"), {{}, "192.0.2.77"}});
  ask("GET", "/v1/sessions/very-secret-project", "", {bob.certificate.pem(), "192.0.2.77"});
  ask("VERY-SECRET-PROJECT", "/very-secret-project?very=secret-project");
  const auto text = service->metrics_text({});
  for (const auto& said : {std::string("very-secret"), std::string("py\""), std::string("hunter2"),
                           std::string("192.0.2"), alice.hash(), bob.hash(), std::string("VERY"),
                           service->key_hash(), data.string()})
    EXPECT_THAT(text, HasButNot("sconectl_cas_provisioned 1", said)) << said;
}

TEST(CasMetrics, a_request_of_a_route_that_there_is_not_counts_as_none) {
  casd::CasMetrics metrics(casd::route_labels());
  metrics.count_request(1'000'000, 299, std::chrono::milliseconds(1));
  metrics.count_request(0, 302, std::chrono::milliseconds(1));
  EXPECT_EQ(metrics.of_route[0].by_class[casd::StatusClass::success].value(), 1U);
  EXPECT_EQ(metrics.of_route[0].by_class[casd::StatusClass::other].value(), 1U);
  EXPECT_EQ(metrics.by_status.back().value(), 2U);
}

TEST(CasMetrics, every_route_has_labels_of_its_own) {
  const auto labels = casd::route_labels();
  EXPECT_EQ(labels.size(), casd::routes().size() + 1);
  std::set<std::pair<std::string_view, std::string>> all;
  for (const auto& label : labels)
    EXPECT_TRUE(all.emplace(label.method, label.path).second) << label.method << label.path;
}

TEST_F(CountingCas, promtool_takes_all_of_it) {
  if (!has_promtool()) GTEST_SKIP() << "promtool (Debian: prometheus) is not installed";
  EXPECT_EQ(judged_by_promtool(service->metrics_text({})), 0);
}

/// A panel or an alert that asks for what nobody publishes is silent for ever.
TEST_F(CountingCas, alerts_and_dashboard_ask_for_what_is_published) {
  const auto names = now().names();
  const std::regex name("sconectl_cas_[a-z0-9_]+");
  for (const auto* file : {"cas-alerts.yaml", "cas-alerts.test.yaml", "cas-dashboard.json"}) {
    const auto text = file_text(source_directory() / "examples/monitoring" / file);
    std::size_t found = 0;
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at, ++found)
      EXPECT_TRUE(names.contains(at->str())) << file << " asks for " << at->str();
    EXPECT_GT(found, 5U) << file;
  }
}

/// All that is published is explained, and nothing else.
TEST_F(CountingCas, the_document_names_what_is_published) {
  const auto text = file_text(source_directory() / "docs/monitoring.md");
  const std::regex row("\n\\| `(sconectl_cas_[a-z0-9_]+)");
  std::set<std::string> explained;
  for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at)
    explained.insert((*at)[1].str());
  std::set<std::string> families;
  std::istringstream lines(service->metrics_text({}));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("# TYPE ")) families.insert(line.substr(7, line.find(' ', 7) - 7));
  EXPECT_EQ(explained, families);
}

}  // namespace
}  // namespace sconectl::test
