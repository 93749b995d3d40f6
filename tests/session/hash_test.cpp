#include "sconectl/session/hash.hpp"

#include "keys.hpp"
#include "sconectl/session/write.hpp"
#include "session/json_canonical.hpp"
#include "support.hpp"
#include "support/matchers.hpp"

namespace sconectl::session::test {
namespace {

const std::string rich =
    "version: 0.3.12\nname: ns/app\npredecessor: " + hash64 + "\nsalt: " + tag32 +
    "\nservices:\n- name: web\n  image_name: img\n  command: [run, '@@1', $$SCONE::pw$$]\n  pwd: "
    "/home\n"
    "  environment: {A: '1', B: 'x: y', \"\\\\@\\\\@HOME\": ''}\n  fspf_path: /f\n  fspf_key: " +
    mrenclave + "\n  fspf_tag: " + tag32 + "\n  attestation:\n  - mrenclave: [" + mrenclave +
    "]\n    signer: {mrsigner: " + mrenclave +
    ", isvprodid: 1, isvsvn_min: 2}\n  - $$SCONE::more$$\n  platforms: ['INTEL_QE_ID:" + tag32 +
    "']\n  one_time_password_shared_secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\nsecrets:\n"
    "- {name: pw, kind: ascii, size: 10, export: [{session: ../b}, {namespace: ..}]}\n"
    "- {name: bin, kind: binary, value: 00ff}\n- {name: k, kind: private-key, migrate: true, "
    "key_type: P-384}\n"
    "- {name: ca, kind: x509-ca, private_key: k, export_public: true, valid_for: 1 year}\n"
    "- {name: crt, kind: x509, private_key: k, issuer: ca, common_name: cn, endpoint: server, san: "
    "['dns:a']}\n"
    "- {name: pub, kind: public-key, private_key: k}\n- {name: pgp, kind: pgp-key}\n"
    "- {name: j, kind: jwt, signer: k, alg: ES384, validity: {for: 1h}, payload: {sub: '5'}}\n"
    "- {name: more, kind: config-fragment, value: {mrenclave: [" +
    mrenclave +
    "]}}\n"
    "- {name: conf, kind: config-fragment, value: {a: [1, 1.50, true, ~, no, \"1\", !t x], b: "
    "''}}\n"
    "- {name: imp, kind: ascii, import: {session: other, secret: s, session_hash: " +
    hash64 + ", cas_url: 'cas:1', cas_key: " + key_hash +
    "}}\n"
    "- {name: tok, kind: aad-token, tenant_id: a, client_id: b, application_secret: c}\n"
    "- {name: akv, import_akv: {vault: v, secret_name: n, token: $$SCONE::tok$$}}\n"
    "secret_config: {store_in: !akv {token: $$SCONE::tok$$, vault: 'https://v'}}\n"
    "volumes:\n- {name: v1, files: authenticated-only, export: [{to: {session: ./x}, volume_alias: "
    "al}, {session: ./y}]}\n"
    "- {name: v2, import: {session: ../z, volume: q}}\n"
    "images:\n- name: img\n  volumes: [{name: v1, path: /v, update_policy: ephemeral}]\n"
    "  injection_files: [/tpl, {path: /f, content: \"a\\nb\\n\", permission: 0o640}]\n  "
    "provide_secrets: [pw]\n"
    "access_policy:\n  read: [CREATOR, " +
    key_hash + "]\n  update:\n  - signer: " + signer_short +
    "\n  - require-at-least-2: [CREATOR, {require-all: [{signer: " + signer_short +
    "}]}]\n  create_sessions: NONE\n"
    "  list_sessions: ANY\n"
    "security:\n  attestation: {mode: hardware, tolerate: [debug-mode, $$SCONE::t$$], "
    "ignore_advisories: '*', must_be_sgx_local: false}\n"
    "  singleton_enclaves: true\n  service_access_token: tok\n";
const std::string rich_session = [] {
  std::string text = rich;
  const std::string last = "secret_config:";
  return text.insert(text.find(last), "- {name: t, kind: ascii, value: outdated-tcb}\n");
}();

TEST(Hash, SL334_is_64_lower_case_digits) {
  EXPECT_TRUE(
      ::testing::Matches(::testing::MatchesRegex("[0-9a-f]{64}"))(hash(read(rich_session))));
}

TEST(Hash, SL335_canonical_form_of_the_smallest_session) {
  EXPECT_EQ(
      canonical_json(read("name: a\nversion: \"0.3\"\n")),
      R"({"access_policy":{"read":["CREATOR"],"update":["CREATOR"]},"name":"a","version":"0.3"})");
}

TEST(Hash, SL335_SL336_known_hash_never_changes) {
  // SHA-256 of "open-cas/session/v1\n" and the text of the test before, by another tool.
  EXPECT_EQ(hash(read("name: a\nversion: \"0.3\"\n")),
            "613cb827ea33b00f024e9f2f6563ca4275d2885ea25ffd135d39ca182eeb8e86");
}

TEST(Hash, SL335_lists_of_one_and_defaults_have_one_form) {
  const auto same = [](const std::string& a, const std::string& b) {
    EXPECT_EQ(hash(read(a)), hash(read(b))) << a;
  };
  same(secret("kind: ascii, export: {session: b}"), secret("kind: ascii, export: [{session: b}]"));
  same(secret("kind: ascii, export: '/session=b'"), secret("kind: ascii, export: [{session: b}]"));
  same(with("access_policy: {read: CREATOR}\n"), with(""));
  same(with("predecessor: ~\n"), with(""));
  same(service("pwd: /"), service(""));
  same(secret("kind: binary, value: FF"), secret("kind: binary, value: ff"));
}

TEST(Hash, SL335_certificates_count_by_their_bytes) {
  std::string other = alice().certificate;
  EXPECT_EQ(hash(read(with("creator: " + block(other, 2)))),
            hash(read(with("creator: " + block(other + "\n", 2)))));
}

TEST(Hash, style_does_not_change_it) {
  const std::string expected = hash(read(rich_session));
  std::string crlf;
  for (const char c : rich_session) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(hash(read(crlf)), expected);
  std::string commented;
  for (const char c : rich_session)
    commented += c == '\n' ? std::string(" # note\n") : std::string(1, c);
  EXPECT_EQ(hash(read(commented)), expected);
  EXPECT_EQ(hash(read("---\n" + rich_session)), expected);
  EXPECT_EQ(hash(read(text(read(rich_session)))), expected);
  EXPECT_EQ(hash(read("version: '0.3'\nname: \"a\"\n")), hash(read("{name: a, version: 0.3}")));
}

TEST(Hash, every_change_of_meaning_changes_it) {
  const std::string expected = hash(read(rich_session));
  const std::vector<std::pair<std::string, std::string>> changes{
      {"ns/app", "ns/apq"},
      {"0.3.12", "0.3"},
      {"pwd: /home", "pwd: /hom"},
      {"A: '1'", "A: '2'"},
      {"[run,", "[rum,"},
      {"size: 10", "size: 11"},
      {"session: ../b", "session: ../c"},
      {"namespace: ..", "session: .."},
      {"value: 00ff", "value: 00fe"},
      {"migrate: true", "migrate: false"},
      {"1 year", "2 year"},
      {"export_public: true", "export_public: false"},
      {"common_name: cn", "common_name: cm"},
      {"endpoint: server", "endpoint: client"},
      {"dns:a", "dns:b"},
      {"for: 1h", "for: 2h"},
      {"sub: '5'", "sub: '6'"},
      {"1.50", "1.51"},
      {"true, ~", "false, ~"},
      {"~, no", "'~', no"},
      {"\"1\"", "1"},
      {"!t x", "x"},
      {"!t x", "!u x"},
      {"secret: s", "secret: t"},
      {"cas:1", "cas:2"},
      {"secret_name: n", "secret_name: m"},
      {"https://v", "https://w"},
      {"authenticated-only", "encrypted"},
      {"volume_alias: al", "volume_alias: am"},
      {"volume: q", "volume: r"},
      {"ephemeral", "rollback_protected"},
      {"0o640", "0o600"},
      {"a\\nb\\n", "a\\nb"},
      {"provide_secrets: [pw]", "provide_secrets: []"},
      {"create_sessions: NONE", "create_sessions: ANY"},
      {"list_sessions: ANY", "list_sessions: NONE"},
      {"require-at-least-2", "require-at-least-1"},
      {"debug-mode", "aepic-leak"},
      {"ignore_advisories: '*'", "ignore_advisories: []"},
      {"singleton_enclaves: true", "singleton_enclaves: false"},
      {"service_access_token: tok", "service_access_token: tik"},
      {"isvsvn_min: 2", "isvsvn_min: 1"},
      {"isvsvn_min: 2", "isvsvn: 2"},
      {"predecessor: e3", "predecessor: e4"},
      {"salt: 01", "salt: 02"},
      {"fspf_path: /f", "fspf_path: /g"}};
  for (const auto& [from, to] : changes) {
    std::string changed = rich_session;
    const std::size_t at = changed.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    const auto outcome = judged(changed);
    EXPECT_THAT(outcome.errors, IsEmpty()) << from << " -> " << to;
    EXPECT_NE(hash(outcome.session), expected) << from << " -> " << to;
  }
}

TEST(Canonical, RFC8785_numbers) {
  const std::vector<std::pair<double, std::string>> numbers{
      {0.0, "0"},
      {-0.0, "0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {1e21, "1e+21"},
      {1e20, "100000000000000000000"},
      {1e-6, "0.000001"},
      {1e-7, "1e-7"},
      {333333333.33333329, "333333333.3333333"},
      {4.50, "4.5"},
      {2e-3, "0.002"},
      {1e-27, "1e-27"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {9007199254740993.0, "9007199254740992"}};
  for (const auto& [value, expected] : numbers) EXPECT_EQ(canonical_number(value), expected);
}

TEST(Canonical, fragments_are_typed_by_the_core_schema) {
  const auto json = [](const std::string& value) {
    const std::string all = canonical_json(read(secret("kind: config-fragment, value: " + value)));
    const std::size_t at = all.find("\"value\":") + 8;
    return all.substr(at, all.find("}]", at) - at);
  };
  EXPECT_EQ(json("[1, 1.0, 0x10, 0o17, true, ~, no, yes, '1', 1_000]"),
            R"([1,1,16,15,true,null,"no","yes","1","1_000"])");
  EXPECT_EQ(json("[9007199254740993, 123456789012345678901234567890]"),
            "[9007199254740993,123456789012345678901234567890]");
  EXPECT_EQ(json("[.inf, -.inf, .nan]"), R"(["\u0000.inf","\u0000-.inf","\u0000.nan"])");
  EXPECT_EQ(json("[1e400]"), R"(["\u00001e400"])");
  EXPECT_EQ(json("[-0, +5, 007]"), "[0,5,7]");
}

TEST(Canonical, RFC8785_keys_are_sorted_by_utf16) {
  const std::string all =
      canonical_json(read(secret("kind: config-fragment, value: {\"\\U0001F600\": 1, \"\\uFB33\": "
                                 "2, \"1\": 3, \"\\u20ac\": 4, \"\\r\": 5}")));
  EXPECT_THAT(all, HasSubstr("{\"\\r\":5,\"1\":3,\"\u20ac\":4,\"\U0001F600\":1,\"\uFB33\":2}"));
}

TEST(Write, SL337_SL338_order_and_predecessor_line) {
  const std::string written = text(read(rich_session));
  std::size_t last = 0;
  for (const char* key : {"version:", "name:", "predecessor:", "salt:", "services:", "secrets:",
                          "secret_config:", "volumes:", "images:", "access_policy:", "security:"}) {
    const std::size_t at = written.find("\n" + std::string(key), last == 0 ? 0 : last - 1);
    EXPECT_TRUE(at != std::string::npos || written.starts_with(key)) << key << "\n" << written;
    if (at != std::string::npos) last = at;
  }
  EXPECT_EQ(text(read("name: a\nversion: '0.3'\n")),
            "version: \"0.3\"\nname: a\npredecessor: null\naccess_policy:\n  read:\n  - "
            "CREATOR\n  update:\n  - CREATOR\n");
}

TEST(Write, SL339_reads_back_as_the_same_session) {
  const Session session = read(rich_session);
  EXPECT_EQ(read(text(session)), session);
  EXPECT_EQ(text(read(text(session))), text(session));
}

TEST(Write, SL111_SL340_explicit_values_are_written_and_generated_ones_do_not_exist) {
  const std::string written = text(read(rich_session));
  EXPECT_THAT(written, HasSubstr("00ff"));
  EXPECT_THAT(text(read(secret("kind: ascii"))), sconectl::test::HasButNot("kind: ascii", "value"));
}

TEST(Write, a_session_built_in_code_reads_back) {
  Session session;
  session.version = "0.3.10";
  session.name = "ns/web";
  session.secrets.push_back({"pw", Ascii{.size = 10}, {{"../other"}}, false, {}});
  session.secrets.push_back({"imp", SecretImport{"../secrets", "x", {}, {}, {}}, {}, false, {}});
  Service service;
  service.name = "web";
  service.command = "python3 app.py --name 'a b'";
  service.environment = {{"EMPTY", ""},
                         {"NUMBER", "007"},
                         {"MULTI", "a\nb\n"},
                         {"KEY", "$$SCONE::pw$$"},
                         {"SPACE", " x "}};
  service.mrenclaves.emplace_back(mrenclave);
  session.services.push_back(service);
  session.creator = Creator{false, alice().certificate};
  diag::Diagnostics out;
  check(session, out);
  EXPECT_FALSE(out.has_errors());
  EXPECT_EQ(read(text(session)), session);
}

TEST(Write, check_finds_mistakes_of_sessions_built_in_code) {
  Session session;
  session.name = "bad name";
  session.secrets.push_back({"x", X509{.private_key = "nothing"}, {}, false, {}});
  AccessPolicy access;
  access.read = {};
  session.access_policy = access;
  diag::Diagnostics out;
  check(session, out);
  std::vector<std::string> lines;
  for (const auto& item : out.all()) lines.push_back(item.text);
  EXPECT_THAT(lines, ElementsAre(HasSubstr("the name of the session holds a space"),
                                 HasSubstr("named 'nothing'"),
                                 HasSubstr("access_policy.read is an empty list")));
}

}  // namespace
}  // namespace sconectl::session::test
