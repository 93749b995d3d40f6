// `controller`: policies of a cluster to a CAS, both in this process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "action/upload_records.hpp"
#include "sconectl/action/controller.hpp"
#include "sconectl/cas/client.hpp"
#include "sconectl/cas/seal.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/signed_session.hpp"
#include "support/fake_api_server.hpp"
#include "support/fake_system.hpp"
#include "support/loopback_http.hpp"

namespace sconectl::action {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using Milliseconds = std::chrono::milliseconds;

constexpr const char* cas_address = "https://cas:8081";

class ControllerTest : public testing::Test {
 protected:
  ControllerTest() { options.cas_keys = {{"cas", service.key_hash()}}; }

  static kubernetes::Cluster cluster() {
    kubernetes::Cluster result;
    result.server = "https://api:6443";
    result.token = crypto::Secret("token-of-the-controller");
    return result;
  }
  kubernetes::Policies policies(std::optional<std::string> name_space = std::nullopt) {
    return {server, std::move(name_space)};
  }
  Controller controller() { return {machine.system, config, policies_, &records, options}; }

  static session::Session session(const std::string& name, const std::string& more = "",
                                  const std::string& policy = "read: [NONE]") {
    return session::parse_text("test", "name: " + name +
                                           "\nversion: \"0.3.12\"\nsecrets: [{name: x, kind: "
                                           "ascii, size: 9}]\naccess_policy: {" +
                                           policy + "}\n" + more);
  }
  session::SignedSession signed_session(const session::Session& given) {
    return session::parse_signed_session(cas::signed_by(given, key).body);
  }
  json signed_spec(const session::Session& given) {
    const session::SignedSession made = signed_session(given);
    json signatures = json::array();
    for (const auto& [signer, signature] : made.signatures)
      signatures.push_back({{"signer", signer}, {"signature", crypto::hex(signature)}});
    return {{"casAddress", cas_address}, {"policy", made.session}, {"signatures", signatures}};
  }
  json encrypted_spec(const session::Session& given) {
    cas::Client client(http, machine.clock, {{"cas", 8081}, cas::TrustAny{}, {}, 0});
    const auto attested = client.attest(std::string(32, 'n'));
    const std::string cas_key = attested.report.additional_data.session_encryption_key;
    const auto sealed = session::encrypt(session::json(signed_session(given)), cas_key);
    return {{"casAddress", cas_address},
            {"policy", crypto::base64(sealed.sealed)},
            {"encryptionKey", cas_key}};
  }

  json status(const std::string& plural = "signedpolicies", const std::string& name = "demo") {
    const json object = api.object(plural, "apps", name);
    return object.value("status", json::object());
  }
  json ready(const std::string& plural = "signedpolicies", const std::string& name = "demo") {
    for (const json& condition : status(plural, name).value("conditions", json::array()))
      if (condition.at("type") == "Ready") return condition;
    return json{{"status", "none"}};
  }
  [[nodiscard]] std::size_t uploads() const {
    std::size_t n = 0;
    for (const std::string& request : http.requests)
      n += request == "POST /v1/sessions" || request == "PUT /v1/encrypted_sessions" ? 1U : 0U;
    return n;
  }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "controller-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data"}, cas_clock};
  test::LoopbackHttp http{service};
  test::FakeApiServer api{http};
  test::FakeSystem machine{api};
  cas::ConfigFile config{machine.files, "/home/user/.cas/config.json"};
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  ControllerOptions options;
  kubernetes::ApiServer server{api, machine.files, cluster()};
  kubernetes::Policies policies_ = policies();
  kubernetes::Records records{server, "platform", "sconectl-controller"};
};

TEST_F(ControllerTest, a_signed_policy_is_uploaded_and_its_status_says_so) {
  const session::Session made = session("demo");
  api.apply("signedpolicies", "apps", "demo", signed_spec(made));
  Controller tested = controller();
  tested.round();
  EXPECT_EQ(ready().at("status"), "True") << status();
  EXPECT_EQ(ready().at("reason"), "Uploaded");
  EXPECT_EQ(ready().at("observedGeneration"), 1);
  EXPECT_THAT(ready().at("lastTransitionTime").get<std::string>(),
              MatchesRegex("20[0-9-]{8}T[0-9:]{8}Z"));
  EXPECT_EQ(status().at("state"), "UPLOADED");
  EXPECT_EQ(status().at("observedGeneration"), 1);
  const auto stored = session::parse_text("test", signed_session(made).session);
  EXPECT_EQ(status().at("hash"), session::hash(stored));
  EXPECT_EQ(uploads(), 1U);
  EXPECT_EQ(machine.warnings, "");
}

TEST_F(ControllerTest, objects_with_names_that_are_none_are_left_out_with_a_warning) {
  api.apply("signedpolicies", "apps", "de/mo", signed_spec(session("demo")));
  api.apply("signedpolicies", "apps", "good", signed_spec(session("good")));
  Controller tested = controller();
  tested.round();
  EXPECT_THAT(machine.warnings, HasSubstr("1 objects of signedpolicies can not be used"));
  EXPECT_EQ(ready("signedpolicies", "good").at("status"), "True");
  EXPECT_EQ(uploads(), 1U);
}

TEST_F(ControllerTest, an_encrypted_policy_is_uploaded) {
  api.apply("encryptedpolicies", "apps", "demo", encrypted_spec(session("demo")));
  Controller tested = controller();
  tested.round();
  EXPECT_EQ(ready("encryptedpolicies").at("status"), "True") << status("encryptedpolicies");
  EXPECT_THAT(status("encryptedpolicies").at("hash").get<std::string>(),
              MatchesRegex("[0-9a-f]{64}"));
}

TEST_F(ControllerTest, when_nothing_changes_nothing_is_sent) {
  const json spec = signed_spec(session("demo"));
  api.apply("signedpolicies", "apps", "demo", spec);
  Controller tested = controller();
  tested.round();
  const int version = api.version();
  for (int i = 0; i < 5; ++i) {
    api.apply("signedpolicies", "apps", "demo", spec);  // a second server-side apply
    tested.round();
  }
  EXPECT_EQ(api.version(), version);
  EXPECT_EQ(uploads(), 1U);
  EXPECT_EQ(api.count("PATCH /apis"), 1U);
  // Neither by a controller that starts anew: the status says what was done.
  Controller second = controller();
  second.round();
  second.round();
  EXPECT_EQ(api.version(), version);
  EXPECT_EQ(uploads(), 1U);
}

TEST_F(ControllerTest, a_refusal_is_on_the_object_with_the_reason_of_the_cas_and_tried_again) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("parent/demo")));
  Controller tested = controller();
  tested.round();
  EXPECT_EQ(ready().at("status"), "False");
  EXPECT_EQ(ready().at("reason"), "RefusedByCas");
  EXPECT_THAT(ready().at("message").get<std::string>(),
              HasSubstr("the namespace of session 'parent/demo' does not exist"));
  EXPECT_EQ(status().at("state"), "REFUSED");
  EXPECT_EQ(status().at("hash"), "");
  EXPECT_THAT(machine.warnings, HasSubstr("SignedPolicy apps/demo: RefusedByCas: "));
  const std::string since = ready().at("lastTransitionTime");
  const int version = api.version();
  tested.round();  // too early
  EXPECT_EQ(uploads(), 1U);
  machine.clock.advance(Milliseconds(1000));
  tested.round();
  EXPECT_EQ(uploads(), 2U);
  EXPECT_EQ(api.version(), version);  // the same refusal is written once, and said once
  EXPECT_EQ(std::count(machine.warnings.begin(), machine.warnings.end(), '\n'), 1);
  EXPECT_EQ(ready().at("lastTransitionTime"), since);
  // Then the namespace comes.
  api.apply("signedpolicies", "apps", "parent",
            signed_spec(session("parent", "", "read: [NONE], create_sessions: [CREATOR]")));
  tested.round();
  tested.round();
  machine.clock.advance(Milliseconds(2000));
  tested.round();
  EXPECT_EQ(ready().at("status"), "True") << ready();
}

TEST_F(ControllerTest, pauses_grow_and_have_an_end) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("parent/demo")));
  Controller tested = controller();
  tested.round();
  std::vector<long> pauses;
  for (int i = 0; i < 12; ++i) {
    const std::size_t before = uploads();
    long waited = 0;
    while (uploads() == before && waited < 1000) {
      machine.clock.advance(Milliseconds(1000));
      ++waited;
      tested.round();
    }
    pauses.push_back(waited);
  }
  EXPECT_EQ(pauses, (std::vector<long>{1, 2, 4, 8, 16, 32, 64, 120, 120, 120, 120, 120}));
}

TEST_F(ControllerTest, namespaces_come_first_in_the_order_of_helms_hooks) {
  api.apply("signedpolicies", "apps", "a-service", signed_spec(session("zz/service")), 2);
  api.apply("signedpolicies", "apps", "b-secrets", signed_spec(session("zz/secrets")), 1);
  api.apply("signedpolicies", "apps", "zz",
            signed_spec(session("zz", "", "read: [NONE], create_sessions: [CREATOR]")), 0);
  Controller tested = controller();
  tested.round();
  for (const char* name : {"zz", "b-secrets", "a-service"})
    EXPECT_EQ(ready("signedpolicies", name).at("status"), "True")
        << name << ready("signedpolicies", name);
  EXPECT_EQ(uploads(), 3U);
}

TEST_F(ControllerTest, a_changed_policy_is_uploaded_as_the_successor) {
  const session::Session first = session("demo");
  api.apply("signedpolicies", "apps", "demo", signed_spec(first));
  Controller tested = controller();
  tested.round();
  session::Session second = session("demo", "volumes: [{name: v}]\n");
  second.predecessor = status().at("hash").get<std::string>();
  api.apply("signedpolicies", "apps", "demo", signed_spec(second));
  tested.round();  // hears of it
  tested.round();
  EXPECT_EQ(ready().at("status"), "True") << ready();
  EXPECT_EQ(ready().at("observedGeneration"), 2);
  EXPECT_NE(status().at("hash"), *second.predecessor);
  EXPECT_EQ(uploads(), 2U);
}

TEST_F(ControllerTest, a_refused_successor_keeps_the_hash_of_what_the_cas_has) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("demo")));
  Controller tested = controller();
  tested.round();
  const std::string hash = status().at("hash");
  session::Session wrong = session("demo", "volumes: [{name: v}]\n");
  wrong.predecessor = std::string(64, '0');
  api.apply("signedpolicies", "apps", "demo", signed_spec(wrong));
  tested.round();
  tested.round();
  EXPECT_EQ(ready().at("status"), "False");
  EXPECT_EQ(ready().at("reason"), "Conflict");
  EXPECT_EQ(status().at("hash"), hash);
  EXPECT_EQ(status().at("observedGeneration"), 2);
}

TEST_F(ControllerTest, an_object_that_changes_while_it_is_uploaded_is_not_called_ready) {
  const session::Session first = session("demo");
  session::Session second = session("demo", "volumes: [{name: v}]\n");
  second.predecessor = session::hash(session::parse_text("test", signed_session(first).session));
  api.apply("signedpolicies", "apps", "demo", signed_spec(first));
  api.before = [&](const std::string& method, const std::string& target) {
    if (method != "PATCH" || !target.starts_with("/apis/")) return;
    api.before = nullptr;
    api.apply("signedpolicies", "apps", "demo", signed_spec(second));
  };
  Controller tested = controller();
  tested.round();
  // The status of the first version was refused (409): the object is the second one now.
  EXPECT_EQ(ready().at("status"), "none");
  tested.round();
  EXPECT_EQ(ready().at("status"), "True") << ready();
  EXPECT_EQ(ready().at("observedGeneration"), 2);
  EXPECT_EQ(uploads(), 2U);
}

/// A session whose hash everybody may have, and one whose hash nobody may who does not read it.
class TwoControllers : public ControllerTest, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Salted, TwoControllers,
                         testing::Values("salt: 00112233445566778899aabbccddeeff\n", ""));

TEST_P(TwoControllers, agree) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("demo", GetParam())));
  Controller one = controller();
  test::FakeSystem other_machine(api);
  cas::ConfigFile other_config{other_machine.files, "/home/user/.cas/config.json"};
  kubernetes::Policies other_policies = policies();
  Controller two(other_machine.system, other_config, other_policies, &records, options);
  // The second one lists before the first has written anything.
  api.before = [&](const std::string& method, const std::string& target) {
    if (method != "PATCH" || !target.starts_with("/apis/")) return;
    api.before = nullptr;
    two.round();
  };
  one.round();
  EXPECT_EQ(uploads(), 2U);  // the second upload is a conflict with the very same session
  one.round();
  two.round();
  const int version = api.version();
  for (int i = 0; i < 3; ++i) {
    machine.clock.advance(std::chrono::hours(1));
    other_machine.clock.advance(std::chrono::hours(1));
    one.round();
    two.round();
  }
  EXPECT_EQ(api.version(), version);
  EXPECT_EQ(ready().at("status"), "True");
  EXPECT_EQ(uploads(), 2U);
}

TEST_F(ControllerTest, an_object_that_a_helm_hook_makes_again_is_no_conflict) {
  const json spec = encrypted_spec(session("demo"));
  api.apply("encryptedpolicies", "apps", "demo", spec);
  Controller tested = controller();
  tested.round();
  const std::string hash = status("encryptedpolicies").at("hash");
  api.remove("encryptedpolicies", "apps", "demo");
  api.apply("encryptedpolicies", "apps", "demo", spec);
  tested.round();
  tested.round();
  EXPECT_EQ(ready("encryptedpolicies").at("status"), "True") << ready("encryptedpolicies");
  EXPECT_EQ(status("encryptedpolicies").at("hash"), hash);
}

TEST_F(ControllerTest, neither_after_a_restart_of_the_controller) {
  const json spec = encrypted_spec(session("demo"));
  api.apply("encryptedpolicies", "apps", "demo", spec);
  Controller first = controller();
  first.round();
  const std::string hash = status("encryptedpolicies").at("hash");
  EXPECT_EQ(api.config_maps["platform/sconectl-controller"].size(), 1U);
  api.remove("encryptedpolicies", "apps", "demo");
  api.apply("encryptedpolicies", "apps", "demo", spec);
  Controller second = controller();
  second.round();
  EXPECT_EQ(ready("encryptedpolicies").at("status"), "True") << ready("encryptedpolicies");
  EXPECT_EQ(status("encryptedpolicies").at("hash"), hash);
  // Another session under the same name is a conflict still.
  api.remove("encryptedpolicies", "apps", "demo");
  api.apply("encryptedpolicies", "apps", "demo",
            encrypted_spec(session("demo", "volumes: [{name: v}]\n")));
  Controller third = controller();
  third.round();
  EXPECT_EQ(ready("encryptedpolicies").at("reason"), "Conflict");
}

TEST_F(ControllerTest, records_that_make_no_sense_or_can_not_be_kept_hold_up_nothing) {
  api.config_maps["platform/sconectl-controller"] = {{"digest", "hash"},
                                                     {std::string(64, 'g'), ""}};
  api.apply("signedpolicies", "apps", "a", signed_spec(session("a")));
  api.before = [&](const std::string&, const std::string& target) {
    if (target.find("/configmaps") != std::string::npos && api.count("PATCH /api/v1") == 1)
      api.failures.push_back({.status = 403,
                              .headers = {},
                              .body = R"({"message":"configmaps is forbidden"})",
                              .peer_chain = {}});
  };
  Controller tested = controller();
  tested.round();
  EXPECT_EQ(ready("signedpolicies", "a").at("status"), "True");
  EXPECT_THAT(machine.warnings, HasSubstr("not remembered beyond this process"));
  api.apply("signedpolicies", "apps", "b", signed_spec(session("b")));
  tested.round();
  tested.round();
  EXPECT_EQ(ready("signedpolicies", "b").at("status"), "True");
  EXPECT_EQ(api.count("PATCH /api/v1"), 1U);
}

// ---------------------------------------------------------------- records of objects that are gone

const std::string digest_a(64, 'a');
const std::string digest_b(64, 'b');
const std::string hash_1(64, '1');

std::chrono::sys_days day(unsigned n) {
  using namespace std::chrono;
  return sys_days{year{2026} / 1 / 1} + days{n};
}

TEST(PrunedRecords, are_those_that_no_object_has_had_for_thirty_days) {
  using Changes = std::map<std::string, std::optional<std::string>>;
  struct Case {
    std::string value;
    bool in_use;
    unsigned today;
    Changes changes;
  };
  const std::string marked = hash_1 + " 2026-01-01";
  for (const Case& given : {
           Case{hash_1, true, 0, {}},
           Case{hash_1, false, 0, {{digest_a, marked}}},
           Case{marked, false, 0, {}},
           Case{marked, false, 29, {}},
           Case{marked, false, 30, {{digest_a, std::nullopt}}},
           Case{marked, true, 30, {{digest_a, hash_1}}},
           Case{hash_1 + " 2026-02-01",
                false,
                1,
                {{digest_a, hash_1 + " 2026-01-02"}}},  // the future
           Case{hash_1 + " 2026-13-01", false, 60, {}},
           Case{hash_1 + " yesterday", false, 60, {}},
           Case{"something", false, 60, {}},
       }) {
    std::set<std::string> in_use{digest_b};
    if (given.in_use) in_use.insert(digest_a);
    EXPECT_EQ(pruned({{digest_a, given.value}}, in_use, day(given.today)), given.changes)
        << given.value << ' ' << given.today;
  }
  EXPECT_TRUE(pruned({{"of-somebody-else", hash_1}}, {}, day(60)).empty());
}

TEST_F(ControllerTest, records_of_objects_that_are_gone_are_removed_and_no_others) {
  api.apply("encryptedpolicies", "apps", "stays", encrypted_spec(session("stays")));
  api.apply("signedpolicies", "apps", "goes", signed_spec(session("goes")));
  Controller tested = controller();
  tested.round();
  const auto& entries = api.config_maps["platform/sconectl-controller"];
  ASSERT_EQ(entries.size(), 2U);
  const auto before = entries;
  api.remove("signedpolicies", "apps", "goes");
  tested.round();
  EXPECT_EQ(entries, before);  // an hour has not passed
  const auto later = [&](int days) {
    for (int i = 0; i < days; ++i) {
      machine.clock.advance(std::chrono::hours(24));
      tested.round();
    }
  };
  later(1);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(std::count_if(entries.begin(), entries.end(),
                          [](const auto& entry) { return entry.second.size() > 64; }),
            1);
  later(29);
  EXPECT_EQ(entries.size(), 2U);
  later(1);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries.begin()->second, status("encryptedpolicies", "stays").at("hash"));
  // Which is worth something still.
  const json spec = api.object("encryptedpolicies", "apps", "stays").at("spec");
  api.remove("encryptedpolicies", "apps", "stays");
  api.apply("encryptedpolicies", "apps", "stays", spec);
  Controller second = controller();
  second.round();
  EXPECT_EQ(ready("encryptedpolicies", "stays").at("status"), "True");
}

TEST_F(ControllerTest, an_object_that_comes_back_in_time_keeps_its_record) {
  const json spec = encrypted_spec(session("demo"));
  api.apply("encryptedpolicies", "apps", "demo", spec);
  Controller tested = controller();
  tested.round();
  const auto& entries = api.config_maps["platform/sconectl-controller"];
  const auto before = entries;
  api.remove("encryptedpolicies", "apps", "demo");
  for (int i = 0; i < 20; ++i) {
    machine.clock.advance(std::chrono::hours(24));
    tested.round();
  }
  EXPECT_NE(entries, before);
  api.apply("encryptedpolicies", "apps", "demo", spec);
  for (int i = 0; i < 20; ++i) {
    machine.clock.advance(std::chrono::hours(24));
    tested.round();
  }
  EXPECT_EQ(entries, before);
  EXPECT_EQ(ready("encryptedpolicies").at("status"), "True");
}

TEST_F(ControllerTest, a_change_that_was_uploaded_leaves_the_record_of_the_one_before_to_end) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("demo")));
  Controller tested = controller();
  tested.round();
  session::Session next = session("demo", "volumes: [{name: v}]\n");
  next.predecessor = status().at("hash").get<std::string>();
  api.apply("signedpolicies", "apps", "demo", signed_spec(next));
  for (int i = 0; i < 40; ++i) {
    machine.clock.advance(std::chrono::hours(24));
    tested.round();
  }
  const auto& entries = api.config_maps["platform/sconectl-controller"];
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries.begin()->second, status().at("hash"));
}

TEST_F(ControllerTest, a_deleted_object_leaves_its_session_and_says_so) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("demo")));
  Controller tested = controller();
  tested.round();
  const std::string hash = status().at("hash");
  api.remove("signedpolicies", "apps", "demo");
  tested.round();
  EXPECT_THAT(machine.told, HasSubstr("SignedPolicy apps/demo: deleted; its session stays"));
  EXPECT_EQ(uploads(), 1U);
  EXPECT_EQ(api.count("DELETE"), 0U);
  for (const std::string& request : http.requests) EXPECT_FALSE(request.starts_with("DELETE"));
}

TEST_F(ControllerTest, a_cas_that_nobody_vouched_for_gets_nothing) {
  options.cas_keys.clear();
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("demo")));
  Controller tested = controller();
  tested.round();
  EXPECT_EQ(ready().at("reason"), "CasNotTrusted");
  EXPECT_EQ(status().at("state"), "WAITING");
  EXPECT_EQ(uploads(), 0U);
  EXPECT_TRUE(http.requests.empty());
}

TEST_F(ControllerTest, a_cas_with_another_key_gets_nothing) {
  options.cas_keys = {{"cas:8081", "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt"}};
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("demo")));
  Controller tested = controller();
  tested.round();
  EXPECT_EQ(ready().at("status"), "False");
  EXPECT_THAT(ready().at("message").get<std::string>(), HasSubstr("is not the trusted one"));
  EXPECT_EQ(uploads(), 0U);
}

TEST_F(ControllerTest, a_cas_that_is_away_is_waited_for) {
  json spec = signed_spec(session("demo"));
  spec["casAddress"] = "https://elsewhere:8081";
  options.cas_keys["elsewhere"] = service.key_hash();
  api.apply("signedpolicies", "apps", "demo", spec);
  Controller tested = controller();
  tested.round();
  EXPECT_EQ(ready().at("reason"), "CasUnreachable");
  EXPECT_EQ(status().at("state"), "WAITING");
}

TEST_F(ControllerTest, a_cas_that_is_away_holds_up_no_other) {
  options.cas_keys["elsewhere"] = service.key_hash();
  for (int i = 0; i < 20; ++i) {
    const std::string name = "away-" + std::to_string(i);
    json spec = signed_spec(session(name));
    spec["casAddress"] = "https://elsewhere:8081";
    api.apply("signedpolicies", "apps", name, spec);
  }
  api.apply("signedpolicies", "apps", "here", signed_spec(session("here")));
  Controller tested = controller();
  tested.round();
  EXPECT_EQ(api.passed_on["elsewhere"], 1);
  EXPECT_EQ(ready("signedpolicies", "here").at("status"), "True");
  EXPECT_EQ(ready("signedpolicies", "away-0").at("reason"), "CasUnreachable");
  EXPECT_EQ(ready("signedpolicies", "away-19").at("reason"), "CasUnreachable");
}

TEST_F(ControllerTest, policies_that_can_not_be_used_are_told_and_not_sent) {
  const json good = signed_spec(session("demo"));
  std::map<std::string, json> bad;
  bad["address"] = good;
  bad["address"]["casAddress"] = "http://cas:8081";
  bad["yaml"] = good;
  bad["yaml"]["policy"] = "name: [";
  bad["forged"] = good;
  bad["forged"]["policy"] = good["policy"].get<std::string>() + "volumes: [{name: v}]\n";
  bad["unsigned"] = good;
  bad["unsigned"]["signatures"] = json::array();
  bad["no-hex"] = good;
  bad["no-hex"]["signatures"][0]["signature"] = "xyz!";
  bad["mistyped"] = good;
  bad["mistyped"]["policy"] = 7;
  bad["empty"] = json::object();
  for (const auto& [name, spec] : bad) api.apply("signedpolicies", "apps", name, spec);
  api.apply(
      "encryptedpolicies", "apps", "no-base64",
      {{"casAddress", cas_address}, {"policy", "!"}, {"encryptionKey", std::string(64, 'a')}});
  Controller tested = controller();
  tested.round();
  for (const auto& [name, spec] : bad) {
    EXPECT_EQ(ready("signedpolicies", name).value("reason", ""), "InvalidPolicy") << name;
    EXPECT_EQ(status("signedpolicies", name).at("state"), "INVALID") << name;
  }
  EXPECT_THAT(ready("signedpolicies", "forged").value("message", ""), HasSubstr("signature"));
  EXPECT_THAT(ready("signedpolicies", "empty").value("message", ""), HasSubstr("spec.casAddress"));
  EXPECT_EQ(ready("encryptedpolicies", "no-base64").value("reason", ""), "InvalidPolicy");
  EXPECT_EQ(uploads(), 0U);
  // Nothing but a change of the object helps.
  const std::size_t patches = api.count("PATCH /apis");
  machine.clock.advance(std::chrono::hours(1));
  tested.round();
  EXPECT_EQ(api.count("PATCH /apis"), patches);
}

TEST_F(ControllerTest, no_secret_of_a_policy_is_in_status_or_log) {
  json spec = signed_spec(session("demo"));
  spec["policy"] =
      "name: demo\nversion: \"0.3.10\"\nsecrets: [{name: x, kind: ascii, value: hunter2, exprot: "
      "1}]\n";
  api.apply("signedpolicies", "apps", "demo", spec);
  Controller tested = controller();
  tested.round();
  const std::string said = status().dump() + machine.told + machine.warnings;
  EXPECT_THAT(said, HasSubstr("InvalidPolicy"));
  EXPECT_THAT(said, AllOf(HasSubstr("exprot"), testing::Not(HasSubstr("hunter2"))));
}

TEST_F(ControllerTest, a_lost_watch_loses_nothing) {
  Controller tested = controller();
  tested.round();
  api.failures.push_back({.status = 0, .headers = {}, .body = "", .peer_chain = {}});
  tested.round();  // the watch breaks off
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("demo")));
  EXPECT_GT(machine.clock.slept().count(), 0);
  EXPECT_THAT(machine.warnings, HasSubstr("can not reach api:6443"));
  tested.round();
  EXPECT_EQ(ready().at("status"), "True");
}

TEST_F(ControllerTest, a_version_that_the_server_forgot_is_listed_again) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("parent/demo")));
  Controller tested = controller();
  tested.round();
  const std::size_t lists = api.count("GET /apis/cas.scone.cloud/v1beta1/signedpolicies?limit");
  api.remove("signedpolicies", "apps", "demo");
  api.apply("signedpolicies", "apps", "other", signed_spec(session("other")));
  api.compact();
  tested.round();
  tested.round();
  EXPECT_GT(api.count("GET /apis/cas.scone.cloud/v1beta1/signedpolicies?limit"), lists);
  EXPECT_EQ(ready("signedpolicies", "other").at("status"), "True");
  machine.clock.advance(std::chrono::hours(1));
  const std::size_t before = uploads();
  tested.round();
  EXPECT_EQ(uploads(), before);  // of the deleted one nothing is left
}

TEST_F(ControllerTest, a_list_does_not_forget_what_was_tried) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("parent/demo")));
  Controller tested = controller();
  tested.round();
  api.compact();
  for (int i = 0; i < 4; ++i) tested.round();
  EXPECT_EQ(uploads(), 1U);  // the pause goes on
}

TEST_F(ControllerTest, a_server_that_is_away_is_asked_with_growing_pauses_and_one_warning) {
  Controller tested = controller();
  for (int i = 0; i < 10; ++i)
    api.failures.push_back({.status = 503, .headers = {}, .body = "", .peer_chain = {}});
  for (int i = 0; i < 10; ++i) tested.round();
  EXPECT_GE(machine.clock.slept(), std::chrono::seconds(60));
  EXPECT_LE(machine.clock.slept(), std::chrono::seconds(300));
  EXPECT_EQ(std::count(machine.warnings.begin(), machine.warnings.end(), '\n'), 1);
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("demo")));
  tested.round();
  EXPECT_EQ(ready().at("status"), "True");
}

TEST_F(ControllerTest, a_status_that_the_server_does_not_take_holds_up_nobody) {
  api.apply("signedpolicies", "apps", "a", signed_spec(session("a")));
  api.apply("signedpolicies", "apps", "b", signed_spec(session("b")));
  int patches = 0;
  api.before = [&](const std::string& method, const std::string& target) {
    if (method == "PATCH" && target.starts_with("/apis/") && ++patches == 1)
      api.failures.push_back({.status = 422,
                              .headers = {},
                              .body = R"({"message":"status is invalid"})",
                              .peer_chain = {}});
  };
  Controller tested = controller();
  tested.round();
  EXPECT_EQ(ready("signedpolicies", "b").at("status"), "True");
  EXPECT_THAT(machine.warnings, HasSubstr("status is invalid"));
  tested.round();
  EXPECT_EQ(patches, 2);
}

TEST_F(ControllerTest, so_does_one_that_does_not_let_us_write_a_status) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("demo")));
  api.before = [&](const std::string& method, const std::string& target) {
    if (method == "PATCH" && target.starts_with("/apis/"))
      api.failures.push_back({.status = 403, .headers = {}, .body = "", .peer_chain = {}});
  };
  Controller tested = controller();
  EXPECT_THROW(tested.round(), diag::Error);
}

TEST_F(ControllerTest, a_status_is_written_once_also_when_its_event_comes_late) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("parent/demo")));
  api.before = [&](const std::string&, const std::string& target) {
    if (target.find("watch=1") != std::string::npos)
      api.failures.push_back({.status = 200, .headers = {}, .body = "", .peer_chain = {}});
  };
  Controller tested = controller();
  for (int i = 0; i < 3; ++i) tested.round();
  EXPECT_EQ(ready().at("status"), "False");
  EXPECT_EQ(api.count("PATCH /apis"), 1U);
}

TEST_F(ControllerTest, an_object_that_is_being_deleted_is_left_alone) {
  api.apply("signedpolicies", "apps", "demo", signed_spec(session("demo")));
  api.mark_deleted("signedpolicies", "apps", "demo");
  Controller tested = controller();
  tested.round();
  EXPECT_EQ(uploads(), 0U);
  EXPECT_EQ(ready().at("status"), "none");
}

TEST_F(ControllerTest, a_server_that_lets_us_not_in_ends_the_controller) {
  api.failures.push_back({.status = 404, .headers = {}, .body = "", .peer_chain = {}});
  api.failures.push_back({.status = 403,
                          .headers = {},
                          .body = R"({"message":"signedpolicies is forbidden: User can not list"})",
                          .peer_chain = {}});
  Controller tested = controller();
  try {
    tested.round();
    FAIL() << "no error";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::refused);
    EXPECT_THAT(error.causes(), testing::ElementsAre(HasSubstr("is forbidden")));
  }
}

TEST(StatusAfter, keeps_the_time_and_what_others_say) {
  kubernetes::Policy policy;
  policy.meta.generation = 3;
  policy.status.conditions = {{"Reviewed", "True", "ByHand", "", "2020-01-01T00:00:00Z", 1},
                              {"Ready", "False", "RefusedByCas", "no", "2021-01-01T00:00:00Z", 2}};
  const auto now = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2};
  const auto refused = status_after(policy, {Verdict::refused, "", "Conflict", "still no"}, now);
  ASSERT_EQ(refused.conditions.size(), 2U);
  EXPECT_EQ(refused.conditions[0], policy.status.conditions[0]);
  EXPECT_EQ(refused.conditions[1].last_transition_time, "2021-01-01T00:00:00Z");
  EXPECT_EQ(refused.conditions[1].reason, "Conflict");
  EXPECT_EQ(refused.observed_generation, 3);
  const auto done = status_after(policy, {Verdict::uploaded, "h", "Uploaded", ""}, now);
  EXPECT_EQ(done.conditions[1].last_transition_time, "2026-01-02T00:00:00Z");
  policy.status = done;
  EXPECT_TRUE(is_done(policy));
  policy.meta.generation = 4;
  EXPECT_FALSE(is_done(policy));
}

}  // namespace
}  // namespace sconectl::action
