#include "support.hpp"

namespace sconectl::session::test {
namespace {

std::string old(const std::string& more) {
  return "name: s\nversion: \"0.2\"\n" + more;
}

TEST(Legacy, SL324_imports_by_session_name) {
  const Session session = read(old("secrets: [{name: x, kind: ascii, import: 'a:" + hash64 +
                                   "'}, {name: y, import: b}]\nvolumes: [{name: v, import: c}]\n"));
  const auto& import = std::get<SecretImport>(session.secrets[0].body);
  EXPECT_EQ(import.session, "a");
  EXPECT_EQ(import.secret, "x");
  EXPECT_EQ(import.session_hash, hash64);
  EXPECT_EQ(std::get<SecretImport>(session.secrets[1].body).session, "b");
  EXPECT_EQ(session.volumes[0].import->volume, "v");
  refuses(secret("import: b"), "must be a mapping");
}

TEST(Legacy, SL325_exports_by_session_name) {
  const Session session = read(old("secrets: [{name: x, kind: ascii, export: [a, 'b:" + hash64 +
                                   "']}]\nvolumes: [{name: v, export: c}]\n"));
  EXPECT_EQ(session.secrets[0].exports[1].session_hash, hash64);
  EXPECT_EQ(session.volumes[0].exports[0].session, "c");
}

TEST(Legacy, SL326_dot_suffixes) {
  accepts(
      old("secrets: [{name: x, kind: x509}]\nimages: [{name: i, injection_files: [{path: /a, "
          "content: '$$SCONE::x.crt$$$$SCONE::x.key$$$$SCONE::x.chain$$'}]}]\n"));
  accepts(
      old("secrets: [{name: x, kind: x509}]\naccess_policy: {read: [$$SCONE::x.crt$$], update: "
          "[$$SCONE::x$$]}\n"));
}

TEST(Legacy, SL174_SL327_SL328_certificates_without_a_key_and_session_ca) {
  accepts(old("secrets: [{name: ca, kind: session-ca}, {name: x, kind: x509}]\n"));
  refuses(secret("kind: x509"), "private_key' is missing");
}

TEST(Legacy, SL331_open_placeholders_in_the_access_policy) {
  accepts(
      old("secrets: [{name: x, kind: x509}]\naccess_policy: {read: ['$$SCONE::x'], update: "
          "['$$SCONE::x']}\n"));
  refuses(with("access_policy: {read: ['$$SCONE::x']}\n"), "neither CREATOR");
}

TEST(Legacy, SL332_colons_in_names) {
  accepts("name: scone:blender\ndigest: create\n");
  refuses("name: scone:blender\nversion: 0.3\n", "':'");
}

TEST(Legacy, SL333_a_security_section_counts) {
  accepts(old("services: [{name: a, command: x}]\nsecurity: {attestation: {mode: none}}\n"));
}

}  // namespace
}  // namespace sconectl::session::test
