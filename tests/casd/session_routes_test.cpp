// Reading sessions, and who may (RA-007 ... RA-011, RA-024, RA-027 ... RA-033, SL-254 ... SL-278).
#include <fmt/core.h>

#include "casd/cas_fixture.hpp"

#include "casd/routes/response_signature.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key_hash.hpp"

namespace sconectl::test {
namespace {

using Reading = Cas;

TEST_F(Reading, RA027_RA029_text_and_hash) {
  const auto hash = created(session("a"), alice.peer());
  const auto answer = get("/v1/sessions/a", alice.peer());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.hash(), hash);
  const auto yaml = get("/session/a", alice.peer());
  EXPECT_EQ(yaml.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(yaml.body, answer.json()["session"].get<std::string>());
}

TEST_F(Reading, RA028_old_versions_by_hash) {
  const auto first = created(session("a"), alice.peer());
  const auto second = created(session("a", "predecessor: " + first + "\n"), alice.peer());
  EXPECT_EQ(get("/v1/sessions/a?hash=" + first, alice.peer()).hash(), first);
  EXPECT_EQ(get("/v1/sessions/a?hash=" + second, alice.peer()).hash(), second);
  std::string upper = first;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(get("/v1/sessions/a?hash=" + upper, alice.peer()).hash(), first);
  EXPECT_EQ(get("/v1/sessions/a?hash=" + std::string(64, '0'), alice.peer()).status, 404);
  EXPECT_EQ(get("/v1/sessions/a?hash=12", alice.peer()).status, 400);
}

TEST_F(Reading, SL276_history_needs_the_permission_of_the_active_version) {
  const auto first = created(session("a", "access_policy:\n  read: ANY\n"), alice.peer());
  EXPECT_EQ(get("/v1/sessions/a?hash=" + first).status, 200);
  created(session("a", "predecessor: " + first + "\n"), alice.peer());
  EXPECT_EQ(get("/v1/sessions/a?hash=" + first).status, 401);
  EXPECT_EQ(get("/v1/sessions/a?hash=" + first, bob.peer()).status, 403);
}

TEST_F(Reading, RA024_RA012_missing_forbidden_and_anonymous) {
  created(session("a"), alice.peer());
  EXPECT_EQ(get("/v1/sessions/a", alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/sessions/a", bob.peer()).status, 403);
  EXPECT_EQ(get("/v1/sessions/a").status, 401);
  const auto missing = get("/v1/sessions/b", bob.peer());
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.messages().find("Session not found"), std::string::npos);
}

TEST_F(Reading, SL278_any_needs_no_certificate) {
  created(session("a", "access_policy:\n  read: ANY\n"), alice.peer());
  EXPECT_EQ(get("/v1/sessions/a").status, 200);
}

TEST_F(Reading, RA031_SL055_hash_is_public_only_with_salt) {
  const auto first = created(session("a"), alice.peer());
  EXPECT_EQ(get("/v1/session_hashes/a").status, 401);
  EXPECT_EQ(get("/v1/session_hashes/a", bob.peer()).status, 403);
  EXPECT_EQ(get("/v1/session_hashes/a", alice.peer()).json()["salted"], false);
  const auto salted =
      created(session("a", "predecessor: " + first + "\nsalt: 000102030405060708090a0b0c0d0e0f\n"),
              alice.peer());
  EXPECT_EQ(get("/v1/session_hashes/a").hash(), salted);
  const auto later = created(session("a", "predecessor: " + salted + "\n"), alice.peer());
  EXPECT_EQ(get("/v1/session_hashes/a").hash(), later);  // SL-056: sticky
}

TEST_F(Reading, RA032_children_are_listed_in_pages) {
  created(session("a"), alice.peer());
  for (const auto* name : {"a/c", "a/b", "a/b/x", "ab"}) created(session(name), alice.peer());
  const auto all = get("/v1/sessions?namespace=a", alice.peer());
  ASSERT_EQ(all.status, 200) << all.body;
  EXPECT_EQ(all.json()["sessions"], nlohmann::json({"a/b", "a/c"}));
  EXPECT_TRUE(all.json()["next"].is_null());
  const auto page = get("/v1/sessions?namespace=a&limit=1", alice.peer()).json();
  EXPECT_EQ(page["sessions"], nlohmann::json({"a/b"}));
  EXPECT_EQ(page["next"], "a/b");
  EXPECT_EQ(get("/v1/sessions?namespace=a&limit=1&after=a/b", alice.peer()).json()["sessions"],
            nlohmann::json({"a/c"}));
  EXPECT_EQ(get("/v1/sessions?namespace=a", bob.peer()).status, 403);
  EXPECT_EQ(get("/v1/sessions?namespace=a").status, 401);
  EXPECT_EQ(get("/v1/sessions?namespace=none", bob.peer()).status, 404);
  EXPECT_EQ(get("/v1/sessions?namespace=a&limit=0", alice.peer()).status, 400);
  // In the root everybody may create, with an identity; so it is listed for these alone.
  EXPECT_EQ(get("/v1/sessions?namespace=/").status, 401);
  EXPECT_EQ(get("/v1/sessions?namespace=/", bob.peer()).json()["sessions"],
            nlohmann::json::array({"a", "ab"}));
}

TEST_F(Reading, RA033_history_newest_first) {
  const auto first = created(session("a"), alice.peer());
  clock.advance(std::chrono::hours(1));
  const auto second = created(session("a", "predecessor: " + first + "\n"), alice.peer());
  const auto versions = get("/v1/session_history/a", alice.peer()).json()["versions"];
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0]["hash"], second);
  EXPECT_EQ(versions[0]["predecessor"], first);
  EXPECT_EQ(versions[0]["created"], "2024-01-02T04:04:05Z");
  EXPECT_TRUE(versions[1]["predecessor"].is_null());
  EXPECT_EQ(get("/v1/session_history/a", bob.peer()).status, 403);
}

TEST_F(Reading, RA009_RA047_other_methods_405_with_allow) {
  created(session("a"), alice.peer());
  const auto answer = ask("PATCH", "/v1/sessions/a", "", alice.peer());
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.at(0), (std::pair<std::string, std::string>("Allow", "DELETE, GET")));
  EXPECT_EQ(ask("HEAD", "/v1/sessions/a", "", alice.peer()).status, 405);
  EXPECT_EQ(ask("HEAD", "/v1/values/session=a").status, 405);
  EXPECT_EQ(ask("HEAD", "/v1/health").status, 200);
  EXPECT_TRUE(ask("HEAD", "/v1/health").body.empty());
  EXPECT_EQ(ask("GET", "/session").status, 405);
}

TEST_F(Reading, RA009_a_refused_HEAD_has_no_body_either) {
  for (const auto* target : {"/v1/health?x=1", "/v1/values/session=a", "/none"}) {
    const auto answer = ask("HEAD", target);
    EXPECT_GE(answer.status, 400) << target;
    EXPECT_TRUE(answer.body.empty()) << target << answer.body;
  }
}

TEST_F(Reading, RA066_a_wrong_signer_is_found_before_anything_is_done) {
  EXPECT_EQ(ask("POST", "/session?sign=me", session("signed"), alice.peer()).status, 400);
  EXPECT_EQ(get("/v1/sessions/signed", alice.peer()).status, 404);
  created(session("a"), alice.peer());
  EXPECT_EQ(ask("DELETE", "/v1/sessions/a?sign=me", "", alice.peer()).status, 400);
  EXPECT_EQ(get("/v1/sessions/a", alice.peer()).status, 200);
}

TEST_F(Reading, RA008_path_tricks_are_harmless) {
  created(session("a"), alice.peer());
  EXPECT_EQ(get("/v1//sessions//a/", alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/sessions/%61", alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/sessions/x/../a", alice.peer()).status, 404);
  for (const auto* path : {"/v1/sessions/%", "/v1/sessions/%zz", "/v1/sessions/%00",
                           "/v1/sessions/%ff", "/v1/sessions/%c0%af", "/v1/sessions/a%0d%0ax"})
    EXPECT_EQ(get(path, alice.peer()).status, 400) << path;
  for (const auto* path : {"", "/", "/v2", "*", "/v1/sessionsx", "/V1/sessions/a"})
    EXPECT_EQ(get(path, alice.peer()).status, 404) << path;
}

TEST_F(Reading, RA011_errors_have_messages_and_the_version) {
  const auto answer = get("/nowhere");
  EXPECT_FALSE(answer.json()["msg"].empty());
  EXPECT_TRUE(answer.json()["cas_version"].is_string());
}

TEST_F(Reading, unknown_query_parameters_are_refused_by_name) {
  created(session("a"), alice.peer());
  EXPECT_EQ(get("/v1/sessions/a?hsah=1", alice.peer()).status, 400);
  EXPECT_EQ(get("/v1/sessions/a?hash=1&hash=2", alice.peer()).status, 400);
}

TEST_F(Reading, RA066_signed_responses) {
  created(session("a"), alice.peer());
  const auto certificates = crypto::certificates_from_pem(service->chain_pem());
  const auto verified = [&](const std::string& target, const crypto::PublicKey& key) {
    const auto answer = get(target, alice.peer());
    EXPECT_EQ(answer.status, 200) << answer.body;
    for (const auto& [name, value] : answer.headers) {
      if (name != "CAS-Signature") continue;
      const auto at = value.find("sig=\"") + 5;
      const auto signature = crypto::unbase64(value.substr(at, value.size() - at - 1));
      EXPECT_NE(value.find("keyid=\"" + crypto::key_hash(key) + "\""), std::string::npos) << value;
      return signature && key.verify(casd::signed_text(200, target, answer.body), *signature) &&
             !key.verify(casd::signed_text(200, target, answer.body + " "), *signature);
    }
    return false;
  };
  EXPECT_TRUE(verified("/v1/sessions/a?sign=cas", certificates[1].public_key()));
  EXPECT_TRUE(verified("/v1/version?sign=cas-software", certificates[0].public_key()));
  EXPECT_FALSE(verified("/v1/version", certificates[0].public_key()));
  EXPECT_EQ(get("/v1/version?sign=me").status, 400);
}

TEST_F(Reading, RA060_XA021_version_and_RA061_attest_and_RA065_health) {
  EXPECT_EQ(get("/v1/version").json()["language"].size(), 14U);
  EXPECT_EQ(get("/v1/version").json()["extensions"], nlohmann::json({"tee/1"}));
  const auto nonce = std::string(32, 'a');
  const auto report = get("/v1/attest?version=9&nonce=" + nonce).json();
  EXPECT_EQ(report["evidence"]["type"], "none");
  EXPECT_EQ(report["additional_data"]["version"], 4);
  EXPECT_EQ(report["additional_data"]["non_critical"]["session_encryption_key"],
            service->session_encryption_key());
  EXPECT_EQ(report["additional_data"]["non_critical"]["cert_chain"], service->chain_pem());
  EXPECT_EQ(get("/v1/attest?nonce=" + nonce).json()["additional_data"]["version"], 1);
  EXPECT_EQ(get("/v1/attest?nonce=00").status, 400);
  EXPECT_EQ(get("/v1/attest").status, 400);
  EXPECT_EQ(get("/v1/health/live").status, 200);
  EXPECT_EQ(get("/v1/health/ready").status, 200);
  EXPECT_EQ(get("/v1/health").json()["database"]["writable"], true);
}

TEST_F(Reading, CC052_CC053_identity_survives_a_restart_and_the_leaf_does_not) {
  const auto hash = service->key_hash();
  const auto software = service->software_key_hash();
  const auto key = service->session_encryption_key();
  const auto leaf = service->server_certificate().pem();
  created(session("a"), alice.peer());
  reopen();
  EXPECT_EQ(service->key_hash(), hash);
  EXPECT_EQ(service->software_key_hash(), software);
  EXPECT_EQ(service->session_encryption_key(), key);
  EXPECT_NE(service->server_certificate().pem(), leaf);
  EXPECT_EQ(get("/v1/sessions/a", alice.peer()).status, 200);
  const auto chain = crypto::certificates_from_pem(service->chain_pem());
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[0].common_name(), "cas-instance");
  EXPECT_EQ(chain[1].common_name(), "cas");
  EXPECT_EQ(crypto::key_hash(chain[1].public_key()), hash);
  EXPECT_EQ(chain[1].not_after(), crypto::never_expires);
  EXPECT_TRUE(service->server_certificate().issued_by(chain[0]));
}

TEST_F(Reading, RA021_what_is_not_built_in_says_so) {
  for (const auto* path : {"/v1/upgrades", "/v1/backups"}) {
    const auto answer = get(path, alice.peer());
    EXPECT_EQ(answer.status, 501) << path;
    EXPECT_NE(answer.messages().find(path), std::string::npos);
  }
}

TEST_F(Reading, RA027_SL277_who_uploaded_a_session_is_not_its_reader_for_that) {
  // The creator reads, by the default policy, without and with the session parsed.
  created(session("plain"), alice.peer());
  EXPECT_EQ(get("/v1/sessions/plain", alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/session_history/plain", alice.peer()).status, 200);
  EXPECT_EQ(get("/session/plain", alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/sessions/plain", bob.peer()).status, 403);
  EXPECT_EQ(get("/v1/sessions/plain").status, 401);
  // Who excludes himself can not read what he uploaded.
  const auto hash = created(
      session("given", "access_policy:\n  read: [" + bob.hash() + "]\n  update: [CREATOR]\n"),
      alice.peer());
  EXPECT_EQ(get("/v1/sessions/given", alice.peer()).status, 403);
  EXPECT_EQ(get("/v1/sessions/given", bob.peer()).status, 200);
  EXPECT_EQ(get("/v1/sessions/given?hash=" + hash, bob.peer()).status, 200);
  // A placeholder that lets him in counts only as long as it does.
  const auto policy = [&](const std::string& reader) {
    return session("live", "secrets:\n  - {name: who, kind: ascii, value: " + reader +
                               "}\naccess_policy:\n  read: [$$SCONE::who$$]\n  update: "
                               "[CREATOR]\n");
  };
  const auto first = created(policy(alice.hash()), alice.peer());
  EXPECT_EQ(get("/v1/sessions/live", alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/sessions/live", bob.peer()).status, 403);
  created(policy(bob.hash()) + "predecessor: " + first + "\n", alice.peer());
  EXPECT_EQ(get("/v1/sessions/live", alice.peer()).status, 403);
  EXPECT_EQ(get("/v1/sessions/live", bob.peer()).status, 200);
  // The active version decides, for old versions too (RA-028).
  EXPECT_EQ(get("/v1/sessions/live?hash=" + first, alice.peer()).status, 403);
}

TEST_F(Reading, RA059_values_that_are_not_public_have_no_path) {
  EXPECT_EQ(get("/v1/session_values/a", alice.peer()).status, 404);
}

TEST_F(Reading, RA052_a_strange_certificate_does_not_hide_what_is_public) {
  EXPECT_EQ(get("/v1/version", {"-----BEGIN CERTIFICATE-----\nnonsense"}).status, 200);
  EXPECT_EQ(get("/v1/sessions/a", {"-----BEGIN CERTIFICATE-----\nnonsense"}).status, 400);
}

// -------------------------------------------------------------- operation x identity x policy

struct Cell {
  const char* entries;  ///< of the operation; ALICE and BOB stand for their key hashes
  bool anonymous, alice, bob;
};
// The session is made by alice, so CREATOR is alice.
constexpr Cell cells[] = {
    {"[ANY]", true, true, true},           {"ANY", true, true, true},
    {"[NONE]", false, false, false},       {"[CREATOR]", false, true, false},
    {"[BOB]", false, false, true},         {"[ALICE, BOB]", false, true, true},
    {"[CREATOR, BOB]", false, true, true}, {"[CAROL]", false, false, false},
};

struct Table : Cas {
  Client carol{"carol"};
  std::string filled(std::string text) const {
    for (const auto& [word, hash] : std::vector<std::pair<std::string, std::string>>{
             {"ALICE", alice.hash()}, {"BOB", bob.hash()}, {"CAROL", carol.hash()}})
      for (auto at = text.find(word); at != std::string::npos; at = text.find(word))
        text.replace(at, word.size(), hash);
    return text;
  }
  static void judge(int status, bool allowed, bool anonymous, int good, const std::string& what) {
    EXPECT_EQ(status, allowed ? good : anonymous ? 401 : 403) << what;
  }
};

TEST_F(Table, SL254_read) {
  int i = 0;
  for (const auto& cell : cells) {
    const auto name = "s" + std::to_string(i++);
    created(session(name, filled("access_policy:\n  read: " + std::string(cell.entries) + "\n")),
            alice.peer());
    for (const auto* path :
         {"/v1/sessions/", "/session/", "/v1/session_history/", "/v1/session_hashes/"}) {
      judge(get(path + name).status, cell.anonymous, true, 200, cell.entries);
      judge(get(path + name, alice.peer()).status, cell.alice, false, 200, cell.entries);
      judge(get(path + name, bob.peer()).status, cell.bob, false, 200, cell.entries);
    }
  }
}

TEST_F(Table, SL255_update) {
  int i = 0;
  for (const auto& cell : cells) {
    const std::string policy =
        filled("access_policy:\n  read: [CREATOR]\n  update: " + std::string(cell.entries) + "\n");
    for (int who = 0; who < 3; ++who) {
      const auto name = "s" + std::to_string(i++);
      const auto before = created(session(name, policy), alice.peer());
      const auto next = session(name, fmt::format("{}predecessor: {}\n", policy, before));
      // Nobody uploads without an identity, whatever the policy says (RA-014).
      if (who == 0) judge(upload(next, {}).status, false, true, 201, cell.entries);
      if (who == 1) judge(upload(next, alice.peer()).status, cell.alice, false, 201, cell.entries);
      if (who == 2) judge(upload(next, bob.peer()).status, cell.bob, false, 201, cell.entries);
    }
  }
}

TEST_F(Table, SL256_create_sessions_and_SL257_list_sessions) {
  int i = 0;
  for (const auto& cell : cells) {
    const auto name = "s" + std::to_string(i++);
    created(session(name, filled("access_policy:\n  create_sessions: " + std::string(cell.entries) +
                                 "\n")),
            alice.peer());
    judge(upload(session(name + "/a"), alice.peer()).status, cell.alice, false, 201, cell.entries);
    judge(upload(session(name + "/b"), bob.peer()).status, cell.bob, false, 201, cell.entries);
    const auto listed = "l" + std::to_string(i);
    created(session(listed, filled("access_policy:\n  create_sessions: NONE\n  list_sessions: " +
                                   std::string(cell.entries) + "\n")),
            alice.peer());
    const auto path = "/v1/sessions?namespace=" + listed;
    judge(get(path).status, cell.anonymous, true, 200, cell.entries);
    judge(get(path, alice.peer()).status, cell.alice, false, 200, cell.entries);
    judge(get(path, bob.peer()).status, cell.bob, false, 200, cell.entries);
  }
}

TEST_F(Table, SL261_certificates_match_by_key) {
  crypto::CertificateProfile other;
  other.common_name = "bob again";
  other.not_before = crypto::Time(std::chrono::seconds(1000));
  other.not_after = crypto::Time(std::chrono::seconds(2000));  // long expired
  const auto again = crypto::issue(other, bob.key.public_key(), bob.key);
  created(session("a", "access_policy:\n  read: [" + bob.hash() + "]\n"), alice.peer());
  EXPECT_EQ(get("/v1/sessions/a", {again.pem()}).status, 200);
}

TEST_F(Table, SL264_entries_from_secrets) {
  created(session("a", "secrets:\n  - name: who\n    kind: ascii\n    value: " + bob.hash() +
                           "\naccess_policy:\n  read: [$$SCONE::who$$, CREATOR]\n"),
          alice.peer());
  EXPECT_EQ(get("/v1/sessions/a", bob.peer()).status, 200);
  EXPECT_EQ(get("/v1/sessions/a", carol.peer()).status, 403);
  EXPECT_EQ(get("/v1/sessions/a", alice.peer()).status, 200);
}

}  // namespace
}  // namespace sconectl::test
