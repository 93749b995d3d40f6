// The owner has keys of the CAS made anew (CC-052, CC-053): who knew it before goes on to trust it.
#include <gmock/gmock.h>

#include <thread>

#include "casd/postgres_fixture.hpp"
#include "casd/service_fixture.hpp"
#include "sconectl/cas/audit_verifier.hpp"
#include "sconectl/cas/client.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/signed_session.hpp"
#include "support/loopback_http.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;

class NewKeys : public ServiceClient {
 protected:
  NewKeys() {
    service.reset();
    files->remove_tree(data);
    demand_owner = true;
    audit.mode = casd::AuditMode::signed_entries;
    audit.files = {directory.path() / "audit.log"};
    open();
    const auto body = R"({"token":")" + service->provisioning_token() + R"(","owner_config":{}})";
    EXPECT_EQ(ask("POST", "/v1/provision", body, alice.peer()).status, 201);
  }
  Answer rotate(const std::string& keys, const Client& who) {
    return ask("POST", "/v1/keys", R"({"rotate":[)" + keys + "]}", who.peer());
  }
  void rotated(const std::string& keys) {
    const auto answer = rotate(keys, alice);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json()["cas_key_hash"], service->key_hash());
    EXPECT_EQ(answer.json()["cas_software_key_hash"], service->software_key_hash());
    EXPECT_EQ(answer.json()["session_encryption_key"], service->session_encryption_key());
  }
  /// Of the connection, leaf first.
  static std::vector<std::string> shown(const casd::Service& cas) {
    std::vector<std::string> pems{cas.server_certificate().pem()};
    for (const auto& certificate : crypto::certificates_from_pem(cas.shown_chain_pem()))
      pems.push_back(certificate.pem());
    return pems;
  }
  /// Why a client that has pinned this does not trust it; "" if it does.
  std::string refusal(const cas::Trust& trust) {
    return cas::chain_refusal(trust, shown(*service));
  }
  cas::KnownCas known() {
    cas::KnownCas result;
    result.chain = service->chain_pem();
    result.cas_key_hash = service->key_hash();
    return result;
  }
  static std::string signed_session(const std::string& name) {
    const Client signer{"signer", crypto::KeyType::ed25519};
    const auto yaml =
        session(name, "creator: {signer: " + crypto::signer_text(signer.key.public_key()) +
                          "}\naccess_policy: {read: ANY}\n");
    const auto parsed = session::parse_text("t", yaml);
    session::SignedSession result{yaml, {}};
    session::add_signature(result, parsed,
                           {signer.key.public_key().spki_pem(),
                            signer.key.sign(session::message_to_be_signed(parsed))});
    return session::json(result);
  }
  cas::KnownCas attested(const cas::AttestOptions& options, const cas::KnownCas* before) {
    LoopbackHttp http(*service);
    cas::Client client(http, clock, {{"cas", 8081}, cas::TrustAny{}, {}, 0});
    return cas::trusted_cas(client.attest(std::string(32, 'n')), options, before, {});
  }
};

TEST_F(NewKeys, CC052_who_has_pinned_a_root_trusts_the_ones_after_it) {
  std::vector<std::string> hashes{service->key_hash()};
  std::vector<cas::KnownCas> entries{known()};
  for (int i = 0; i < 4; ++i) {
    rotated(R"("root")");
    hashes.push_back(service->key_hash());
    entries.push_back(known());
    EXPECT_NE(hashes[hashes.size() - 2], hashes.back());
    for (const auto& hash : hashes) EXPECT_EQ(refusal(cas::PinnedKey{hash}), "");
    for (const auto& entry : entries) EXPECT_EQ(refusal(entry), "");
  }
  reopen();
  for (const auto& hash : hashes) EXPECT_EQ(refusal(cas::PinnedKey{hash}), "");
  EXPECT_EQ(service->key_hash(), hashes.back());
  // Not for ever: each is a certificate more in every handshake.
  rotated(R"("root")");
  EXPECT_EQ(refusal(cas::PinnedKey{hashes[0]}),
            "it shows the key hash " + service->key_hash() + ", but " + hashes[0] + " is demanded");
  EXPECT_NE(refusal(entries[0]), "");
  EXPECT_EQ(refusal(cas::PinnedKey{hashes[1]}), "");
  EXPECT_EQ(refusal(entries[1]), "");
}

TEST_F(NewKeys, CC052_the_key_of_the_software_changes_alone) {
  const auto before = known();
  const auto software = service->software_key_hash();
  const auto leaf = service->server_certificate().pem();
  rotated(R"("software")");
  EXPECT_EQ(service->key_hash(), before.cas_key_hash);
  EXPECT_NE(service->software_key_hash(), software);
  EXPECT_NE(service->server_certificate().pem(), leaf);
  EXPECT_EQ(service->shown_chain_pem(), service->chain_pem());
  EXPECT_EQ(refusal(before), "");
  EXPECT_NE(refusal(cas::PinnedKey{software}), "");
}

TEST_F(NewKeys, CL102_an_attestation_follows_to_the_new_root_and_to_no_other) {
  const auto before = known();
  cas::AttestOptions pinned;
  pinned.cas_key_hash = before.cas_key_hash;
  rotated(R"("root")");
  rotated(R"("root", "session-encryption")");
  for (const auto* entry : {&before, static_cast<const cas::KnownCas*>(nullptr)}) {
    const auto now = attested(pinned, entry);
    EXPECT_EQ(now.cas_key_hash, service->key_hash());
    EXPECT_EQ(now.chain, service->chain_pem());
    EXPECT_EQ(now.session_encryption_key, service->session_encryption_key());
  }
  // Known before and first of all: without -c, too.
  cas::AttestOptions any;
  any.testing_debug = any.testing_ignore_signer = any.testing_trust_any = true;
  EXPECT_EQ(attested(any, &before).cas_key_hash, service->key_hash());
  // The key of the software is no root.
  pinned.cas_key_hash = service->software_key_hash();
  EXPECT_THROW((void)attested(pinned, nullptr), diag::Error);
  // Another CAS.
  service.reset();
  files->remove_tree(data);
  demand_owner = false;
  open();
  pinned.cas_key_hash = before.cas_key_hash;
  EXPECT_THROW((void)attested(pinned, nullptr), diag::Error);
  EXPECT_THROW((void)attested(any, &before), diag::Error);
}

TEST_F(NewKeys, CC053_RA045_what_was_encrypted_before_is_taken) {
  const auto sealed = [&](const std::string& name, const std::string& key) {
    return session::json(session::encrypt(signed_session(name), key));
  };
  const auto first = service->session_encryption_key();
  rotated(R"("session-encryption")");
  const auto second = service->session_encryption_key();
  EXPECT_NE(first, second);
  rotated(R"("root")");
  EXPECT_EQ(service->session_encryption_key(), second);
  for (const bool restarted : {false, true}) {
    if (restarted) reopen();
    const std::string more = restarted ? "-again" : "";
    EXPECT_EQ(ask("PUT", "/v1/encrypted_sessions", sealed("a" + more, first)).status, 201);
    EXPECT_EQ(ask("PUT", "/v1/encrypted_sessions", sealed("b" + more, second)).status, 201);
  }
  const auto other = crypto::hex(crypto::generate_x25519().public_key);
  EXPECT_EQ(ask("PUT", "/v1/encrypted_sessions", sealed("c", other)).status, 400);
}

TEST_F(NewKeys, are_made_for_the_owner_alone_and_when_they_are_named) {
  const auto key = service->key_hash();
  EXPECT_EQ(rotate(R"("root")", bob).status, 403);
  EXPECT_EQ(ask("POST", "/v1/keys", R"({"rotate":["root"]})").status, 401);
  for (const char* keys : {"", R"("roof")", R"("root", "x")", "5"}) {
    const auto answer = rotate(keys, alice);
    EXPECT_EQ(answer.status, 400) << keys;
  }
  EXPECT_EQ(ask("POST", "/v1/keys", R"({"rotate":["root"],"now":true})", alice.peer()).status, 400);
  EXPECT_EQ(ask("GET", "/v1/keys", "", alice.peer()).status, 405);
  EXPECT_EQ(service->key_hash(), key);
  service.reset();
  files->remove_tree(data);
  demand_owner = false;
  open();
  EXPECT_EQ(rotate(R"("root")", alice).status, 503) << "it has no owner";
}

TEST_F(NewKeys, two_at_once_make_two_after_each_other) {
  const auto before = known();
  std::vector<std::thread> owners;
  for (int i = 0; i < 4; ++i)
    owners.emplace_back(
        [&] { EXPECT_EQ(rotate(R"("root", "session-encryption")", alice).status, 200); });
  for (auto& one : owners) one.join();
  // Four after each other: as many roots are remembered.
  EXPECT_EQ(refusal(before), "");
  rotated(R"("root")");
  EXPECT_NE(refusal(before), "");
  const auto now = service->key_hash();
  reopen();
  EXPECT_EQ(service->key_hash(), now);
}

TEST_F(NewKeys, CC067_the_audit_log_goes_on_for_every_root_that_the_cas_has_had) {
  const auto first = service->key_hash();
  rotated(R"("root", "session-encryption")");
  const auto second = service->key_hash();
  reopen();
  created(session("a"), alice.peer());
  rotated(R"("root")");
  const auto verdict = [&](const std::string& pin) {
    const auto checkpoints = get("/v1/audit_log/checkpoints", alice.peer());
    cas::AuditVerifier verifier({.cas_key_hash = pin,
                                 .checkpoints = cas::decode_audit_checkpoints(checkpoints.body),
                                 .every_signature = true});
    verifier.add(files->read(audit.files.front()));
    verifier.end_of_file();
    return verifier.finish();
  };
  for (const auto& pin : {first, second, service->key_hash()}) {
    const auto found = verdict(pin);
    EXPECT_EQ(found.fault, cas::AuditFault::none) << testing::PrintToString(found.findings);
    EXPECT_EQ(found.cas_key_hash, service->key_hash());
  }
  EXPECT_EQ(verdict(service->software_key_hash()).fault, cas::AuditFault::other_cas);
  EXPECT_THAT(files->read(audit.files.front()),
              HasSubstr(R"("keys":["root","session-encryption","software"])"));
}

TEST_F(NewKeys, SL188_sessions_of_other_cases_that_name_the_root_before_go_on) {
  casd::ServiceOptions options;
  options.data = directory.path() / "far";
  casd::Service far(options, clock);
  LoopbackHttp wire(far, "far");
  network = &wire;
  reopen();
  const auto far_answer =
      far.handle({"POST", "/session", "",
                  session("from",
                          "secrets:\n- {name: x, kind: ascii, value: v, export: {session: /to, "
                          "cas_url: near, cas_key: " +
                              service->key_hash() + "}}\n"),
                  alice.peer(), casd::Port::api});
  ASSERT_EQ(far_answer.status, 201) << far_answer.body;
  created(session("to", none +
                            "secrets:\n- {name: y, import: {session: /from, secret: x, cas_url: "
                            "far, cas_key: " +
                            far.key_hash() +
                            "}}\nservices: [{name: s, command: a, environment: {Y: "
                            "'$$SCONE::y$$'}}]\n"),
          alice.peer());
  for (int i = 0; i < 2; ++i) {
    rotated(R"("root")");
    const auto got = fetch("to/s");
    ASSERT_EQ(got.answer.status, 200) << got.answer.body;
    ASSERT_EQ(got.configuration.environment.size(), 1U);
    EXPECT_EQ(got.configuration.environment.front().value, "v");
  }
}

TEST_F(NewKeys, are_those_of_every_cas_that_shares_the_database) {
  const auto url = casd::PostgresServer::get().new_url();
  service.reset();
  const auto start = [&](const std::string& name) {
    casd::ServiceOptions options;
    options.data = directory.path() / name;
    files->make_directories(options.data, 0700);
    if (!files->exists(options.data / "cas.key-store"))
      files->write(options.data / "cas.key-store", std::string(64, '7') + "\n", 0600);
    options.database_url = url;
    options.demand_owner = true;
    return std::make_unique<casd::Service>(options, clock);
  };
  auto one = start("one");
  auto two = start("two");
  const auto asked = [&](casd::Service& of, const std::string& method, const std::string& target,
                         const std::string& body = "") {
    return of.handle({.method = method, .target = target, .body = body, .peer = alice.peer()});
  };
  const auto token = one->provisioning_token();
  ASSERT_EQ(
      asked(*one, "POST", "/v1/provision", R"({"token":")" + token + R"(","owner_config":{}})")
          .status,
      201);
  const auto before = one->key_hash();
  ASSERT_EQ(asked(*one, "POST", "/v1/keys", R"({"rotate":["root","session-encryption"]})").status,
            200);
  EXPECT_NE(one->key_hash(), before);
  EXPECT_EQ(two->key_hash(), before);
  EXPECT_EQ(asked(*two, "GET", "/v1/attest?nonce=00112233445566778899aabbccddeeff").status, 200);
  EXPECT_EQ(two->key_hash(), one->key_hash());
  EXPECT_EQ(two->session_encryption_key(), one->session_encryption_key());
  EXPECT_EQ(cas::chain_refusal(cas::PinnedKey{before}, shown(*two)), "");
  ASSERT_EQ(asked(*two, "POST", "/v1/keys", R"({"rotate":["root"]})").status, 200);
  EXPECT_EQ(asked(*one, "GET", "/v1/attest?nonce=00112233445566778899aabbccddeeff").status, 200);
  EXPECT_EQ(two->key_hash(), one->key_hash());
}

}  // namespace
}  // namespace sconectl::test
