#include "sconectl/cas/seal.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "expect_error.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/yaml/parse.hpp"
#include "support/matchers.hpp"
#include "support/repository.hpp"

namespace sconectl::cas {
namespace {

using diag::ErrorKind;
using test::contains;
using test::error_of;

session::Session sealed_example() {
  return session::parse_text("test",
                             "name: myns/Api_v1.0\nversion: 0.3.10\naccess_policy:\n  read: ANY\n  "
                             "update: CREATOR\n");
}

TEST(Seal, CL081_plain_signed_and_encrypted_have_one_hash_for_one_content) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  const auto pair = crypto::generate_x25519();
  const Sealed open = plain(sealed_example());
  EXPECT_EQ(session::form_of(open.body), session::Form::yaml);
  EXPECT_EQ(open.hash, session::hash(sealed_example()));
  const Sealed one = signed_by(sealed_example(), key);
  EXPECT_EQ(session::form_of(one.body), session::Form::signed_session);
  EXPECT_NE(one.hash, open.hash);  // the signer is its creator
  const Sealed two = encrypted_for(sealed_example(), key, crypto::hex(pair.public_key));
  EXPECT_EQ(session::form_of(two.body), session::Form::encrypted_session);
  EXPECT_EQ(two.hash, one.hash);
  const auto inside = crypto::hpke_open(pair.private_key.view(), "open-cas encrypted session v1",
                                        "", session::parse_encrypted_session(two.body).sealed);
  EXPECT_EQ(session::form_of(inside.view()), session::Form::signed_session);
}

TEST(Seal, CL077_the_signature_verifies_and_a_changed_text_does_not) {
  for (const auto type : {crypto::KeyType::ed25519, crypto::KeyType::p384}) {
    const auto key = crypto::PrivateKey::generate(type);
    auto signed_session = session::parse_signed_session(signed_by(sealed_example(), key).body);
    const auto inside = session::parse_text("x", signed_session.session);
    const auto signers = session::verified_signers(signed_session, inside);
    ASSERT_EQ(signers.size(), 1U);
    EXPECT_TRUE(signers[0] == key.public_key());
    auto changed = inside;
    changed.name = "other";
    error_of(ErrorKind::invalid,
             [&] { return session::verified_signers(signed_session, changed); });
  }
}

TEST(Seal, CL081_without_the_key_of_the_cas_the_error_says_what_to_do) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  EXPECT_TRUE(contains(
      error_of(ErrorKind::unavailable, [&] { return encrypted_for(sealed_example(), key, ""); }),
      "attest the CAS again"));
}

TEST(Seal, names_of_session_files) {
  EXPECT_EQ(file_name("myns/pythonservice"), "myns-pythonservice");
  EXPECT_EQ(file_name("\"My_Ns/A.b:c~d\""), "my-ns-a-b-c~d");
  const FileNames names = file_names("ns/a");
  EXPECT_EQ(names.yaml, "ns-a.yaml");
  EXPECT_EQ(names.signed_json, "signed_ns-a.json");
  EXPECT_EQ(names.encrypted_json, "encrypted_ns-a.json");
  EXPECT_EQ(names.signed_manifest, "signed_manifest_ns-a.yaml");
  EXPECT_EQ(names.encrypted_manifest, "encrypted_manifest_ns-a.yaml");
  EXPECT_EQ(names.predecessor, "signed_ns-a.predecessor");
}

TEST(Manifest, RA082_published_layout_byte_for_byte) {
  const session::SignedSession policy{"---\nname: \"x\"\n",
                                      {{"-----BEGIN PUBLIC KEY-----\nQ\n", "\x01\xff"}}};
  EXPECT_EQ(signed_manifest("myns/Py_1", parse_address("cas.example"), -5, policy),
            "\n"
            "apiVersion: cas.scone.cloud/v1beta1\n"
            "kind: SignedPolicy\n"
            "metadata:\n"
            "    name: myns-py-1\n"
            "    annotations:\n"
            "      \"helm.sh/hook\": \"pre-install,pre-upgrade\"\n"
            "      \"helm.sh/hook-weight\": \"-5\"\n"
            "spec:\n"
            "  casAddress: https://cas.example:8081\n"
            "  policy: \"---\\nname: \\\"x\\\"\\n\"\n"
            "  signatures:\n"
            "    - signer: \"-----BEGIN PUBLIC KEY-----\\nQ\\n\"\n"
            "      signature: \"01ff\"\n");
  EXPECT_EQ(encrypted_manifest("a", parse_address("c"), 3, {"\x01\x02", "00ff"}),
            "\n"
            "apiVersion: cas.scone.cloud/v1beta1\n"
            "kind: EncryptedPolicy\n"
            "metadata:\n"
            "    name: a\n"
            "    annotations:\n"
            "      \"helm.sh/hook\": \"pre-install,pre-upgrade\"\n"
            "      \"helm.sh/hook-weight\": \"3\"\n"
            "spec:\n"
            "    casAddress: https://c:8081\n"
            "    policy: \"AQI=\"\n"
            "    encryptionKey: \"00ff\"\n");
}

TEST(Manifest, RA082_object_names_are_what_kubernetes_takes) {
  const auto name_of = [](const std::string& session) {
    const std::string text = encrypted_manifest(session, parse_address("c"), 0, {"x", "00"});
    const auto start = text.find("name: ") + 6;
    return text.substr(start, text.find('\n', start) - start);
  };
  EXPECT_EQ(name_of("~a~b~"), "a-b");
  EXPECT_EQ(name_of("/"), "session");
  EXPECT_EQ(name_of("123"), "\"123\"");
  EXPECT_EQ(name_of("True"), "\"true\"");
  EXPECT_EQ(name_of(std::string(300, 'a')).size(), 253U);
  EXPECT_NE(name_of(std::string(300, 'a')), name_of(std::string(301, 'a')));
}

TEST(Manifest, RA082_a_policy_with_braces_survives_helm_and_yaml) {
  const std::string policy = "a: {{ .Values.x }} {{{y}}} {z} {";
  const std::string text =
      signed_manifest("a", parse_address("c"), 0, session::SignedSession{policy, {}});
  EXPECT_THAT(text, test::HasButNot(".Values.x", "{{"));
  const auto start = text.find("policy: ") + 8;
  const auto line = text.substr(start, text.find('\n', start) - start);
  EXPECT_EQ(nlohmann::json::parse(line).get<std::string>(), policy);
}

// What the operator's schemas say, checked by hand: types, required members, no others.
void expect_matches(const yaml::Value& schema, const yaml::Value& value, const std::string& where) {
  const std::string type = schema.find("type")->text();
  if (type == "string") {
    EXPECT_TRUE(value.is_scalar()) << where;
  } else if (type == "array") {
    ASSERT_TRUE(value.is_sequence()) << where;
    for (const auto& item : value.items())
      expect_matches(*schema.find("items"), item, where + "[]");
  } else {
    ASSERT_TRUE(value.is_mapping()) << where;
    if (const auto* required = schema.find("required")) {
      for (const auto& key : required->items())
        EXPECT_NE(value.find(key.text()), nullptr) << where << "." << key.text();
    }
    const auto* properties = schema.find("properties");
    if (properties == nullptr) return;
    for (const auto& entry : value.entries()) {
      const auto* known = properties->find(entry.key);
      ASSERT_NE(known, nullptr) << where << "." << entry.key;
      expect_matches(*known, entry.value, where + "." + entry.key);
    }
  }
}

yaml::Value schema_of(const std::filesystem::path& crd) {
  std::ifstream in(crd);
  std::stringstream text;
  text << in.rdbuf();
  const auto document = yaml::parse_document(crd.string(), text.str());
  const auto& version = document.find("spec")->find("versions")->items().at(0);
  return *version.find("schema")->find("openAPIV3Schema");
}

void expect_manifests_match(const std::filesystem::path& signed_crd,
                            const std::filesystem::path& encrypted_crd) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  const auto pair = crypto::generate_x25519();
  const auto cas = parse_address("cas");
  const auto one = signed_manifest(
      "myns/a", cas, 0, session::parse_signed_session(signed_by(sealed_example(), key).body));
  expect_matches(schema_of(signed_crd), yaml::parse_document("signed", one), "signed");
  const auto two = encrypted_manifest(
      "myns/a", cas, 0,
      session::parse_encrypted_session(
          encrypted_for(sealed_example(), key, crypto::hex(pair.public_key)).body));
  expect_matches(schema_of(encrypted_crd), yaml::parse_document("encrypted", two), "encrypted");
}

TEST(Manifest, RA082_fits_what_an_operator_accepts) {
  const auto crds = test::source_directory() / "tests/samples/crds";
  expect_manifests_match(crds / "signedpolicies.yaml", crds / "encryptedpolicies.yaml");
}

TEST(Manifest, RA082_fits_the_schemas_of_the_operator) {
  const std::filesystem::path part = "other-kinds/scontain+operator/crds";
  NEEDS_CORPUS(part);
  const auto crds = test::corpus(part);
  expect_manifests_match(crds / "CustomResourceDefinition-signedpolicies.cas.scone.cloud.yaml",
                         crds / "CustomResourceDefinition-encryptedpolicies.cas.scone.cloud.yaml");
}

}  // namespace
}  // namespace sconectl::cas
