#include "support.hpp"

namespace sconectl::session::test {
namespace {

std::string volume(const std::string& flow) {
  return with("volumes:\n- {name: v, " + flow + "}\n");
}
std::string image(const std::string& flow) {
  return with("volumes: [{name: v}, {name: w}]\nimages:\n- {name: i, " + flow + "}\n");
}

TEST(Volumes, SL230_names) {
  accepts(with("volumes: [{name: 'registry/a:b'}]\n"));
  refuses(with("volumes: [{}]\n"), "name' is missing");
  refuses(with("volumes: [{name: ''}]\n"), "is empty");
}

TEST(Volumes, SL231_SL232_SL236_SL237_key_and_tag) {
  accepts(volume("fspf_key: " + mrenclave + ", fspf_tag: " + tag32));
  accepts(with("volumes: [{name: v}]\n"));
  refuses(volume("fspf_key: " + mrenclave), "needs 'fspf_tag'");
  refuses(volume("fspf_tag: " + tag32), "needs 'fspf_key'");
  accepts(volume("fspf_key: $$SCONE::k$$") + "secrets: [{name: k, kind: binary, size: 32}]\n");
  refuses(volume("fspf_key: $$SCONE::k$$") + "secrets: [{name: k, kind: binary}]\n",
          "must have 32 bytes");
}

TEST(Volumes, SL233_SL235_SL238_files_and_import) {
  accepts(volume("files: authenticated-only"));
  refuses(volume("files: plain"), "authenticated-only");
  accepts(volume("import: {session: a, volume: b}"));
  for (const char* more : {"files: encrypted", "export: {session: c}"})
    refuses(volume(std::string("import: {session: a, volume: b}, ") + more), "excludes 'import'");
  refuses(
      volume("import: {session: a, volume: b}, fspf_key: " + mrenclave + ", fspf_tag: " + tag32),
      "excludes 'import'");
}

TEST(Volumes, SL234_SL239_SL240_exports) {
  accepts(volume("export: {session: a, session_hash: " + hash64 + "}"));
  accepts(volume(
      "export: [{to: {session: a}, update_policy: ephemeral, volume_alias: x}, {session: b}]"));
  refuses(volume("export: {session: a, update_policy: ephemeral}"), "needs the form with 'to'");
  refuses(volume("export: {session: a, volume_alias: x}"), "needs the form with 'to'");
  refuses(volume("export: {namespace: a}"), "not possible for volumes");
  refuses(volume("export: {to: {session: a, cas_url: c}}"), "not possible for volumes");
  refuses(volume("export: {to: {session: a}, update_policy: never}"), "rollback_protected");
}

TEST(Volumes, SL241_aliases_are_unique_per_target) {
  refuses(
      volume("export: [{to: {session: a}, volume_alias: x}, {to: {session: a}, volume_alias: y}]"),
      "exported to session 'a' twice");
  refuses(with("volumes:\n- {name: v, export: {to: {session: a}, volume_alias: x}}\n- {name: w, "
               "export: {to: {session: a}, volume_alias: x}}\n"),
          "offered another volume with the name 'x'");
  accepts(
      with("volumes:\n- {name: v, export: {to: {session: a}, volume_alias: x}}\n- {name: w, "
           "export: {to: {session: b}, volume_alias: x}}\n"));
}

TEST(Images, SL242_SL251_names_and_unused_images) {
  accepts(with("images: [{name: 'registry/a/b:tag'}]\nvolumes: [{name: unused}]\n"));
  refuses(with("images: [{name: ''}]\n"), "is empty");
}

TEST(Images, SL243_mounts) {
  accepts(image("volumes: [{name: v, path: /a}, {name: w, path: /b}]"));
  refuses(image("volumes: [{name: x, path: /a}]"), "not defined in 'volumes'");
  refuses(image("volumes: [{name: v, path: a}]"), "must be absolute");
  refuses(image("volumes: [{name: v, path: /a}, {name: w, path: /a}]"),
          "another volume is mounted at '/a'");
  refuses(image("volumes: [{name: v}]"), "path' is missing");
}

TEST(Images, SL244_SL252_SL344_update_policy) {
  EXPECT_EQ(read(image("volumes: [{name: v, path: /a, update_policy: ephemeral}]"))
                .images[0]
                .volumes[0]
                .update_policy,
            UpdatePolicy::ephemeral);
  warns(image("volumes: [{name: v, path: /a, update_policy: no_rollback_protection}]"),
        "any older state");
  refuses(image("volumes: [{name: v, path: /a, update_policy: epemeral}]"),
          "did you mean 'ephemeral'?");
}

TEST(Images, SL245_injection_files) {
  const Session session = read(image("injection_files: [/a, {path: /b, content: x}]"));
  EXPECT_EQ(session.images[0].injection_files[0].content, std::nullopt);
  EXPECT_EQ(session.images[0].injection_files[1].content, "x");
  warns(image("injection_files: [a]"), "relative to 'pwd'");
  warns(image("injection_files: [/a, {path: /a, content: x}]"), "the last entry counts");
  refuses(image("injection_files: [{content: x}]"), "path' is missing");
}

TEST(Images, SL246_permissions) {
  const auto mode = [](const std::string& text) {
    return read(image("injection_files: [{path: /a, permission: " + text + "}]"))
        .images[0]
        .injection_files[0]
        .permission;
  };
  EXPECT_EQ(mode("0o100"), 0100U);
  EXPECT_EQ(mode("\"0o640\""), 0640U);
  EXPECT_EQ(mode("0100"), 0100U);
  EXPECT_EQ(mode("64"), 64U);
  EXPECT_EQ(mode("0"), 0U);
  EXPECT_EQ(read(image("injection_files: [/a]")).images[0].injection_files[0].permission, 0700U);
  for (const char* bad : {"0o1000", "512", "0o8", "rwx", "-1", "0o"})
    refuses(image(std::string("injection_files: [{path: /a, permission: ") + bad + "}]"),
            "must be a file mode");
}

TEST(Images, SL247_SL248_SL249_provide_secrets) {
  refuses(image("provide_secrets: [x]"), "no secret of this session is named 'x'");
  EXPECT_EQ(read(image("provide_secrets: []")).images[0].provide_secrets,
            std::vector<std::string>{});
  EXPECT_EQ(read(image("")).images[0].provide_secrets, std::nullopt);
  accepts(image("provide_secrets: [x]") + "secrets: [{name: x, kind: ascii}]\n");
}

TEST(Images, SL250_content_keeps_its_last_newline) {
  const Session session =
      read(with("images:\n- name: i\n  injection_files:\n  - path: /a\n    content: |\n      x\n  "
                "- path: /b\n    content: |-\n      x\n"));
  EXPECT_EQ(session.images[0].injection_files[0].content, "x\n");
  EXPECT_EQ(session.images[0].injection_files[1].content, "x");
}

TEST(Images, SL246_a_decimal_number_that_looks_octal_gives_a_warning) {
  const auto file = [](const std::string& mode) {
    return with("images: [{name: i, injection_files: [{path: /k, content: x, permission: " + mode +
                "}]}]\n");
  };
  warns(file("400"), "400 is a decimal number, the mode 0o620; write 0o400");
  diag::Diagnostics out;
  for (const char* mode : {"0o400", "0400", "256", "448", "64"})
    (void)parse_text("s", file(mode), &out);
  EXPECT_EQ(out.warnings().size(), 0U);
}

}  // namespace
}  // namespace sconectl::session::test
