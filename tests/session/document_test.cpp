#include <algorithm>

#include "sconectl/session/hash.hpp"
#include "sconectl/session/write.hpp"
#include "support.hpp"

namespace sconectl::session::test {
namespace {

TEST(Document, SL001_style_has_no_meaning) {
  const std::string block_style =
      "---\n# a comment\nversion: \"0.3\"\nname: a\nsecrets:\n  - name: x\n    kind: ascii\n";
  const std::string flow_style = "{name: 'a', version: 0.3, secrets: [{kind: ascii, name: \"x\"}]}";
  EXPECT_EQ(read(block_style), read(flow_style));
  EXPECT_EQ(hash(read(block_style)), hash(read(flow_style)));
}

TEST(Document, SL002_duplicate_keys_merge_keys_and_second_documents_are_refused) {
  refuses("name: a\nversion: 0.3\nname: b\n", "duplicate");
  refuses("name: a\nversion: 0.3\n---\nname: b\n", "document");
  refuses("name: a\nversion: 0.3\nsecurity: &x {}\nsecrets:\n- <<: *x\n  name: y\n", "<<");
  accepts("name: &n a\nversion: 0.3\nsecrets:\n- {name: *n, kind: ascii}\n");
}

TEST(Document, SL003_only_the_tags_of_store_in) {
  accepts(with("secret_config:\n  store_in: !cas\n"));
  refuses(with("secret_config:\n  store_in: !gcp\n"), "!gcp");
  refuses("name: !x a\nversion: 0.3\n", "the tag '!x'");
  refuses(service("pwd: !cas /"), "the tag '!cas'");
  accepts(secret("kind: config-fragment, value: {a: !anything [b]}"));
}

TEST(Document, SL004_null_equals_absent) {
  accepts(
      "name: a\nversion: 0.3\npredecessor:\nsecurity: null\naccess_policy: ~\nservices:\n"
      "creator: null\nsecrets: ~\n");
  EXPECT_EQ(read(with("predecessor: ~\n")), read(with("")));
  accepts(with("security:\n  attestation: {mode: null, tolerate: null, url: null}\n"));
}

TEST(Document, SL005_unknown_key_names_its_path) {
  refuses(service("enviroment: {}"),
          "unknown key 'services[0].enviroment' in session; did you mean "
          "'environment'?");
  refuses(with("acess_policy: {}\n"), "'acess_policy'");
  refuses("name: a\nvarsion: 0.3\n", "did you mean 'version'?");
}

TEST(Document, SL006_strings_and_hex_take_the_source_text) {
  const std::string digits(64, '1');
  const std::string floating = "1234e56" + std::string(57, '0');
  const Session session = read("name: 12\nversion: 0.3\npredecessor: " + digits +
                               "\nservices:\n"
                               "- name: 007\n  command: run\n  mrenclaves: [" +
                               floating +
                               "]\n  environment: {A: 3, B: true, C: 1.50, D: no}\nsecrets:\n"
                               "- {name: x, kind: ascii, size: \"32\"}\n");
  EXPECT_EQ(session.predecessor, digits);
  EXPECT_EQ(session.services[0].name, "007");
  EXPECT_EQ(session.services[0].mrenclaves[0], Setting<std::string>(floating));
  EXPECT_EQ(session.services[0].environment[1].value, "true");
  EXPECT_EQ(session.services[0].environment[2].value, "1.50");
  EXPECT_EQ(session.services[0].environment[3].value, "no");
  EXPECT_EQ(std::get<Ascii>(session.secrets[0].body).size, 32U);
}

TEST(Document, SL007_hex_in_both_cases_without_0x_and_of_exact_length) {
  std::string upper = hash64;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(read(with("predecessor: " + upper + "\n")).predecessor, hash64);
  refuses(with("predecessor: 0x" + hash64 + "\n"), "without '0x'");
  refuses(with("predecessor: " + hash64.substr(1) + "\n"), "64 hex digits, this has 63");
  refuses(with("predecessor: " + hash64.substr(1) + "g\n"), "other characters");
}

TEST(Document, SL008_booleans_are_true_and_false_only) {
  EXPECT_TRUE(
      read(secret(
               "kind: x509, private_key: k, export_public: 'true'}\n- {name: k, kind: private-key"))
          .secrets[0]
          .export_public);
  for (const char* bad : {"yes", "no", "on", "off", "1"})
    refuses(secret(std::string("kind: ascii, export_public: ") + bad), "'true' or 'false'");
}

TEST(Document, SL009_no_text_holds_NUL) {
  refuses(service("environment: {A: \"x\\0y\"}"), "U+0000");
  refuses(service("environment: {\"A\\0\": y}"), "U+0000");
  refuses(service("pwd: \"/\\0\""), "U+0000");
  refuses(secret("kind: config-fragment, value: [\"a\\0\"]"), "U+0000");
}

TEST(Document, SL010_utf8_line_ends_and_size) {
  EXPECT_EQ(hash(read("name: a\r\nversion: \"0.3\"\r\n")),
            hash(read("name: a\nversion: \"0.3\"\n")));
  refuses("name: a\nversion: 0.3\n# \xff\n", "UTF-8");
  refuses(with("# " + std::string(4U << 20U, 'x') + "\n"), "more than the limit");
}

TEST(Document, SL025_a_namespace_session_has_name_and_version_only) {
  const Session session = read("name: 1\nversion: 0.3\n");
  EXPECT_EQ(session.name, "1");
  EXPECT_TRUE(session.services.empty());
}

TEST(Document, SL012_SL016_SL017_SL019_SL020_types_of_the_top_level) {
  refuses("name: [a]\nversion: 0.3\n", "'name' must be text");
  for (const char* key : {"services", "secrets", "volumes", "images"}) {
    refuses(with(std::string(key) + ": {}\n"), "must be a list");
    accepts(with(std::string(key) + ": []\n"));
  }
}

TEST(Document, SL026_empty_sections_equal_absent_ones) {
  EXPECT_EQ(read(with("security:\naccess_policy:\n")), read(with("")));
  EXPECT_EQ(read(service("environment:")), read(service("")));
}

TEST(Document, SL024_SL027_legacy_keys) {
  for (const char* key : {"digest: create\n", "board_members: []\n", "exports: []\n"}) {
    refuses(with(key), "belongs to the versions 0.1 and 0.2");
    warns("name: a\nversion: \"0.2\"\n" + std::string(key), "has no effect");
    warns("name: a\n" + std::string(key), "has no effect");
  }
  warns(service("persistency: None"), "no effect");
  refuses(service("tags: [a]"), "belongs to the versions");
}

TEST(Document, SL028_names_are_unique_in_their_list) {
  refuses(with("secrets:\n- {name: a, kind: ascii}\n- {name: a, kind: binary}\n"),
          "the secret 'a' is defined twice, first on line 4");
  refuses(with("volumes: [{name: v}, {name: v}]\n"), "the volume 'v'");
  refuses(with("images: [{name: v}, {name: v}]\n"), "the image 'v'");
  refuses(with("services:\n- {name: v, command: a, mrenclaves: [" + mrenclave +
               "]}\n- {name: v, command: a, mrenclaves: [" + mrenclave + "]}\n"),
          "the service 'v'");
  accepts(with("volumes: [{name: v}]\nimages: [{name: v}]\n"));
}

TEST(Version, SL011_SL029_accepted_versions) {
  for (const char* version : {"0.3", "\"0.3\"", "0.3.0", "'0.3.12'", "0.3.7"})
    accepts(std::string("name: a\nversion: ") + version + "\n");
}

TEST(Version, SL030_plain_0_3_has_all_features) {
  no_warning(with("salt: " + tag32 + "\n"));
}

TEST(Version, SL031_a_feature_newer_than_the_version_is_a_warning) {
  warns("name: a\nversion: 0.3.4\nsalt: " + tag32 + "\n",
        "'salt' needs version 0.3.12, this session says 0.3.4");
  no_warning("name: a\nversion: 0.3.12\nsalt: " + tag32 + "\n");
}

TEST(Version, SL032_unknown_versions_name_the_range) {
  for (const char* version : {"0.3.13", "0.4", "1", "0.3.", "0.3.01", "0.3.1.1", "3"})
    refuses(std::string("name: a\nversion: ") + version + "\n",
            "supported are 0.3, 0.3.0 to 0.3.12");
}

TEST(Version, SL033_missing_version_is_read_as_legacy_with_a_warning) {
  warns("name: a\n", "'version' is missing");
  EXPECT_TRUE(read("name: a\n").legacy());
  accepts(
      "name: a\naccess_policy: {read: ANY}\nsecrets: [{name: x, kind: ascii, export: {session: "
      "b}}]\n");
}

TEST(Version, SL034_SL035_old_versions_are_deprecated) {
  warns("name: a\nversion: '0.2'\n", "deprecated");
  warns("name: a\nversion: 0.1\n", "deprecated");
}

TEST(History, SL013_SL053_namespace_hash_excludes_predecessor) {
  accepts(with("namespace_hash: " + hash64 + "\n"));
  refuses(with("namespace_hash: " + hash64 + "\npredecessor: " + hash64 + "\n"), "excludes");
  accepts(with("namespace_hash: " + hash64 + "\npredecessor: ~\n"));
}

TEST(History, SL014_SL048_predecessor_is_32_bytes) {
  EXPECT_EQ(read(with("predecessor: " + hash64 + "\n")).predecessor, hash64);
  refuses(with("predecessor: create\n"), "64 hex digits");
}

TEST(History, SL015_SL055_salt_is_16_bytes) {
  EXPECT_EQ(read(with("salt: " + tag32 + "\n")).salt, tag32);
  refuses(with("salt: abcd\n"), "32 hex digits");
}

TEST(Document, SL018_SL193_default_store) {
  EXPECT_FALSE(read(with("secret_config: {store_in: !cas }\n")).secret_store);
  refuses(with("secret_config: {store_in: cas}\n"), "!cas");
}

TEST(Document, golden_errors_of_a_file_come_all_at_once) {
  const auto outcome = judged(
      "name: my session\nversion: 0.3\nservices:\n- name: web\n  comand: /bin/web\n"
      "secrets:\n- name: pw\n  kind: asci\n  size: 0\naccess_policy:\n  read: creator\n");
  EXPECT_THAT(
      outcome.errors,
      ElementsAre(
          "s.yml:1:7: error: 'name' of the session holds a space; only letters, digits and '_', "
          "'-', "
          "'.', '~' are allowed",
          "s.yml:5:3: error: unknown key 'services[0].comand' in session; did you mean 'command'?",
          "s.yml:8:9: error: 'secrets[0].kind' can not be 'asci', only 'ascii', 'binary', "
          "'private-key', 'public-key', 'x509', 'x509-ca', 'aad-token', 'config-fragment', "
          "'pgp-key', "
          "'jwt', 'session-ca'; did you mean 'ascii'?",
          "s.yml:11:9: error: 'access_policy.read': 'creator' is neither CREATOR, ANY, NONE, a key "
          "hash (50 characters with a checksum), a certificate nor a placeholder"));
}

std::string with_nested_rules(int levels) {
  std::string rules;
  for (int i = 0; i < levels; ++i) rules += "{require-all: [";
  rules += "CREATOR";
  for (int i = 0; i < levels; ++i) rules += "]}";
  return with("access_policy: {update: " + rules + "}\n");
}

TEST(Document, hostile_sessions_are_refused_quickly) {
  refuses("", "empty");
  refuses("- a\n", "mapping");
  refuses("just text\n", "mapping");
  refuses(with_nested_rules(100), "nested more than 16 levels deep");
}

TEST(Document, SL268_rules_may_be_nested_in_16_levels) {
  accepts(with_nested_rules(16));
  refuses(with_nested_rules(17), "nested more than 16 levels deep");
}

/// Mistakes of form and of reference come together, and nothing is said about what was not read.
TEST(Document, all_mistakes_are_told_in_one_run) {
  const auto outcome =
      judged(with("servces: []\n"
                  "services:\n"
                  "  - {name: web, comand: x, command: 'run $$SCONE::pasword$$ "
                  "$$SCONE::odd$$', mrenclaves: [xyz]}\n"
                  "secrets:\n"
                  "  - {name: password, kind: asci}\n"
                  "  - {name: odd, kind: nokind}\n"
                  "  - {name: c, kind: x509, private_key: odd, issuer: nobody}\n"
                  "  - {kind: ascii}\n"));
  const auto about = [&](const char* text) {
    return std::count_if(outcome.errors.begin(), outcome.errors.end(),
                         [&](const auto& error) { return error.find(text) != std::string::npos; });
  };
  for (const char* mistake : {"'servces'", "'services[0].comand'", "'pasword'", "mrenclaves[0]",
                              "'asci'", "'nokind'", "'nobody'", "'secrets[3].name' is missing"})
    EXPECT_EQ(about(mistake), 1) << mistake;
  EXPECT_EQ(outcome.errors.size(), 8U) << testing::PrintToString(outcome.errors);
}

}  // namespace
}  // namespace sconectl::session::test
