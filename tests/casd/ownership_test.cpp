// Provisioning, the owner and his configuration (CC-054 ... CC-061, RA-067, RA-068).
#include <gmock/gmock.h>

#include <thread>

#include "casd/cas_fixture.hpp"
#include "casd/store/sqlite.hpp"
#include "sconectl/diag/error.hpp"
#include "support/fake_network.hpp"
#include "support/repository.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class OwnedCas : public Cas {
 protected:
  OwnedCas() {
    service.reset();
    files->remove_tree(data);
    demand_owner = true;
    open();
  }

  static std::string request(const std::string& token, const std::string& config = "{}") {
    return R"({"token":")" + token + R"(","owner_config":)" + config + "}";
  }
  Answer provision(const Client& who, const std::string& config = "{}") {
    return ask("POST", "/v1/provision", request(service->provisioning_token(), config), who.peer());
  }
  Answer configure(const Client& who, const std::string& config) {
    return ask("PUT", "/v1/config", config, who.peer());
  }
};

constexpr const char* no_token = "00000000000000000000000000000000";

TEST_F(OwnedCas, CC054_RA022_before_it_only_what_leads_to_an_owner_is_answered) {
  for (const auto* path : {"/v1/version", "/v1/attest?nonce=00112233445566778899aabbccddeeff",
                           "/v1/health", "/v1/health/live"})
    EXPECT_EQ(get(path).status, 200) << path;
  EXPECT_EQ(get("/v1/health/ready").status, 503);
  EXPECT_FALSE(get("/v1/health").json()["provisioned"].get<bool>());
  for (const auto* path : {"/v1/sessions/", "/v1/sessions?namespace=/", "/v1/values/session=x",
                           "/v1/session_hashes/x", "/v1/session_history/x", "/session/x"}) {
    const auto answer = get(path, alice.peer());
    EXPECT_EQ(answer.status, 503) << path;
    EXPECT_THAT(answer.messages(), HasSubstr("not provisioned yet")) << path;
  }
  EXPECT_EQ(upload(session("a"), alice.peer()).status, 503);
  EXPECT_EQ(ask("POST", "/v1/exports", "{}", alice.peer()).status, 503);
  for (const auto* path : {"/v1/service/challenge", "/v1/service/config", "/v1/service/secrets"})
    EXPECT_EQ(ask("POST", path, "{}", {}, casd::Port::enclave).status, 503) << path;
  EXPECT_EQ(service->provide_secret({"a/b", {}, alice.peer()}), std::nullopt);
  ASSERT_EQ(provision(alice).status, 201);
  EXPECT_EQ(get("/v1/health/ready").status, 200);
  EXPECT_EQ(upload(session("a"), bob.peer()).status, 201);
}

TEST_F(OwnedCas, CC055_the_token_is_of_one_start_and_of_nobody_else) {
  const auto token = service->provisioning_token();
  EXPECT_THAT(token, testing::MatchesRegex("[0-9a-f]{32}"));
  reopen();
  EXPECT_NE(service->provisioning_token(), token);
  EXPECT_EQ(ask("POST", "/v1/provision", request(token), alice.peer()).status, 403);
  EXPECT_EQ(provision(alice).status, 201);
  EXPECT_EQ(service->provisioning_token(), "");
  reopen();
  EXPECT_EQ(service->provisioning_token(), "");
  EXPECT_EQ(ask("POST", "/v1/provision", request(""), bob.peer()).status, 400);
}

TEST_F(OwnedCas, RA067_needs_a_certificate_and_the_token_and_works_once) {
  EXPECT_EQ(ask("POST", "/v1/provision", request(service->provisioning_token())).status, 401);
  EXPECT_EQ(ask("POST", "/v1/provision", request(no_token), alice.peer()).status, 403);
  EXPECT_EQ(ask("POST", "/v1/provision", "{}", alice.peer()).status, 400);
  EXPECT_EQ(ask("POST", "/v1/provision", "[1", alice.peer()).status, 400);
  EXPECT_EQ(ask("POST", "/v1/provision", request("12"), alice.peer()).status, 400);
  const auto token = service->provisioning_token();
  const auto answer = provision(alice);
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(answer.json()["owner"], alice.hash());
  EXPECT_EQ(ask("POST", "/v1/provision", request(token), alice.peer()).status, 409);
  EXPECT_EQ(ask("POST", "/v1/provision", request(no_token), bob.peer()).status, 409);
}

TEST_F(OwnedCas, CC055_who_guesses_has_to_wait) {
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(ask("POST", "/v1/provision", request(no_token), alice.peer()).status, 403);
  EXPECT_EQ(ask("POST", "/v1/provision", request(no_token), alice.peer()).status, 429);
}

TEST_F(OwnedCas, CC060_RA074_a_database_key_from_outside_is_refused_and_nothing_changes) {
  const auto answer = ask("POST", "/v1/provision",
                          R"({"token":")" + service->provisioning_token() +
                              R"(","owner_config":{},"database_key":"00"})",
                          alice.peer());
  EXPECT_EQ(answer.status, 501) << answer.body;
  EXPECT_FALSE(service->serves());
}

TEST_F(OwnedCas, RA076_CC061_the_keys_stay_and_the_report_names_the_owner) {
  const auto key = service->key_hash();
  const auto encryption = service->session_encryption_key();
  ASSERT_EQ(provision(alice).status, 201);
  EXPECT_EQ(service->key_hash(), key);
  EXPECT_EQ(service->session_encryption_key(), encryption);
  const std::string target = "/v1/attest?nonce=00112233445566778899aabbccddeeff";
  const auto report = get(target + "&version=4").json();
  EXPECT_EQ(report["additional_data"]["non_critical"]["provisioning_cas_owner_certificate_chain"],
            alice.certificate.pem());
  EXPECT_TRUE(report["additional_data"]["critical"]["provisioned"].get<bool>());
  const auto older = get(target + "&version=3").json();
  EXPECT_EQ(older["additional_data"]["version"], 3);
  EXPECT_EQ(
      older["additional_data"]["non_critical"].count("provisioning_cas_owner_certificate_chain"),
      0U);
}

TEST_F(OwnedCas, CC056_the_owner_configures_and_reads_no_session) {
  ASSERT_EQ(provision(alice).status, 201);
  created(session("a", "access_policy: {read: [CREATOR]}\n"), bob.peer());
  EXPECT_EQ(get("/v1/sessions/a", alice.peer()).status, 403);
  EXPECT_EQ(get("/v1/config", alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/config", bob.peer()).status, 403);
  EXPECT_EQ(get("/v1/config").status, 401);
  EXPECT_EQ(configure(bob, "{}").status, 403);
  EXPECT_EQ(ask("PUT", "/v1/config", "{}").status, 401);
  EXPECT_EQ(configure(alice, "{}").status, 200);
}

TEST_F(OwnedCas, CC056_before_it_nobody_is_the_owner) {
  EXPECT_EQ(get("/v1/config", alice.peer()).status, 503);
  EXPECT_EQ(configure(alice, "{}").status, 503);
}

TEST_F(OwnedCas, CC057_another_certificate_of_the_same_key_is_the_owner) {
  ASSERT_EQ(provision(alice).status, 201);
  crypto::CertificateProfile profile;
  profile.common_name = "alice again";
  profile.not_before = crypto::Time(std::chrono::seconds(0));
  const auto renewed = crypto::issue(profile, alice.key.public_key(), alice.key);
  EXPECT_EQ(ask("GET", "/v1/config", "", {renewed.pem()}).status, 200);
}

TEST_F(OwnedCas, CC048_another_api_identity_replaces_the_leaf_and_no_other_key) {
  int told = 0;
  service->on_new_certificate([&told] { ++told; });
  ASSERT_EQ(provision(alice, R"({"api_identity":{"common_name":"cas.example","org_name":"O",
      "alt_names":["cas.example","192.0.2.1"],"country_name":"DE"}})")
                .status,
            201);
  EXPECT_EQ(told, 1);
  const auto key = service->key_hash();
  const auto chain = service->chain_pem();
  EXPECT_EQ(service->server_certificate().common_name(), "cas.example");
  EXPECT_EQ(configure(alice, R"({"api_identity":{"common_name":"b.example"}})").status, 200);
  EXPECT_EQ(told, 2);
  EXPECT_EQ(service->server_certificate().common_name(), "b.example");
  EXPECT_EQ(configure(alice, R"({"api_identity":{"common_name":"b.example"}})").status, 200);
  EXPECT_EQ(told, 2) << "nothing changed";
  EXPECT_EQ(service->key_hash(), key);
  EXPECT_EQ(service->chain_pem(), chain);
  reopen();
  EXPECT_EQ(service->server_certificate().common_name(), "b.example");
}

TEST_F(OwnedCas, CC049_a_wrong_configuration_changes_nothing_and_tells_all_mistakes) {
  ASSERT_EQ(provision(alice, R"({"api_identity":{"common_name":"a.example"}})").status, 201);
  const auto before = get("/v1/config", alice.peer()).body;
  const auto answer = configure(
      alice, R"({"api_identity":{"common_name":"x","country_name":"Germany"},"audit_lgo":{}})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.messages(), HasSubstr("'api_identity.country_name' must be two capital"));
  EXPECT_THAT(answer.messages(), HasSubstr("did you mean 'audit_log'?"));
  EXPECT_EQ(get("/v1/config", alice.peer()).body, before);
  EXPECT_EQ(service->server_certificate().common_name(), "a.example");
}

TEST_F(OwnedCas, CC041_CC042_a_file_that_the_operator_has_not_named_is_not_promised) {
  const auto answer = provision(alice, R"({"audit_log":{"mode":"signed"}})");
  EXPECT_EQ(answer.status, 400) << answer.body;
  EXPECT_THAT(answer.messages(), HasSubstr("'audit_log.path'"));
  EXPECT_FALSE(service->serves());
}

TEST_F(OwnedCas, CC041_the_owners_audit_log_begins_with_the_next_start) {
  FakeNetwork collector([](const host::HttpRequest&) { return FakeNetwork::reply(204, ""); });
  network = &collector;
  reopen();
  const auto answer = provision(
      alice, R"({"audit_log":{"mode":"signed","sink":"network","url":"https://log.example/a"}})");
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("'audit_log' takes effect when the CAS starts the next time"));
  EXPECT_EQ(collector.asked.size(), 0U);
  reopen();
  ASSERT_EQ(upload(session("a"), alice.peer()).status, 201);
  ASSERT_GE(collector.asked.size(), 2U);
  EXPECT_EQ(collector.asked.back().url, "https://log.example/a");
  EXPECT_THAT(collector.asked.back().body, HasSubstr("session_created"));
  EXPECT_EQ(get("/v1/audit_log/checkpoints", bob.peer()).status, 403);
  EXPECT_EQ(get("/v1/audit_log/checkpoints", alice.peer()).status, 200);
  service.reset();  // it tells the collector
}

TEST_F(OwnedCas, CC068_ownership_is_in_the_audit_log) {
  const auto path = directory.path() / "audit.log";
  audit.mode = casd::AuditMode::signed_entries;
  audit.files = {path};
  reopen();
  ASSERT_EQ(provision(alice, R"({"audit_log":{"mode":"unsigned"}})").status, 201);
  ASSERT_EQ(configure(alice, R"({"enclave_reconnect_timeout":"1h"})").status, 200);
  EXPECT_EQ(configure(bob, "{}").status, 403);
  const auto text = files->read(path);
  EXPECT_THAT(text, testing::ContainsRegex("cas_provisioned.*\n.*owner_config_replaced.*\n"
                                           ".*request_refused"));
}

TEST_F(OwnedCas, RA068_secrets_of_the_configuration_are_stored_and_never_shown) {
  constexpr const char* secret = "00112233445566778899aabbccddeeff";
  const auto answer = provision(alice, std::string(R"({"ias":{"sp_key":")") + secret + R"("}})");
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("'ias' has no effect"));
  reopen();
  const auto shown = get("/v1/config", alice.peer()).body;
  EXPECT_THAT(shown, testing::AllOf(HasSubstr(R"("sp_key":"***")"), Not(HasSubstr(secret))));
  EXPECT_THAT(log(), testing::AllOf(HasSubstr("the CAS was provisioned"), Not(HasSubstr(secret))));
  EXPECT_THAT(files->read(data / "cas.db"),
              testing::AllOf(HasSubstr("SQLite format 3"), Not(HasSubstr(secret))));
}

TEST_F(OwnedCas, CC045_the_owners_time_to_come_back_goes_before_the_operators) {
  ASSERT_EQ(provision(alice, R"({"enclave_reconnect_timeout":"1h"})").status, 201);
  EXPECT_THAT(get("/v1/config", alice.peer()).body,
              HasSubstr(R"("enclave_reconnect_timeout":"3600s")"));
}

TEST_F(OwnedCas, one_of_many_at_once_becomes_the_owner) {
  const auto token = service->provisioning_token();
  std::vector<std::thread> threads;
  std::atomic<int> made = 0;
  std::atomic<int> late = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const auto status =
          ask("POST", "/v1/provision", request(token), (i % 2 == 0 ? alice : bob).peer()).status;
      if (status == 201) ++made;
      if (status == 409) ++late;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(made + late, 8);
}

TEST_F(OwnedCas, CC063_an_older_configuration_can_not_be_put_back) {
  ASSERT_EQ(provision(alice, R"({"api_identity":{"common_name":"one"}})").status, 201);
  ASSERT_EQ(configure(alice, R"({"api_identity":{"common_name":"two"}})").status, 200);
  service.reset();
  // The newest version is taken out of the database, as if it had never been.
  casd::SqliteConnection((data / "cas.db").string(), casd::SqliteConnection::Mode::read_write)
      .execute("DELETE FROM facts WHERE name = 'owner-2'");
  EXPECT_THROW(open(), diag::Error);
}

TEST_F(OwnedCas, CC063_the_newest_configuration_can_not_be_exchanged_for_an_older_one) {
  ASSERT_EQ(provision(alice, R"({"api_identity":{"common_name":"one"}})").status, 201);
  ASSERT_EQ(configure(alice, R"({"api_identity":{"common_name":"two"}})").status, 200);
  service.reset();
  casd::SqliteConnection((data / "cas.db").string(), casd::SqliteConnection::Mode::read_write)
      .execute(
          "UPDATE facts SET sealed = (SELECT sealed FROM facts WHERE name = 'owner-1') "
          "WHERE name = 'owner-2'");
  EXPECT_THROW(open(), diag::Error);
}

TEST_F(OwnedCas, CC018_CC058_a_start_provisions_with_the_owners_certificate) {
  service.reset();
  self_provisioning = {alice.certificate.pem(), R"({"api_identity":{"common_name":"self"}})",
                       false};
  open();
  EXPECT_TRUE(service->serves());
  EXPECT_EQ(service->provisioning_token(), "");
  EXPECT_EQ(service->server_certificate().common_name(), "self");
  EXPECT_EQ(get("/v1/config", alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/config", bob.peer()).status, 403);
}

TEST_F(OwnedCas, CC018_what_can_not_work_makes_no_owner) {
  service.reset();
  self_provisioning = {alice.certificate.pem(), R"({"audit_log":{"mode":"signed"}})", false};
  EXPECT_THROW(open(), diag::Error) << "the operator has named no file";
  self_provisioning = {bob.certificate.pem(), "{}", false};
  open();
  EXPECT_EQ(get("/v1/config", bob.peer()).status, 200);
}

TEST_F(OwnedCas, the_right_token_is_taken_however_many_wrong_ones_came_before) {
  for (int i = 0; i < 30; ++i) (void)ask("POST", "/v1/provision", request(no_token), bob.peer());
  EXPECT_EQ(ask("POST", "/v1/provision", request(no_token), bob.peer()).status, 429);
  EXPECT_EQ(provision(alice).status, 201);
}

TEST_F(OwnedCas, CC059_a_second_provisioning_by_the_start_is_an_error_unless_it_may_be_skipped) {
  ASSERT_EQ(provision(alice).status, 201);
  service.reset();
  self_provisioning = {bob.certificate.pem(), "{}", false};
  EXPECT_THROW(open(), diag::Error);
  self_provisioning->skip_if_provisioned = true;
  open();
  EXPECT_EQ(get("/v1/config", alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/config", bob.peer()).status, 403);
}

class WithoutDemand : public Cas {};

TEST_F(WithoutDemand, CC054_the_embedded_cas_serves_without_an_owner_and_can_have_one) {
  EXPECT_EQ(upload(session("a"), alice.peer()).status, 201);
  EXPECT_TRUE(get("/v1/health").json()["provisioned"].get<bool>());
  const auto body = R"({"token":")" + service->provisioning_token() + R"(","owner_config":{}})";
  EXPECT_EQ(ask("POST", "/v1/provision", body, alice.peer()).status, 201);
}

/// The databases under tests/casd/databases were made before there was provisioning.
TEST_F(WithoutDemand, CC054_a_demand_holds_for_a_database_of_before_too) {
  service.reset();
  files->remove_tree(data);
  files->make_directories(data, 0700);
  const std::filesystem::path old = source_directory() / "tests/casd/databases/2";
  for (const auto* name : {"cas.db", "cas.key-store", "cas.counter"})
    files->write(data / name, files->read(old / name), 0600);
  demand_owner = true;
  open();
  EXPECT_FALSE(service->serves());
  EXPECT_EQ(get("/v1/sessions/upgrade", alice.peer()).status, 503);
}

TEST_F(WithoutDemand, CC055_a_cas_that_looks_for_no_owner_has_no_token_and_gets_none) {
  offer_ownership = false;
  reopen();
  EXPECT_EQ(service->provisioning_token(), "");
  for (const auto* token : {"", no_token})
    EXPECT_GE(ask("POST", "/v1/provision",
                  std::string(R"({"token":")") + token + R"(","owner_config":{}})", alice.peer())
                  .status,
              400);
  EXPECT_EQ(upload(session("a"), alice.peer()).status, 201);
}

TEST_F(WithoutDemand, RA065_a_cas_that_stops_is_not_ready_and_serves_on) {
  created(session("a", "access_policy: {read: ANY}\n"), alice.peer());
  service->drain();
  EXPECT_EQ(get("/v1/health/ready").status, 503);
  EXPECT_EQ(get("/v1/health/live").status, 200);
  EXPECT_EQ(get("/v1/sessions/a", alice.peer()).status, 200);
}

}  // namespace
}  // namespace sconectl::test
