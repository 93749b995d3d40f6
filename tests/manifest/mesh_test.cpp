#include "sconectl/manifest/mesh.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manifest/reading.hpp"

namespace sconectl::manifest {
namespace {

TEST(MeshManifest, smallest_one) {
  const Reading reading = read(mesh_head);
  EXPECT_EQ(reading.errors, "");
  EXPECT_EQ(reading.warnings, "");
  EXPECT_EQ(reading.mesh().policy.name_space.text, "ns");
  EXPECT_EQ(reading.mesh().services.at(0).name->text, "web");
  EXPECT_EQ(reading.mesh().cas.at(0).mode, UploadMode::upload);
  EXPECT_EQ(reading.mesh().cas.at(0).mode_at.source, nullptr);
}

TEST(MeshManifest, attestation_can_be_demanded_in_policy) {
  const auto with = [](const std::string& line) {
    std::string text = mesh_head;
    text.insert(text.find("services:"), "  " + line + "\n");
    return read(text);
  };
  const Reading yes = with("require_attestation: true");
  EXPECT_EQ(yes.errors + yes.warnings, "");
  ASSERT_TRUE(yes.mesh().policy.requires_attestation);
  EXPECT_EQ(yes.mesh().policy.requires_attestation->text(), "m:8:24");
  EXPECT_TRUE(with("require-attestation: true").mesh().policy.requires_attestation);
  EXPECT_FALSE(with("require_attestation: false").mesh().policy.requires_attestation);
  EXPECT_EQ(with("require_attestation:").errors,
            "m:8:23: error: 'policy.require_attestation' has no value: write 'true' or 'false'\n");
  EXPECT_EQ(
      with("requires_attestation: true").errors,
      "m:8:3: error: unknown key 'policy.requires_attestation' in mesh manifest; did you mean "
      "'require_attestation'?\n");
}

TEST(MeshManifest, RA045_an_encryption_key_has_64_hex_digits) {
  const auto with = [](const std::string& key) {
    std::string text = mesh_head;
    text.insert(text.find("policy:"), "  cas_encryption_key: " + key + "\n");
    return read(text);
  };
  EXPECT_EQ(with(std::string(64, 'a')).errors, "");
  EXPECT_EQ(with("").errors, "");
  for (const auto& key : {std::string(63, 'a'), std::string(64, 'g'), std::string("abc")})
    EXPECT_THAT(with(key).errors,
                testing::AllOf(testing::HasSubstr(":23: error: 'cas[0].cas_encryption_key' is not"),
                               testing::HasSubstr("64 hex digits")))
        << key;
}

TEST(MeshManifest, env_nested_flat_null_and_mixed) {
  const Reading nested = read(mesh_head +
                              "env:\n- service: global\n  env:\n  - {name: A, value: 443}\n"
                              "- service: web\n  env: [{name: B, value: true}]\n");
  EXPECT_EQ(nested.errors, "");
  ASSERT_EQ(nested.mesh().env.size(), 2U);
  EXPECT_EQ(nested.mesh().env[0].variables.at(0).value, "443");
  EXPECT_EQ(nested.mesh().env[1].service.text, "web");

  const Reading flat = read(mesh_head + "env:\n- key: A\n  value: x\n- name: B\n  value: y\n");
  EXPECT_EQ(flat.errors, "");
  ASSERT_EQ(flat.mesh().env.size(), 1U);
  EXPECT_EQ(flat.mesh().env[0].service.text, "global");
  EXPECT_EQ(flat.mesh().env[0].variables.at(1).name, "B");

  EXPECT_EQ(read(mesh_head + "env:\n").errors, "");

  const Reading mixed = read(mesh_head +
                             "env:\n- {name: A, value: 1}\n- service: helm\n  env:\n"
                             "  - {name: A, value: 2}\n- {name: A, value: 3}\n");
  EXPECT_EQ(mixed.errors, "");
  ASSERT_EQ(mixed.mesh().env.size(), 3U);
  EXPECT_EQ(mixed.mesh().env[2].variables.at(0).value, "3");
}

TEST(MeshManifest, env_for_a_service_that_does_not_exist) {
  const Reading reading = read(mesh_head + "env:\n- service: wbe\n  env: []\n");
  EXPECT_EQ(reading.errors,
            "m:12:12: error: there is no service 'wbe': variables can be set for 'global', 'helm' "
            "and the names in 'services'; did you mean 'web'?\n");
}

TEST(MeshManifest, SL298_an_unknown_word_in_tolerate_is_an_error) {
  std::string text = mesh_head;
  text.insert(text.find("services:"), "  tolerate: 'outdated-tcb, outdated-tbc'\n");
  EXPECT_EQ(read(text).errors,
            "m:8:13: error: 'policy.tolerate': 'outdated-tbc' is nothing that can be tolerated; "
            "did you mean 'outdated-tcb'?\n");
}

TEST(MeshManifest, tolerate_as_string_and_as_list) {
  const auto tolerated = [](const std::string& value) {
    std::string text = mesh_head;
    text.insert(text.find("services:"), "  tolerate: " + value + "\n");
    const Reading reading = read(text);
    EXPECT_EQ(reading.errors, "");
    std::string words;
    for (const auto word : reading.mesh().policy.tolerate)
      words += std::string(text::word(word)) + ";";
    return words;
  };
  EXPECT_EQ(tolerated("\"outdated-tcb, hyperthreading,debug-mode\""),
            "outdated-tcb;hyperthreading;debug-mode;");
  EXPECT_EQ(tolerated("outdated-tcb,, aepic-leak ,"), "outdated-tcb;aepic-leak;");
  EXPECT_EQ(tolerated("[debug-mode, 'aepic-leak, outdated-tcb']"),
            "debug-mode;aepic-leak;outdated-tcb;");
  EXPECT_EQ(tolerated("~"), "");
}

TEST(MeshManifest, roles_by_name_then_alias) {
  const Reading reading = read(
      "apiVersion: scone/5.8.0\nkind: mesh\ncas:\n- name: cas\n  alias: [image, security]\n"
      "  cas_url: a\n- name: security\n  cas_url: b\npolicy: {namespace: n}\n"
      "services: [{name: s, image: i}]\n");
  EXPECT_EQ(reading.errors, "");
  EXPECT_EQ(reading.mesh().role("image")->cas_url.text, "a");
  EXPECT_EQ(reading.mesh().role("security")->cas_url.text, "b");
  EXPECT_EQ(reading.mesh().role("access"), nullptr);
}

TEST(MeshManifest, upload_modes_and_their_typos) {
  const auto with_mode = [](const std::string& mode) {
    std::string text = mesh_head;
    text.insert(text.find("policy:"), "  mode: " + mode + "\n");
    return read(text);
  };
  EXPECT_EQ(with_mode("EncryptedManifest").mesh().cas.at(0).mode, UploadMode::encrypted_manifest);
  EXPECT_EQ(with_mode("SignOnline").mesh().cas.at(0).mode, UploadMode::sign_online);
  EXPECT_NE(with_mode("EncryptedManifst").errors.find("did you mean 'EncryptedManifest'?"),
            std::string::npos);
}

TEST(MeshManifest, helm_values_are_kept_as_they_are) {
  const Reading reading = read(mesh_head +
                               "helm: [a.b=true]\nhelm_extra_values:\n  web:\n    port: 0x10\n"
                               "    any: {thing: [1, two]}\n");
  EXPECT_EQ(reading.errors, "");
  EXPECT_EQ(reading.mesh().helm.at(0).text, "a.b=true");
  EXPECT_EQ(reading.mesh().helm_extra_values->find("web")->find("port")->text(), "0x10");
  EXPECT_NE(read(mesh_head + "helm_extra_values: text\n").errors, "");
}

TEST(MeshManifest, every_mistake_of_a_bad_mesh) {
  const Reading reading = read(
      "apiVersion: scone/5.7\nkind: mesh\ncas: []\npolicy: {}\nservices:\n- {name: a, image: x}\n"
      "- {name: a, image: '-v'}\n- {name: b}\nrepo: {push: maybe}\n");
  for (const char* expected :
       {"m:1:13: error: 'apiVersion' must be 'scone/5.8' or higher, this is 'scone/5.7'",
        "m:3:6: error: 'cas' must name at least one CAS", "'policy.namespace' is missing",
        "m:7:10: error: service 'a' is defined twice, first on line 6",
        "m:7:20: error: 'services[1].image' is not an image reference",
        "'services[2].image' is missing", "'repo.destination' is missing",
        "'repo.push' must be 'true' or 'false'"})
    EXPECT_NE(reading.errors.find(expected), std::string::npos) << expected << "\n"
                                                                << reading.errors;
}

}  // namespace
}  // namespace sconectl::manifest
