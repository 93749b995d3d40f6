#include "sconectl/session/access_policy.hpp"

#include "keys.hpp"
#include "session/section_check.hpp"
#include "support.hpp"
#include "support/matchers.hpp"

namespace sconectl::session::test {
namespace {

std::string policy(const std::string& flow) {
  return with("access_policy: {" + flow + "}\n");
}

AccessEntry entry(Keyword keyword) {
  return {keyword, {}};
}
AccessEntry hash_entry(const Identity& who) {
  return {KeyHashEntry{who.hash}, {}};
}
AccessEntry signer(const crypto::PrivateKey& key) {
  return {SignerEntry{key.public_key().spki_pem()}, {}};
}
Caller tls(const Identity& who) {
  Caller caller;
  caller.tls_key = crypto::key_digest(who.key.public_key());
  return caller;
}
Caller signed_by(std::initializer_list<crypto::PrivateKey> keys) {
  Caller caller;
  for (const auto& key : keys) caller.signers.push_back(key.public_key());
  return caller;
}
Session session_with(AccessPolicy access) {
  Session session;
  session.name = "a/b";
  session.access_policy = std::move(access);
  session.creator = Creator{false, alice().certificate};
  return session;
}
Session update_with(AccessEntries update) {
  AccessPolicy access;
  access.update = std::move(update);
  return session_with(access);
}
bool granted(const Session& session, Operation operation, const Caller& caller) {
  return decide(session, operation, caller).granted;
}

TEST(AccessPolicy, SL021_SL254_SL255_defaults_are_the_creator) {
  const Session session = session_with({});
  for (const Operation operation :
       {Operation::read, Operation::update, Operation::create_sessions, Operation::list_sessions}) {
    EXPECT_TRUE(granted(session, operation, tls(alice())));
    EXPECT_FALSE(granted(session, operation, tls(bob())));
    EXPECT_FALSE(granted(session, operation, {}));
  }
}

TEST(AccessPolicy, SL256_create_sessions_falls_back_to_update) {
  AccessPolicy access;
  access.update = {hash_entry(bob())};
  EXPECT_TRUE(granted(session_with(access), Operation::create_sessions, tls(bob())));
  access.create_sessions = AccessEntries{entry(Keyword::none)};
  EXPECT_FALSE(granted(session_with(access), Operation::create_sessions, tls(bob())));
}

TEST(AccessPolicy, SL257_list_falls_back_to_read_and_creators_of_sessions_may_always_list) {
  AccessPolicy access;
  access.read = {hash_entry(bob())};
  EXPECT_TRUE(granted(session_with(access), Operation::list_sessions, tls(bob())));
  access.list_sessions = AccessEntries{entry(Keyword::none)};
  EXPECT_FALSE(granted(session_with(access), Operation::list_sessions, tls(bob())));
  access.create_sessions = AccessEntries{hash_entry(bob())};
  EXPECT_TRUE(granted(session_with(access), Operation::list_sessions, tls(bob())));
}

TEST(AccessPolicy, SL258_SL270_forms_of_an_operation) {
  EXPECT_EQ(read(policy("read: NONE")), read(policy("read: [NONE]")));
  EXPECT_EQ(read(policy("read: $$SCONE::x$$") +
                 "secrets: [{name: x, import: {session: a, secret: b}}]\n"),
            read(policy("read: [$$SCONE::x$$]") +
                 "secrets: [{name: x, import: {session: a, secret: b}}]\n"));
  accepts(
      with("access_policy: $$SCONE::x$$\nsecrets: [{name: x, import: {session: a, secret: b}}]\n"));
  refuses(policy("read: []"), "is an empty list; write NONE");
  EXPECT_TRUE(granted(update_with({hash_entry(bob()), entry(Keyword::creator)}), Operation::update,
                      tls(alice())));
}

TEST(AccessPolicy, SL259_SL273_SL276_creator_is_that_of_the_active_version) {
  Session session = session_with({});
  session.creator = Creator{false, bob().certificate};
  EXPECT_FALSE(granted(session, Operation::update, tls(alice())));
  EXPECT_TRUE(granted(session, Operation::update, tls(bob())));
  session.creator.reset();
  EXPECT_THAT(decide(session, Operation::update, tls(bob())).reasons,
              ElementsAre(HasSubstr("no creator")));
}

TEST(AccessPolicy, SL260_ANY_and_NONE_stand_alone) {
  refuses(policy("read: [ANY, CREATOR]"), "ANY must be the only entry");
  refuses(policy("update: [CREATOR, NONE]"), "NONE must be the only entry");
  refuses(policy("update: {require-all: [ANY]}"), "ANY must be the only entry");
  refuses(policy("read: any"), "neither CREATOR, ANY, NONE");
  EXPECT_FALSE(granted(update_with({entry(Keyword::none)}), Operation::update, tls(alice())));
}

TEST(AccessPolicy, SL261_certificates_match_by_key) {
  const auto renewed = [] {
    crypto::CertificateProfile profile;
    profile.common_name = "another name, expired";
    profile.not_before = crypto::Time{};
    profile.not_after = crypto::Time{} + std::chrono::hours(1);
    return crypto::issue(profile, bob().key.public_key(), bob().key).pem();
  }();
  const Session session = update_with({{CertificateEntry{renewed}, {}}});
  EXPECT_TRUE(granted(session, Operation::update, tls(bob())));
  EXPECT_FALSE(granted(session, Operation::update, tls(alice())));
  accepts(with("access_policy:\n  read:\n  - " + block(bob().certificate, 4)));
}

TEST(AccessPolicy, SL262_key_hashes_have_a_checksum) {
  accepts(policy("read: [" + key_hash + "]"));
  std::string wrong = key_hash;
  wrong[5] = wrong[5] == 'a' ? 'b' : 'a';
  refuses(policy("read: [" + wrong + "]"), "a key hash (50 characters with a checksum)");
  refuses(policy("read: [" + signer_short + "]"), "neither CREATOR");
}

TEST(AccessPolicy, SL263_SL330_certificate_hashes_are_legacy) {
  refuses(policy("read: [" + hash64 + "]"), "use the key hash");
  accepts("name: a\nversion: 0.2\naccess_policy: {read: [" + hash64 + "], update: [" + hash64 +
          "]}\n");
  Caller caller;
  caller.certificate_hash = hash64;
  EXPECT_TRUE(
      granted(update_with({{CertificateHashEntry{hash64}, {}}}), Operation::update, caller));
}

TEST(AccessPolicy, SL264_placeholders_are_resolved_when_asked_and_skipped_if_bad) {
  const Session session = update_with({{Placeholder("x"), {}}, entry(Keyword::creator)});
  const auto scalar = [](std::string text) {
    return [text](const Placeholder&) { return yaml::Value::scalar(text, true, {}); };
  };
  EXPECT_TRUE(decide(session, Operation::update, tls(bob()), scalar(bob().hash)).granted);
  EXPECT_TRUE(decide(session, Operation::update, tls(bob()), scalar(bob().certificate)).granted);
  EXPECT_TRUE(decide(session, Operation::update, tls(bob()), [](const Placeholder&) {
                return yaml::Value::sequence({yaml::Value::scalar("CREATOR", true, {}),
                                              yaml::Value::scalar(bob().hash, true, {})},
                                             {});
              }).granted);
  const auto bad = decide(session, Operation::update, tls(alice()), scalar("topsecret"));
  EXPECT_TRUE(bad.granted) << "CREATOR still counts";
  const auto denied = decide(session, Operation::update, tls(bob()), scalar("topsecret"));
  EXPECT_FALSE(denied.granted);
  EXPECT_THAT(denied.reasons[0], sconectl::test::HasButNot("update[0]: $$SCONE::x$$", "topsecret"));
  const auto throwing = [](const Placeholder&) -> std::optional<yaml::Value> {
    throw diag::Error(diag::ErrorKind::not_found, "the exporter is gone");
  };
  EXPECT_THAT(decide(session, Operation::update, tls(bob()), throwing).reasons[0],
              HasSubstr("the exporter is gone"));
  EXPECT_FALSE(decide(session, Operation::update, tls(bob()), scalar("$$SCONE::y$$")).granted);
}

TEST(AccessPolicy, SL258_a_whole_policy_from_a_secret) {
  Session session = session_with({});
  session.access_policy = Placeholder("p");
  const auto policy_value = [](const Placeholder&) {
    return yaml::parse_document("p", "{update: [" + bob().hash + "]}");
  };
  EXPECT_TRUE(decide(session, Operation::update, tls(bob()), policy_value).granted);
  EXPECT_TRUE(decide(session, Operation::read, tls(alice()), policy_value).granted);
  const auto open_value = [](const Placeholder&) {
    return yaml::parse_document("p", "{update: [" + bob().hash + ", $$SCONE::more$$]}");
  };
  const auto refused = decide(session, Operation::update, tls(bob()), open_value);
  EXPECT_FALSE(refused.granted);
  EXPECT_THAT(refused.reasons, ElementsAre(HasSubstr("holds a placeholder itself")));
  const auto unknown = decide(session, Operation::update, tls(alice()));
  EXPECT_FALSE(unknown.granted);
  EXPECT_THAT(unknown.reasons, ElementsAre(HasSubstr("not known")));
}

TEST(AccessPolicy, SL265_signers_in_both_encodings) {
  accepts(policy("update: [{signer: " + signer_short + "}]"));
  accepts(with("access_policy:\n  update:\n  - signer: " + block(signer_pem, 6)));
  EXPECT_EQ(signer_key(signer_short), signer_key(signer_pem));
  refuses(policy("update: [{signer: " + key_hash + "}]"), "a signer is a public key");
  refuses(with("access_policy:\n  update:\n  - signer: " +
               block(alice().key.public_key().spki_pem(), 6)),
          "must be Ed25519 or P-384");
  refuses(policy("update: [{singer: x}]"), "did you mean 'signer'?");
  EXPECT_TRUE(granted(update_with({signer(p384())}), Operation::update, signed_by({p384()})));
  EXPECT_FALSE(granted(update_with({signer(p384())}), Operation::update, signed_by({ed25519()})));
}

TEST(AccessPolicy, SL265_a_signer_from_a_secret) {
  const Session session = update_with({{SignerEntry{Placeholder("s")}, {}}});
  const auto value = [](const Placeholder&) {
    return yaml::Value::scalar(ed25519().public_key().spki_pem(), false, {});
  };
  EXPECT_TRUE(decide(session, Operation::update, signed_by({ed25519()}), value).granted);
  EXPECT_FALSE(decide(session, Operation::update, signed_by({p384()}), value).granted);
}

TEST(AccessPolicy, SL266_SL267_signers_can_not_read) {
  refuses(policy("read: [{signer: " + signer_short + "}]"), "a signer can not read");
  refuses(policy("list_sessions: [{signer: " + signer_short + "}]"), "a signer can not read");
  refuses(policy("update: CREATOR") + "creator: {signer: " + signer_short + "}\n",
          "set 'read' explicitly");
  accepts(policy("read: ANY") + "creator: {signer: " + signer_short + "}\n");
}

TEST(AccessPolicy, SL268_SL269_forms_of_governance) {
  accepts(policy("update: {require-all: [CREATOR, {require-at-least-1: [" + key_hash + "]}]}"));
  accepts(policy("update: [{require-at-least-2: [CREATOR, " + key_hash + "]}]"));
  refuses(policy("read: {require-all: [CREATOR]}"), "update and create_sessions only");
  refuses(policy("update: {require-at-least-3: [CREATOR]}"), "has only 1 members");
  refuses(policy("update: {require-at-least-0: [CREATOR]}"), "must be 1 or more");
  refuses(policy("update: {require-at-least-x: [CREATOR]}"), "must be 1 or more");
  refuses(policy("update: {require-all: []}"), "has no members");
  refuses(policy("update: {require-some: [CREATOR]}"), "unknown key");
  refuses(policy("update: {require-all: [CREATOR], signer: x}"), "exactly one key");
}

TEST(AccessPolicy, SL271_SL272_governance_counts_each_identity_once) {
  const auto rule = [](std::optional<std::uint32_t> n, AccessEntries members) {
    return update_with({{Require{n, std::move(members)}, {}}});
  };
  EXPECT_TRUE(granted(rule({}, {signer(ed25519()), signer(p384())}), Operation::update,
                      signed_by({ed25519(), p384()})));
  EXPECT_FALSE(granted(rule({}, {signer(ed25519()), signer(p384())}), Operation::update,
                       signed_by({ed25519()})));
  EXPECT_TRUE(granted(rule(1, {signer(ed25519()), signer(p384())}), Operation::update,
                      signed_by({ed25519()})));
  EXPECT_FALSE(granted(rule(2, {signer(ed25519()), signer(ed25519()), signer(p384())}),
                       Operation::update, signed_by({ed25519(), ed25519()})));
  EXPECT_TRUE(granted(rule({}, {signer(ed25519()), signer(ed25519())}), Operation::update,
                      signed_by({ed25519()})));
  const AccessEntry nested{Require{1, {signer(p384()), entry(Keyword::creator)}}, {}};
  EXPECT_FALSE(
      granted(rule({}, {signer(ed25519()), nested}), Operation::update, signed_by({ed25519()})));
  EXPECT_TRUE(granted(rule({}, {signer(ed25519()), nested}), Operation::update,
                      signed_by({ed25519(), p384()})));
  EXPECT_FALSE(granted(rule({}, {}), Operation::update, signed_by({ed25519()})));
  EXPECT_FALSE(granted(rule(0, {signer(p384())}), Operation::update, signed_by({ed25519()})));
}

/// `levels` rules around the creator; the reader of documents lets fewer pass.
AccessEntry nested(int levels) {
  AccessEntry result = entry(Keyword::creator);
  for (int i = 0; i < levels; ++i) result = {Require{{}, {result}}, {}};
  return result;
}

TEST(AccessPolicy, SL268_rules_are_judged_down_to_64_levels) {
  EXPECT_TRUE(granted(update_with({nested(63)}), Operation::update, tls(alice())));
  const auto deeper = decide(update_with({nested(64)}), Operation::update, tls(alice()));
  EXPECT_FALSE(deeper.granted);
  EXPECT_THAT(deeper.reasons.front(), HasSubstr("the rules are nested too deeply"));
  // Beside each other they are not deeper.
  EXPECT_TRUE(granted(update_with({nested(64), nested(63)}), Operation::update, tls(alice())));
  EXPECT_TRUE(granted(update_with({nested(40), nested(40), {Require{{}, {nested(40)}}, {}}}),
                      Operation::update, tls(alice())));
}

TEST(AccessPolicy, SL268_rules_are_checked_down_to_33_levels) {
  const auto fault = [](int levels) {
    return entries_fault({nested(levels)}, session_with({}), Operation::update, false);
  };
  EXPECT_EQ(fault(33), "");
  EXPECT_THAT(fault(34), HasSubstr("the rules are nested too deeply"));
}

TEST(AccessPolicy, SL272_fragments_inside_governance_are_spliced) {
  const Session session = update_with({{Require{2, {{Placeholder("board"), {}}}}, {}}});
  const auto board = [](const Placeholder&) {
    return yaml::parse_document("b", "[" + alice().hash + ", " + bob().hash + ", CREATOR]");
  };
  EXPECT_FALSE(decide(session, Operation::update, tls(alice()), board).granted)
      << "alice is listed twice";
  EXPECT_FALSE(decide(session, Operation::update, tls(alice())).granted);
}

TEST(AccessPolicy, SL274_locking_oneself_out_is_allowed) {
  no_warning(policy("update: NONE"));
}

TEST(AccessPolicy, SL275_old_rule_of_version_0_2) {
  warns("name: a\nversion: 0.2\naccess_policy: {read: [CREATOR], update: [" + key_hash + "]}\n",
        "should also be in 'read'");
  no_warning(policy("read: [CREATOR], update: [" + key_hash + "]"));
  const auto all_read = [](const std::string& access) {
    EXPECT_THAT(judged("name: a\nversion: 0.2\naccess_policy: {" + access + "}\n").warnings,
                testing::AllOf(testing::Contains(HasSubstr("0.2")),
                               testing::Each(Not(HasSubstr("should also be in")))))
        << access;
  };
  all_read("read: [" + key_hash + ", CREATOR], update: [" + key_hash + "]");
  all_read("read: ANY, update: [" + key_hash + "]");
  all_read("read: [CREATOR], update: NONE");
}

TEST(AccessPolicy, SL277_the_refusal_names_the_operation_and_never_the_policy) {
  const auto decision = decide(update_with({hash_entry(bob())}), Operation::update, {});
  EXPECT_EQ(decision.refusal, "no permission to update session 'a/b'");
  EXPECT_THAT(decision.reasons, ElementsAre("update[0]: key hash " + bob().hash +
                                            ": the caller presented no TLS client certificate"));
  EXPECT_EQ(decision.needed, "a TLS client certificate with key hash " + bob().hash);
  EXPECT_TRUE(Caller{}.anonymous());
  EXPECT_EQ(decide(update_with({entry(Keyword::none)}), Operation::update, {}).needed, "");
}

TEST(AccessPolicy, explanations_of_governance_say_what_is_missing) {
  const Session session = update_with({{Require{2, {signer(ed25519()), signer(p384())}}, {}}});
  const auto decision = decide(session, Operation::update, signed_by({ed25519()}));
  EXPECT_EQ(decision.needed, "1 more of (a signature by the signer with key hash " +
                                 crypto::key_hash(p384().public_key()) + ")");
  EXPECT_THAT(decision.reasons.back(),
              HasSubstr("require-at-least-2: 1 of 2 needed members agree"));
}

TEST(AccessPolicy, SL278_read_ANY_needs_no_certificate) {
  AccessPolicy access;
  access.read = {entry(Keyword::any)};
  EXPECT_TRUE(granted(session_with(access), Operation::read, {}));
}

TEST(Creator, SL284_CREATOR_in_a_fragment_is_that_of_the_importing_session) {
  const Session session = update_with({{Placeholder("x"), {}}});
  const auto value = [](const Placeholder&) { return yaml::parse_document("x", "[CREATOR]"); };
  EXPECT_TRUE(decide(session, Operation::update, tls(alice()), value).granted);
}

}  // namespace
}  // namespace sconectl::session::test
