#include "sconectl/crypto/java_trust_store.hpp"

#include <gmock/gmock.h>

#include "sconectl/crypto/hash.hpp"
#include "support/real_tool.hpp"

namespace sconectl::crypto {
namespace {

using test::run_tool;
using testing::HasSubstr;

Certificate authority(const std::string& name) {
  CertificateProfile profile;
  profile.common_name = name;
  profile.is_ca = true;
  profile.not_before = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};
  const PrivateKey key = PrivateKey::generate(KeyType::p256);
  return issue(profile, key.public_key(), key);
}

/// What Java's own program finds in a store.
test::ToolResult keytool(const std::string& store, const std::string& password = "changeit") {
  const test::Scratch scratch;
  return run_tool({"keytool", "-J-Duser.language=en", "-list", "-rfc", "-storetype", "JKS",
                   "-keystore", scratch.file("store", store), "-storepass", password});
}

TEST(JavaTrustStore, holds_what_java_trusts) {
  const Certificate one = authority("one");
  const Certificate other = authority("other");
  const std::string store = java_trust_store({one, other});
  const test::ToolResult listed = keytool(store);
  EXPECT_EQ(listed.status, 0) << listed.out << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("contains 2 entries"));
  EXPECT_THAT(listed.out, HasSubstr("trustedCertEntry"));
  std::string lines = listed.out;
  std::erase(lines, '\r');
  EXPECT_THAT(lines, HasSubstr(one.pem()));
  EXPECT_THAT(lines, HasSubstr(other.pem()));
  EXPECT_EQ(java_trust_store({one, other}), store);
}

TEST(JavaTrustStore, that_was_changed_or_is_cut_is_refused_by_java) {
  const std::string store = java_trust_store({authority("one")});
  std::string changed = store;
  changed[changed.size() / 2] ^= 1;
  EXPECT_NE(keytool(changed).status, 0);
  EXPECT_NE(keytool(store.substr(0, store.size() - 1)).status, 0);
  EXPECT_NE(keytool(store, "another").status, 0);
}

TEST(JavaTrustStore, may_be_empty) {
  const test::ToolResult listed = keytool(java_trust_store({}));
  EXPECT_EQ(listed.status, 0) << listed.out << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("contains 0 entries"));
}

}  // namespace
}  // namespace sconectl::crypto
