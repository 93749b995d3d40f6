// Leases end with the reasons that they were given for (RA-087), and by their owner's word
// (RA-089).
#include "casd/provisioning/leases.hpp"

#include "casd/service_fixture.hpp"
#include "sconectl/cas/wire_leases.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::test {
namespace {

struct LeaseTest : ServiceClient {
  /// A service with a template and a volume; `more` ends the session.
  static std::string text(const std::string& more) {
    return "services:\n  - {name: py, command: x, image_name: i}\n  - {name: other, command: x}\n"
           "images:\n  - name: i\n    injection_files: [/etc/template]\n    volumes: [{name: v, "
           "path: /v}]\n"
           "volumes: [{name: v}]\n"
           "secrets:\n  - {name: pw, kind: ascii, value: old}\n  - {name: key, kind: private-key}\n"
           "  - {name: tok, kind: ascii, value: first-token-value, export: {session: b}}\n" +
           more;
  }
  void make(const std::string& more) { hash = created(session("a", text(more)), alice.peer()); }
  void update(const std::string& more) { make("predecessor: " + hash + "\n" + more); }

  cas::Configuration start(const std::string& config_id = "a/py", const std::string& token = "",
                           const std::string& source = "") {
    auto asked = request(config_id, token);
    asked.protects_files = true;
    const auto answer =
        ask("POST", "/v1/service/config", cas::encode(asked), {{}, source}, casd::Port::enclave);
    EXPECT_EQ(answer.status, 200) << answer.body;
    if (answer.status != 200) return {};
    const auto reply = cas::decode_config_reply(answer.body);
    return cas::decode_configuration(crypto::hpke_open(key.private_key.view(),
                                                       cas::configuration_seal_info(asked), "",
                                                       reply.sealed)
                                         .view());
  }
  Answer secrets(const cas::Configuration& started, const std::string& wanted,
                 const std::string& name = "a/py") {
    const cas::SecretsRequest asked{
        {name, started.lease->id}, cas::SecretUse::file, {wanted}, key.public_key};
    return post("/v1/service/secrets", cas::encode(asked, started.lease->key));
  }
  Answer report(const cas::Configuration& started, const std::optional<std::string>& previous,
                char now) {
    const cas::TagUpdate tag{
        {"a/py", started.lease->id}, "v", previous, std::string(cas::tag_bytes, now)};
    return ask("PUT", "/v1/service/volume_tag", cas::encode(tag, started.lease->key), {},
               casd::Port::enclave);
  }
  std::vector<cas::LeaseInfo> listed(const Client& who) {
    const auto answer = get("/v1/session_leases/a", who.peer());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return cas::decode_lease_list(answer.body).leases;
  }
  Answer revoke(const Client& who, const std::string& query = "") {
    return ask("DELETE", "/v1/session_leases/a" + query, "", who.peer());
  }

  std::string hash;
};

TEST_F(LeaseTest, RA087_a_new_token_ends_leases_that_did_not_prove_it) {
  make(none);
  const auto started = start();
  EXPECT_EQ(secrets(started, "pw").status, 200);
  update(none + "  service_access_token: a-token-of-its-own\n");
  refused(secrets(started, "pw"), 403, "demands other proofs now");
  refused(report(started, {}, '1'), 403, "demands other proofs now");
  const auto again = start("a/py", "a-token-of-its-own");
  EXPECT_EQ(secrets(again, "pw").status, 200);
  update(none + "  service_access_token: another-token-now\n");
  refused(secrets(again, "pw"), 403, "demands other proofs now");
  refused(report(again, {}, '1'), 403, "demands other proofs now");
}

TEST_F(LeaseTest, RA087_a_session_that_demands_hardware_and_passwords_ends_all_before) {
  make(none);
  const auto started = start();
  EXPECT_EQ(secrets(started, "key").status, 200);
  const std::string password =
      "    one_time_password_shared_secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n";
  update("security:\n  attestation:\n    mode: none\n" + password);
  refused(secrets(started, "key"), 403, "demands other proofs now");
  const std::string enclave = "services:\n  - {name: py, command: x, image_name: i, mrenclaves: [" +
                              std::string(64, 'a') + "]}\n";
  auto hardware = session("a", text("predecessor: " + hash + "\n"));
  hardware.replace(hardware.find("services:"),
                   hardware.find("images:") - hardware.find("services:"), enclave);
  hash = created(hardware, alice.peer());
  refused(secrets(started, "key"), 403, "demands other proofs now");
  refused(report(started, {}, '1'), 403, "demands other proofs now");
}

/// No version of the session changes: what its placeholders stand for does.
TEST_F(LeaseTest, RA087_what_the_security_section_names_is_judged_as_it_is_now) {
  make(none);
  const std::string importer =
      "services:\n  - {name: py, command: x, image_name: i}\n"
      "images:\n  - {name: i, injection_files: [/t]}\n"
      "secrets:\n  - {name: pw, kind: ascii, value: v}\n"
      "  - name: t\n    import: {session: a, secret: tok}\n" +
      none + "  service_access_token: $$SCONE::t$$\n";
  created(session("b", importer), bob.peer());
  const auto started = start("b/py", "first-token-value");
  EXPECT_EQ(secrets(started, "pw", "b/py").status, 200);
  auto changed = text("predecessor: " + hash + "\n" + none);
  changed.replace(changed.find("first-token-value"), 5, "other");
  hash = created(session("a", changed), alice.peer());
  refused(secrets(started, "pw", "b/py"), 403, "demands other proofs now");
}

TEST_F(LeaseTest, RA087_a_service_that_was_gone_and_came_back_starts_anew) {
  make(none);
  const auto started = start();
  const auto without = text(none);
  const auto begin = without.find("  - {name: py,");
  hash = created(session("a", "predecessor: " + hash + "\n" +
                                  std::string(without).replace(
                                      begin, without.find("  - {name: other", begin) - begin, "")),
                 alice.peer());
  update(none);
  refused(secrets(started, "pw"), 403, "has ended or was revoked");
  refused(report(started, {}, '1'), 403, "has ended or was revoked");
  EXPECT_EQ(secrets(start(), "pw").status, 200);
}

TEST_F(LeaseTest, RA087_secrets_come_from_the_version_that_the_service_started_with) {
  make(none);
  const auto started = start();
  update(none + "salt: 00112233445566778899aabbccddeeff\n");
  refused(secrets(started, "pw"), 403, "was updated since");
  // What it writes to its volume it may still say: nothing leaves the CAS.
  EXPECT_EQ(report(started, {}, '1').status, 200);
  EXPECT_EQ(secrets(start(), "pw").status, 200);
}

TEST_F(LeaseTest, RA087_a_lease_ends_when_its_service_is_silent_for_too_long) {
  make(none);
  const auto started = start();
  clock.advance(std::chrono::hours(23));
  EXPECT_EQ(secrets(started, "pw").status, 200);
  clock.advance(std::chrono::hours(23));
  reopen();
  EXPECT_EQ(secrets(started, "pw").status, 200) << "it was heard of meanwhile";
  clock.advance(std::chrono::hours(24));
  refused(secrets(started, "pw"), 403, "has ended or was revoked");
  refused(report(started, {}, '1'), 403, "has ended or was revoked");
  reconnect_timeout = std::chrono::seconds(60);
  reopen();
  const auto second = start();
  clock.advance(std::chrono::seconds(59));
  EXPECT_EQ(secrets(second, "pw").status, 200);
  clock.advance(std::chrono::seconds(60));
  refused(secrets(second, "pw"), 403, "has ended or was revoked");
}

TEST_F(LeaseTest, RA087_what_a_service_says_is_noted_once_an_hour) {
  make(none);
  const auto first = start();
  const auto second = start();
  clock.advance(std::chrono::seconds(3599));
  EXPECT_EQ(secrets(first, "pw").status, 200);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(secrets(second, "pw").status, 200);
  clock.advance(std::chrono::hours(23));
  refused(secrets(first, "pw"), 403, "has ended or was revoked");
  EXPECT_EQ(secrets(second, "pw").status, 200);
}

TEST_F(LeaseTest, RA087_a_lease_ends_with_its_program) {
  make(none);
  const auto started = start();
  const auto other = start();
  const cas::ExitReport ended{{"a/py", started.lease->id}, 0};
  EXPECT_EQ(post("/v1/service/exit", cas::encode(ended, started.lease->key)).status, 200);
  refused(secrets(started, "pw"), 403, "has ended or was revoked");
  EXPECT_EQ(secrets(other, "pw").status, 200);
}

TEST_F(LeaseTest, RA089_the_owner_sees_and_revokes_them) {
  make(none);
  const auto first = start("a/py", "", "192.0.2.1");
  clock.advance(std::chrono::minutes(1));
  const auto second = start("a/py", "", "192.0.2.2");
  const auto all = listed(alice);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].lease, crypto::hex(first.lease->id));
  EXPECT_EQ(all[0].service, "py");
  EXPECT_EQ(all[0].source, "192.0.2.1");
  EXPECT_EQ(all[0].version, hash);
  EXPECT_EQ(all[0].granted, "2024-01-02T03:04:05Z");
  EXPECT_EQ(all[0].expires, "2024-01-03T03:04:05Z");
  EXPECT_EQ(all[1].source, "192.0.2.2");

  const auto one = revoke(alice, "?lease=" + all[0].lease);
  ASSERT_EQ(one.status, 200) << one.body;
  EXPECT_EQ(cas::decode_leases_revoked(one.body).revoked, 1U);
  refused(secrets(first, "pw"), 403, "has ended or was revoked");
  refused(report(first, {}, '1'), 403, "has ended or was revoked");
  EXPECT_EQ(secrets(second, "pw").status, 200);
  EXPECT_EQ(cas::decode_leases_revoked(revoke(alice, "?service=other").body).revoked, 0U);
  EXPECT_EQ(secrets(second, "pw").status, 200);
  EXPECT_EQ(cas::decode_leases_revoked(revoke(alice, "?service=py").body).revoked, 1U);
  refused(secrets(second, "pw"), 403, "has ended or was revoked");
  EXPECT_TRUE(listed(alice).empty());
  EXPECT_NE(log().find("leases revoked session=a service=py count=1"), std::string::npos) << log();
}

TEST_F(LeaseTest, RA089_nobody_else_does) {
  make(none + "access_policy: {read: ANY}\n");
  const auto started = start();
  const auto path = std::string("/v1/session_leases/a");
  refused(get(path, bob.peer()), 403, "");
  refused(get(path), 401, "");
  refused(revoke(bob), 403, "");
  refused(ask("DELETE", path), 401, "");
  EXPECT_EQ(secrets(started, "pw").status, 200);
  refused(get("/v1/session_leases/b", alice.peer()), 404, "Session not found");
  refused(revoke(alice, "?service=missing"), 404, "no service 'missing'");
  refused(revoke(alice, "?lease=12"), 400, "32 hex digits");
  refused(revoke(alice, "?leases=12"), 400, "unknown query parameter");
  EXPECT_EQ(secrets(started, "pw").status, 200);
}

TEST_F(LeaseTest, RA087_whoever_starts_a_service_often_ends_his_own_leases) {
  make(none);
  const auto mine = start("a/py", "", "192.0.2.1");
  cas::Configuration first_of_crowd;
  for (std::size_t i = 0; i < casd::Leases::most; ++i) {
    auto started = start("a/py", "", "198.51.100.7");
    if (i == 0) first_of_crowd = std::move(started);
  }
  EXPECT_EQ(listed(alice).size(), casd::Leases::most);
  EXPECT_EQ(secrets(mine, "pw").status, 200);
  refused(secrets(first_of_crowd, "pw"), 403, "has ended or was revoked");
}

}  // namespace
}  // namespace sconectl::test
