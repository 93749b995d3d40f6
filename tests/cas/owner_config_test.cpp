#include "sconectl/cas/owner_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/cas/identity.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cas {
namespace {

OwnerConfig owners(const std::string& text, const std::string& name = "owner.toml") {
  diag::Diagnostics warnings;
  return parse_owner_config(name, text, warnings);
}

std::string owners_mistakes(const std::string& text, const std::string& name = "owner.toml") {
  try {
    (void)owners(text, name);
    return "";
  } catch (const diag::Error& error) {
    std::string lines;
    for (const auto& diagnostic : error.diagnostics()) {
      lines += with_excerpt(diagnostic);
      if (!lines.ends_with('\n')) lines += "\n";
    }
    return lines.empty() ? error.text() : lines;
  }
}

constexpr const char* full = R"(
enclave_reconnect_timeout = "24h"
[api_identity]
common_name = "cas.example"
alt_names = ["cas", "localhost", "cas.example", "192.0.2.7", "2001:db8::1"]
country_name = "DE"
org_name = "Example"
[audit_log]
mode = "signed"
sink = "network"
url = "https://log.example/entries"
[dcap]
subscription_key = "00000000000000000000000000000000"
)";

TEST(OwnerConfig, CC031_CC032_CC033_CC040_CC041_CC042_CC045_reads_every_section) {
  const auto config = owners(full);
  EXPECT_EQ(config.api_identity.common_name, "cas.example");
  EXPECT_EQ(config.api_identity.alt_names.size(), 5U);
  EXPECT_EQ(config.api_identity.country_name, "DE");
  EXPECT_EQ(config.audit_log.mode, AuditMode::signed_entries);
  EXPECT_EQ(config.audit_log.sink, AuditSink::network);
  EXPECT_EQ(config.audit_log.url, "https://log.example/entries");
  EXPECT_EQ(config.enclave_reconnect_timeout, std::chrono::hours(24));
  EXPECT_FALSE(config.dcap_subscription_key.has_value());  // CC-040: zeros are none
}

TEST(OwnerConfig, CC034_CC035_CC047_without_sections_all_is_default_and_ours_is_empty) {
  const auto config = owners("");
  EXPECT_EQ(config.api_identity, ApiIdentity{});
  EXPECT_EQ(config.api_identity.alt_names, (std::vector<std::string>{"cas", "localhost"}));
  EXPECT_EQ(config.api_identity.org_name, "");
  EXPECT_EQ(config.audit_log, AuditLogConfig{});
}

TEST(OwnerConfig, CC046_both_spellings_of_the_section_mean_the_same) {
  const auto older = owners("[api.identity]\ncommon_name = 'x'\n");
  EXPECT_EQ(older.api_identity.common_name, "x");
  EXPECT_EQ(
      owners_mistakes("[api.identity]\ncommon_name = 'x'\n[api_identity]\ncommon_name = 'y'\n"),
      "owner.toml:1:1: error: 'api.identity' and 'api_identity' are the same section: write "
      "one of them\n");
}

TEST(OwnerConfig, CC031_a_section_without_the_name_is_a_mistake) {
  EXPECT_EQ(owners_mistakes("[api_identity]\norg_name = 'x'\n"),
            "owner.toml:1:1: error: 'api_identity.common_name' is missing\n");
}

TEST(OwnerConfig, CC039_one_of_two_names_for_the_url) {
  const std::string key = "[ias]\nsp_key = '00112233445566778899aabbccddeeff'\n";
  EXPECT_EQ(owners(key + "base_uri = 'https://a'\n").ias->base_url, "https://a");
  EXPECT_EQ(owners(key + "base_uri = 'https://a'\nbase_url = 'https://a'\n").ias->base_url,
            "https://a");
  EXPECT_NE(owners_mistakes(key + "base_uri = 'https://a'\nbase_url = 'https://b'\n"), "");
}

TEST(OwnerConfig, CC036_CC037_CC038_EPID_is_checked_and_a_warning) {
  const auto wrong =
      owners_mistakes("[ias]\nspid = 'hunter2'\nsp_key = 'hunter2'\nidentity = 'hunter2'\n");
  EXPECT_EQ(wrong,
            "owner.toml:1:1: error: 'ias' needs either 'sp_key' or 'identity', and not both\n"
            "owner.toml:2:8: error: 'ias.spid' must be 32 hex digits\n"
            "owner.toml:3:10: error: 'ias.sp_key' must be 32 hex digits\n"
            "owner.toml:4:12: error: 'ias.identity' needs a private key as PKCS#8 ('-----BEGIN "
            "PRIVATE KEY-----'); convert it with 'openssl pkcs8 -topk8 -nocrypt'\n");
  diag::Diagnostics warnings;
  (void)parse_owner_config("o", "[ias]\nsp_key = '00112233445566778899aabbccddeeff'\n", warnings);
  ASSERT_EQ(warnings.warnings().size(), 1U);
  EXPECT_NE(warnings.warnings()[0].text.find("'ias' has no effect"), std::string::npos);
}

TEST(OwnerConfig, CC050_keys_are_PKCS8_only) {
  const auto pem = std::string(make_identity().pem().view());
  EXPECT_EQ(owners_mistakes("[ias]\nidentity = '''" + pem + "'''\n"), "");
  EXPECT_NE(
      owners_mistakes("[ias]\nidentity = '''-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC "
                      "PRIVATE KEY-----'''\n")
          .find("PKCS#8"),
      std::string::npos);
}

TEST(OwnerConfig, CC043_CC044_the_network_needs_a_url_and_the_file_none) {
  EXPECT_EQ(owners_mistakes("[audit_log]\nmode = 'signed'\nsink = 'network'\n"),
            "owner.toml:1:1: error: 'audit_log.url' is missing: the sink 'network' needs it\n");
  EXPECT_EQ(owners_mistakes("[audit_log]\nurl = 'https://x'\n"),
            "owner.toml:2:7: error: 'audit_log.url' belongs to the sink 'network', and the sink is "
            "'file'\n");
  EXPECT_EQ(owners_mistakes("[audit_log]\nsink = 'network'\nurl = 'http://x'\n"),
            "owner.toml:3:7: error: 'audit_log.url' must be a URL that begins with https://\n");
}

TEST(OwnerConfig, no_message_shows_a_secret_in_any_notation) {
  for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
           {"o.toml", "[ias]\nsp_key = 'hunter2'\nidentity = 'hunter2'\nx = 'hunter2'\n"},
           {"o.yaml", "ias: {sp_key: hunter2, identity: hunter2, x: hunter2}\n"},
           {"o.json", R"({"ias":{"sp_key":"hunter2","identity":"hunter2","x":"hunter2"}})"},
           {"o.yaml", "dcap: {subscription_key: hunter2}\n"},
           {"o.toml", "[dcap]\nsubscription_key = hunter2\n"}}) {
    const auto words = owners_mistakes(text, name);
    EXPECT_THAT(words, testing::AllOf(testing::HasSubstr(name + ":"),
                                      testing::Not(testing::HasSubstr("hunter2"))));
  }
}

TEST(OwnerConfig, what_is_stored_reads_back_and_what_is_shown_has_no_secret) {
  const auto config =
      owners(std::string(full) + "[ias]\nsp_key = '00112233445566778899aabbccddeeff'\n");
  const auto stored = std::string(encode(config).view());
  const auto again = owners(stored, "stored.json");
  EXPECT_EQ(again.api_identity, config.api_identity);
  EXPECT_EQ(again.audit_log, config.audit_log);
  EXPECT_EQ(again.enclave_reconnect_timeout, config.enclave_reconnect_timeout);
  EXPECT_EQ(encode(again).view(), stored);
  EXPECT_TRUE(masked(config).find(R"("sp_key":"***")") != std::string::npos &&
              masked(config).find("00112233445566778899aabbccddeeff") == std::string::npos)
      << masked(config);
}

}  // namespace
}  // namespace sconectl::cas
