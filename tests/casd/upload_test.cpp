// Creating and updating sessions (RA-025 ... RA-046, SL-043 ... SL-056).
#include "casd/cas_fixture.hpp"

#include <sstream>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/signed_session.hpp"
#include "sconectl/session/write.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using Upload = Cas;

TEST_F(Upload, RA025_RA040_create_gives_201_and_the_hash_with_creator) {
  const auto answer = upload(session("demo"), alice.peer());
  ASSERT_EQ(answer.status, 201) << answer.body;
  const auto expected = session::hash(session::with_certificate_as_creator(
      session::parse_text("t", session("demo")), alice.certificate.pem()));
  EXPECT_EQ(answer.hash(), expected);
  EXPECT_EQ(answer.content_type, "application/json; charset=utf-8");
}

TEST_F(Upload, RA025_RA008_every_spelling_of_the_path_works) {
  int i = 0;
  for (const auto* path : {"/session", "/session/", "//session", "/v1/sessions", "/v1/sessions/",
                           "/v1//sessions", "/%73ession"})
    EXPECT_EQ(ask("POST", path, session("demo" + std::to_string(i++)), alice.peer()).status, 201)
        << path;
}

TEST_F(Upload, RA006_content_type_is_ignored_except_multipart) {
  for (const auto* type : {"", "application/x-www-form-urlencoded", "application/octet-stream"})
    EXPECT_EQ(ask("POST", "/session", "name: [", alice.peer(), casd::Port::api, type).status, 400);
  EXPECT_EQ(ask("POST", "/session", session("x"), alice.peer(), casd::Port::api,
                "Multipart/form-data; boundary=x")
                .status,
            415);
  EXPECT_EQ(get("/v1/sessions/x", alice.peer()).status, 404);
}

TEST_F(Upload, RA014_without_identity_401) {
  const auto answer = upload(session("demo"), {});
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(get("/v1/sessions/demo", alice.peer()).status, 404);
}

TEST_F(Upload, RA013_invalid_sessions_400_with_every_mistake) {
  const auto answer = upload(session("demo", "nonsense: 1\nsecrets: 7\n"), alice.peer());
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.messages().find("nonsense"), std::string::npos);
  EXPECT_NE(answer.messages().find("secrets"), std::string::npos);
  EXPECT_EQ(upload("", alice.peer()).status, 400);
  EXPECT_EQ(upload("\xff\xfe", alice.peer()).status, 400);
}

TEST_F(Upload, RA012_RA018_RA023_RA037_SL049_existing_name_without_predecessor_409) {
  created(session("demo"), alice.peer());
  const auto again = upload(session("demo"), alice.peer());
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(again.messages().find("Session already exists, please specify predecessor hash"),
            std::string::npos);
}

TEST_F(Upload, SL050_predecessor_for_unused_name_404) {
  EXPECT_EQ(
      upload(session("demo", "predecessor: " + std::string(64, 'a') + "\n"), alice.peer()).status,
      404);
}

TEST_F(Upload, SL048_update_needs_the_active_hash) {
  const auto first = created(session("demo"), alice.peer());
  const auto second = created(session("demo", "predecessor: " + first + "\n"), alice.peer());
  EXPECT_NE(first, second);
  EXPECT_EQ(upload(session("demo", "predecessor: " + first + "\n"), alice.peer()).status, 409);
  EXPECT_EQ(
      upload(session("demo", "predecessor: " + std::string(64, '0') + "\n"), alice.peer()).status,
      409);
  EXPECT_EQ(get("/v1/sessions/demo", alice.peer()).hash(), second);
}

TEST_F(Upload, RA015_SL273_update_of_a_stranger_403_and_says_little) {
  const auto first = created(session("demo"), alice.peer());
  const auto answer = upload(session("demo", "predecessor: " + first + "\n"), bob.peer());
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, HasButNot("no permission to update", alice.hash()));
  EXPECT_EQ(upload(session("demo", "predecessor: " + first + "\n"), {}).status, 401);
}

TEST_F(Upload, SL277_reader_is_told_why_not) {
  const auto first = created(session("demo", "access_policy:\n  read: ANY\n"), alice.peer());
  const auto answer = upload(session("demo", "predecessor: " + first + "\n"), bob.peer());
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.messages().find("needed: "), std::string::npos) << answer.body;
}

TEST_F(Upload, RA038_existence_comes_before_permission) {
  created(session("demo"), alice.peer());
  EXPECT_EQ(upload(session("demo"), bob.peer()).status, 409);
  EXPECT_EQ(upload(session("no/parent"), {}).status, 404);
}

TEST_F(Upload, RA038_SL055_a_guessed_predecessor_is_answered_to_who_may_update_only) {
  const auto hash = created(session("demo"), alice.peer());
  const auto guess = [&](const std::string& guessed, const casd::Peer& peer) {
    return upload(session("demo", "predecessor: " + guessed + "\n"), peer);
  };
  const std::string wrong(64, '0');
  for (const auto& [peer, status] : {std::pair(casd::Peer(), 401), std::pair(bob.peer(), 403)}) {
    EXPECT_EQ(guess(hash, peer).status, status);
    EXPECT_EQ(guess(wrong, peer).status, status);
    EXPECT_EQ(guess(hash, peer).body, guess(wrong, peer).body);
  }
  EXPECT_EQ(guess(wrong, alice.peer()).status, 409);
}

TEST_F(Upload, SL054_SL055_a_guessed_namespace_is_answered_to_who_may_have_its_hash_only) {
  const std::string policy = "access_policy: {create_sessions: ANY}\n";
  const auto hash = created(session("a", policy), alice.peer());
  const std::string wrong(64, '0');
  const auto guess = [&](const std::string& child, const std::string& guessed) {
    return upload(session(child, "namespace_hash: " + guessed + "\n"), bob.peer());
  };
  EXPECT_EQ(guess("a/b", hash).status, 403);
  EXPECT_EQ(guess("a/b", hash).body, guess("a/b", wrong).body);
  const auto salted = created(
      session("a", policy + "predecessor: " + hash + "\nsalt: 000102030405060708090a0b0c0d0e0f\n"),
      alice.peer());
  EXPECT_EQ(guess("a/b", wrong).status, 409);
  EXPECT_EQ(guess("a/b", salted).status, 201);
}

TEST_F(Upload, SL181_a_guessed_exporter_is_not_answered_to_whom_nothing_is_exported) {
  const auto hash = created(
      session("from", "secrets: [{name: x, kind: ascii, export: {session: to}}]\n"), alice.peer());
  const auto guess = [&](const std::string& guessed) {
    return upload(session("other",
                          "secrets: [{name: y, import: {session: from, secret: x, "
                          "session_hash: " +
                              guessed + "}}]\n"),
                  bob.peer());
  };
  EXPECT_EQ(guess(hash).status, 403);
  EXPECT_EQ(guess(hash).body, guess(std::string(64, '0')).body);
}

TEST_F(Upload, SL043_parent_must_exist_and_allow) {
  const auto missing = upload(session("a/b"), alice.peer());
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.messages().find("'a'"), std::string::npos);
  created(session("a"), alice.peer());
  EXPECT_EQ(upload(session("a/b"), bob.peer()).status, 403);
  created(session("a/b"), alice.peer());
}

TEST_F(Upload, SL054_namespace_hash_pins_the_parent) {
  const auto parent = created(session("a"), alice.peer());
  const auto wrong = "namespace_hash: " + std::string(64, '1') + "\n";
  EXPECT_EQ(upload(session("a/b", wrong), alice.peer()).status, 409);
  EXPECT_EQ(get("/v1/sessions/a/b", alice.peer()).status, 404);
  created(session("a/b", "namespace_hash: " + parent + "\n"), alice.peer());
}

TEST_F(Upload, SL045_unclaimed_root_can_be_claimed_until_another_session_exists) {
  const auto before = get("/v1/sessions/").hash();
  const auto claimed =
      created(session("/", "access_policy:\n  create_sessions: [CREATOR]\n"), alice.peer());
  EXPECT_NE(before, claimed);
  EXPECT_EQ(upload(session("/"), bob.peer()).status, 409);
  EXPECT_EQ(upload(session("demo"), bob.peer()).status, 403);
  created(session("demo"), alice.peer());
  EXPECT_EQ(get("/v1/session_history/%2F", alice.peer()).json()["versions"].size(), 2U);
}

TEST_F(Upload, SL045_SL046_first_session_seals_the_root) {
  const auto before = get("/v1/sessions/%2F");
  EXPECT_NE(before.json()["session"].get<std::string>().find("ANY"), std::string::npos);
  created(session("demo"), alice.peer());
  const auto sealed = get("/v1/sessions/");
  EXPECT_NE(sealed.json()["session"].get<std::string>().find("NONE"), std::string::npos);
  EXPECT_EQ(upload(session("/"), alice.peer()).status, 409);
  EXPECT_EQ(upload(session("/", "predecessor: " + sealed.hash() + "\n"), alice.peer()).status, 409);
  created(session("other"), bob.peer());
}

TEST_F(Upload, SL280_creator_is_filled_only_if_needed) {
  created(session("open", "access_policy:\n  read: ANY\n  update: NONE\n"), alice.peer());
  EXPECT_THAT(get("/session/open").body, HasButNot("ANY", "creator"));
  created(session("mine"), alice.peer());
  EXPECT_NE(get("/session/mine", alice.peer()).body.find("BEGIN CERTIFICATE"), std::string::npos);
}

std::string created_by(const Client& client) {
  std::string creator = "creator: |\n";
  std::istringstream lines(client.certificate.pem());
  for (std::string line; std::getline(lines, line);) creator += "  " + line + "\n";
  return creator;
}

TEST_F(Upload, SL347_foreign_creator_is_accepted_with_a_warning) {
  const std::string warning = "creator: it is not the key that uploads this session";
  const auto own = upload(session("own", created_by(alice)), alice.peer());
  ASSERT_EQ(own.status, 201) << own.body;
  EXPECT_THAT(own.body, HasButNot("hash", warning));
  const auto answer = upload(session("demo", created_by(bob)), alice.peer());
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_NE(answer.body.find(warning), std::string::npos) << answer.body;
  EXPECT_EQ(get("/v1/sessions/demo", bob.peer()).status, 200);
  EXPECT_EQ(get("/v1/sessions/demo", alice.peer()).status, 403);
}

TEST_F(Upload, SL339_what_was_read_can_be_sent_again_with_its_predecessor) {
  const auto first =
      created(session("demo", "secrets:\n  - name: s\n    kind: ascii\n"), alice.peer());
  auto text = get("/session/demo", alice.peer()).body;
  const auto at = text.find("predecessor: null");
  ASSERT_NE(at, std::string::npos) << text;
  text.replace(at, 17, "predecessor: " + first);
  created(text, alice.peer());
}

TEST_F(Upload, SL004_RA081_explicit_nulls_are_accepted) {
  created(
      "---\nname: \"iexec\"\nversion: \"0.3\"\npredecessor: null\nsalt: null\nservices: null\n"
      "security:\n  attestation:\n    tolerate: null\n    url: null\n    mode: \"none\"\n",
      alice.peer());
}

TEST_F(Upload, RA034_check_stores_nothing_and_needs_an_identity) {
  EXPECT_EQ(ask("POST", "/v1/session_checks", session("demo"), {}).status, 401);
  const auto answer = ask("POST", "/v1/session_checks", session("demo"), alice.peer());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(get("/v1/sessions/demo", alice.peer()).status, 404);
  EXPECT_EQ(ask("POST", "/v1/session_checks", "name: [", alice.peer()).status, 400);
  EXPECT_EQ(created(session("demo"), alice.peer()), answer.hash());
}

TEST_F(Upload, RA021_SL196_what_is_not_built_in_is_refused_by_name) {
  const auto answer = upload(
      session("demo",
              "secrets:\n  - name: t\n    kind: aad-token\n    tenant_id: a\n    client_id: b\n"
              "    application_secret: c\nsecret_config: {store_in: !akv {token: $$SCONE::t$$, "
              "vault: 'https://v.vault.azure.net'}}\n"),
      alice.peer());
  EXPECT_EQ(answer.status, 501) << answer.body;
  EXPECT_NE(answer.messages().find("secret_config.store_in: !akv"), std::string::npos)
      << answer.body;
}

// ------------------------------------------------------------------ signed and encrypted sessions

struct Signed : Cas {
  Client signer{"signer", crypto::KeyType::ed25519};
  std::string with_signer(const std::string& name, const std::string& more = "") const {
    const auto key = crypto::signer_text(signer.key.public_key());
    return session(name,
                   "access_policy:\n  read: ANY\n  update:\n    - signer: " + key + "\n" + more);
  }
  std::string signed_json(const std::string& yaml) const {
    const auto parsed = session::parse_text("t", yaml);
    session::SignedSession result{yaml, {}};
    session::add_signature(result, parsed,
                           {signer.key.public_key().spki_pem(),
                            signer.key.sign(session::message_to_be_signed(parsed))});
    return session::json(result);
  }
};

TEST_F(Signed, RA042_signatures_replace_the_identity) {
  const auto first = created(signed_json(with_signer("demo")), {});
  const auto next = with_signer("demo", "predecessor: " + first + "\n");
  EXPECT_EQ(upload(next, alice.peer()).status, 403);
  created(signed_json(next), {});
}

TEST_F(Signed, SL280_a_signed_session_that_refers_to_its_creator_names_him) {
  const auto answer = upload(signed_json(session("demo")), alice.peer());
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.messages().find("names no creator"), std::string::npos) << answer.body;
  const auto key = crypto::signer_text(signer.key.public_key());
  created(
      signed_json(session("demo", "creator: {signer: " + key + "}\naccess_policy: {read: ANY}\n")),
      {});
}

TEST_F(Signed, RA042_a_wrong_signature_is_400) {
  auto json = nlohmann::json::parse(signed_json(with_signer("demo")));
  auto& text = json["signatures"][0]["signature"].get_ref<std::string&>();
  text[0] = text[0] == '0' ? '1' : '0';
  EXPECT_EQ(upload(json.dump(), alice.peer()).status, 400);
  EXPECT_EQ(get("/v1/sessions/demo").status, 404);
}

TEST_F(Signed, RA041_verbatim_gives_the_signed_text) {
  const auto yaml = "# a comment\n" + with_signer("demo");
  created(signed_json(yaml), {});
  const auto answer = get("/v1/sessions/demo?verbatim=true").json();
  EXPECT_EQ(answer["session"], yaml);
  EXPECT_EQ(answer["signatures"].size(), 1U);
  EXPECT_THAT(get("/v1/sessions/demo").json()["session"].get<std::string>(),
              HasButNot("name: demo", "comment"));
}

TEST_F(Signed, RA026_RA045_encrypted_for_this_cas_only) {
  const auto sealed = [&](const std::string& plain, const std::string& key) {
    return session::json(session::encrypt(plain, key));
  };
  const auto& key = service->session_encryption_key();
  EXPECT_EQ(ask("PUT", "/v1/encrypted_sessions", sealed(signed_json(with_signer("a")), key)).status,
            201);
  EXPECT_EQ(ask("POST", "/session", sealed(signed_json(with_signer("b")), key)).status, 201);
  const auto twice = upload(sealed(sealed(signed_json(with_signer("c")), key), key), {});
  EXPECT_EQ(twice.status, 400);
  EXPECT_NE(twice.messages().find("encrypted only once"), std::string::npos) << twice.body;
  const auto other = crypto::hex(crypto::generate_x25519().public_key);
  const auto answer =
      ask("PUT", "/v1/encrypted_sessions", sealed(session("d"), other), alice.peer());
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.messages().find("encrypted for another CAS"), std::string::npos);
  EXPECT_EQ(ask("PUT", "/v1/encrypted_sessions", session("e"), alice.peer()).status, 400);
  auto broken = session::encrypt(signed_json(with_signer("f")), key);
  broken.sealed.back() = static_cast<char>(broken.sealed.back() ^ 1);
  EXPECT_EQ(upload(session::json(broken), alice.peer()).status, 400);
}

/// The uploader may be somebody who found the file, and would be its CREATOR.
TEST_F(Signed, RA026_RA045_an_encrypted_session_that_is_not_signed_inside_is_refused) {
  const auto sealed =
      session::json(session::encrypt(session("a"), service->session_encryption_key()));
  for (const auto* path : {"/session", "/v1/sessions", "/v1/encrypted_sessions"})
    for (const auto& peer : {alice.peer(), casd::Peer()}) {
      const auto answer = ask("POST", path, sealed, peer);
      EXPECT_EQ(answer.status, 400) << path;
      EXPECT_NE(answer.messages().find("not signed inside"), std::string::npos) << answer.body;
    }
  EXPECT_EQ(ask("POST", "/v1/session_checks", sealed, alice.peer()).status, 400);
  EXPECT_EQ(get("/v1/sessions/a", alice.peer()).status, 404);
}

}  // namespace
}  // namespace sconectl::test
