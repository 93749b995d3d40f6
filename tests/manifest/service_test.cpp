#include "sconectl/manifest/service.hpp"

#include <gtest/gtest.h>

#include "manifest/reading.hpp"

namespace sconectl::manifest {
namespace {

TEST(ServiceManifest, smallest_one_has_no_message) {
  const Reading reading = read(service_head + build_section);
  EXPECT_EQ(reading.errors, "");
  EXPECT_EQ(reading.warnings, "");
  const Build& build = reading.service().build;
  EXPECT_EQ(build.name.text, "web");
  EXPECT_EQ(build.to.text, "r/web:1");
  EXPECT_EQ(build.command.text, "python3 web.py");
  EXPECT_EQ(build.command.at.text(), "m:7:12");
  EXPECT_FALSE(build.runtime);
}

TEST(ServiceManifest, attestation_can_be_demanded_in_both_spellings) {
  for (const std::string key : {"require_attestation", "require-attestation"}) {
    const Reading yes = read(service_head + build_section + "  " + key + ": true\n");
    EXPECT_EQ(yes.errors + yes.warnings, "");
    ASSERT_TRUE(yes.service().build.requires_attestation);
    EXPECT_EQ(yes.service().build.requires_attestation->line, 8);
    const Reading no = read(service_head + build_section + "  " + key + ": false\n");
    EXPECT_EQ(no.errors + no.warnings, "");
    EXPECT_FALSE(no.service().build.requires_attestation);
    // What is no clear answer must not mean "no".
    for (const std::string value : {"~", "", "1", "yes please", "[true]"})
      EXPECT_NE(read(service_head + build_section + "  " + key + ": " + value + "\n").errors, "")
          << value;
  }
  EXPECT_FALSE(read(service_head + build_section).service().build.requires_attestation);
}

TEST(ServiceManifest, one_spelling_of_the_demand_does_not_undo_the_other) {
  const Reading reading = read(service_head + build_section +
                               "  require-attestation: true\n  require_attestation: false\n");
  EXPECT_EQ(reading.errors, "");
  EXPECT_TRUE(reading.service().build.requires_attestation);
}

TEST(ServiceManifest, native_and_a_demand_for_attestation_contradict_each_other) {
  const Reading reading =
      read(service_head + build_section + "  runtime: native\n  require_attestation: true\n");
  EXPECT_EQ(reading.errors,
            "m:8:12: error: 'build.runtime: native' has no attestation, which "
            "'require_attestation' on line 9 demands: choose 'scone' or 'gramine', or drop the "
            "demand\n");
  for (const std::string runtime : {"scone", "gramine", "auto"})
    EXPECT_EQ(read(service_head + build_section + "  runtime: " + runtime +
                   "\n  require_attestation: true\n")
                  .errors,
              "");
}

TEST(ServiceManifest, older_names_of_the_kind_mean_the_same) {
  for (const std::string kind : {"genImage", "genAppImage", "genimage"}) {
    const Reading reading = read("apiVersion: scone/5.8\nkind: " + kind + "\n" + build_section);
    EXPECT_EQ(reading.errors, "");
    EXPECT_EQ(reading.service().kind.text, kind);
  }
}

TEST(ServiceManifest, values_keep_their_source_text) {
  const Reading reading = read(service_head +
                               "environment:\n  local:\n  - {name: A, value: 1}\n"
                               "  - {name: B, value: 0.30}\n  - {name: C, value: no}\n"
                               "  - {name: D, value: ~}\n  - {name: E, value: ''}\n" +
                               build_section);
  EXPECT_EQ(reading.errors, "");
  const auto& local = reading.service().local;
  ASSERT_EQ(local.size(), 5U);
  EXPECT_EQ(local[0].value, "1");
  EXPECT_EQ(local[1].value, "0.30");
  EXPECT_EQ(local[2].value, "no");
  EXPECT_EQ(local[3].value, std::nullopt);
  EXPECT_EQ(local[4].value, "");
}

TEST(ServiceManifest, local_variables_need_a_value_and_the_later_one_wins) {
  const Reading reading = read(service_head +
                               "environment:\n  local:\n  - name: A\n  - {name: B, value: 1}\n"
                               "  - {name: B, value: 2}\n  global:\n  - name: C\n" +
                               build_section);
  EXPECT_EQ(reading.errors, "");
  EXPECT_EQ(
      reading.warnings,
      "m:5:11: warning: variable 'A' has no value and is left out; write it under 'global' if "
      "the mesh gives it one\n"
      "m:7:12: warning: variable 'B' is defined twice (first on line 6); the later definition "
      "wins\n");
}

TEST(ServiceManifest, a_placeholder_without_quotes_is_refused_at_its_place) {
  const Reading reading =
      read(service_head + "environment:\n  local:\n  - name: A\n    value: {{REDIS_HOST}}\n" +
           build_section);
  EXPECT_EQ(reading.errors.substr(0, 14), "m:6:13: error:");
}

TEST(ServiceManifest, older_top_level_env_and_requirements) {
  const Reading reading =
      read(service_head + "env:\n- key: SCONE_HEAP\n  value: 512M\nrequirements: r.txt\n" +
           build_section);
  EXPECT_EQ(reading.errors, "");
  EXPECT_EQ(reading.service().local.at(0).name, "SCONE_HEAP");
  EXPECT_EQ(reading.service().requirements_file()->text, "r.txt");
  const Reading both =
      read(service_head + "requirements: r.txt\n" + build_section + "  requirements: b.txt\n");
  EXPECT_EQ(both.service().requirements_file()->text, "b.txt");
}

TEST(ServiceManifest, host_path_in_both_spellings) {
  const Reading reading =
      read(service_head + build_section + "  host_path: [/a]\n  host_paths: [/b]\n");
  EXPECT_EQ(reading.errors, "");
  ASSERT_EQ(reading.service().build.host_paths.size(), 2U);
  EXPECT_EQ(reading.service().build.host_paths[1].text, "/b");
}

TEST(ServiceManifest, block_scalar_with_indentation_indicator_keeps_leading_blanks) {
  const Reading reading = read(service_head +
                               "secrets:\n  global:\n  - name: d\n    kind: ascii\n"
                               "    value: |+2\n        indented\n      plain\n\n" +
                               build_section);
  EXPECT_EQ(reading.errors, "");
  EXPECT_EQ(reading.service().secrets.at(0).value->text, "  indented\nplain\n\n");
}

TEST(ServiceManifest, all_mistakes_at_once_with_their_places) {
  const Reading reading = read(
      "apiVersion: scone/5.8\nkind: genservice\nenviroment: {}\nbuild:\n  name: web\n"
      "  kind: python\n  to: r/web:1\n  comand: x\n  runtime: natve\n  copy: {a: b}\n");
  EXPECT_EQ(
      reading.errors,
      "m:5:3: error: 'build.command' is missing\n"
      "m:9:12: error: 'build.runtime' can not be 'natve', only 'auto', 'native', 'gramine', "
      "'scone'; "
      "did you mean 'native'?\n"
      "m:10:9: error: 'build.copy' must be a list, this is a mapping\n"
      "m:8:3: error: unknown key 'build.comand' in service manifest; did you mean 'command'?\n"
      "m:3:1: error: unknown key 'enviroment' in service manifest; did you mean "
      "'environment'?\n");
}

TEST(ServiceManifest, duplicate_key_is_refused_with_its_place) {
  const Reading reading = read(service_head + build_section + "  name: other\n");
  EXPECT_NE(reading.errors.find("m:8:3: error: duplicate key 'name'"), std::string::npos)
      << reading.errors;
}

TEST(ServiceManifest, names_that_would_leave_their_folder_or_become_options) {
  const auto with = [](const std::string& name, const std::string& to) {
    return read(service_head + "build:\n  name: " + name + "\n  kind: python\n  to: " + to +
                "\n  command: x\n")
        .errors;
  };
  EXPECT_EQ(with("a_b-c.d", "registry:5000/a/b:1"), "");
  EXPECT_NE(with("../x", "r"), "");
  EXPECT_NE(with("a/b", "r"), "");
  EXPECT_NE(with(".", "r"), "");
  EXPECT_NE(with("-x", "r"), "");
  EXPECT_NE(with("web", "--privileged"), "");
  EXPECT_NE(with("web", "a b"), "");
  EXPECT_NE(with("web", "''"), "");
}

TEST(ServiceManifest, an_image_taken_over_needs_only_from_and_to) {
  const Reading reading = read(service_head +
                               "build:\n  from: r:5/base\n  to: r:5/app/web:2\n  binarfs:\n"
                               "    include-new: [/usr/lib]\n");
  EXPECT_EQ(reading.errors, "");
  EXPECT_EQ(reading.service().build.name.text, "web");
  EXPECT_EQ(reading.service().build.kind.text, "sconify_image");
  EXPECT_EQ(reading.service().build.binarfs_include.at(0).text, "/usr/lib");
  EXPECT_EQ(reading.warnings, "");
}

TEST(ServiceManifest, fields_without_effect_are_named) {
  const Reading reading =
      read(service_head + build_section + "  plains: [/a]\n  stable: r/web:0\n  volumes: []\n");
  EXPECT_EQ(reading.errors, "");
  for (const char* field : {"'build.plains'", "'build.stable'", "'build.volumes'"})
    EXPECT_NE(reading.warnings.find(field), std::string::npos) << field;
}

TEST(ServiceManifest, twice_injected_file_and_relative_path) {
  const Reading reading = read(service_head +
                               "injection_files:\n- {path: /a, content: x}\n- {path: /a}\n"
                               "- {path: b, content: x}\n" +
                               build_section);
  EXPECT_EQ(reading.errors,
            "m:5:10: error: file '/a' is injected twice, first on line 4\n"
            "m:6:10: error: 'injection_files[2].path' must be an absolute path\n");
}

TEST(ServiceManifest, SL246_permissions_of_injected_files_are_octal) {
  const Reading right = read(service_head +
                             "injection_files:\n- {path: /a, content: x, permission: 0o640}\n"
                             "- {path: /b, permission: '0444'}\n- {path: /c}\n" +
                             build_section);
  EXPECT_EQ(right.errors, "");
  const auto& files = right.service().injection_files;
  EXPECT_EQ(files.at(0).permission, 0640U);
  EXPECT_EQ(files.at(1).permission, 0444U);
  EXPECT_EQ(files.at(2).permission, std::nullopt);
  for (const char* wrong : {"640", "0o1777", "-1", "rw", "''", "0o8"})
    EXPECT_EQ(read(service_head + "injection_files:\n- {path: /a, permission: " + wrong + "}\n" +
                   build_section)
                  .errors,
              "m:4:26: error: 'injection_files[0].permission' must be a file mode from 0 to 0o777, "
              "such as 0o640\n")
        << wrong;
}

}  // namespace
}  // namespace sconectl::manifest
