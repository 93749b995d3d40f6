// What `-f` names, and `check`.
#include "sconectl/action/documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "applying.hpp"
#include "mesh_fixture.hpp"
#include "sconectl/action/check.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> files_of(const std::vector<Document>& documents) {
  std::vector<std::string> result;
  result.reserve(documents.size());
  for (const Document& document : documents) result.push_back(document.file);
  return result;
}

template <typename Act>
diag::Error error_from(const Act& act) {
  try {
    act();
  } catch (const diag::Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {diag::ErrorKind::failed, ""};
}

TEST(Documents, of_a_directory_are_its_yaml_files_in_order_and_no_deeper) {
  test::FakeSystem machine;
  machine.files.put("d/b.yml", service_manifest());
  machine.files.put("d/a.yaml", service_manifest());
  machine.files.put("d/notes.txt", "not: yaml: at: all");
  machine.files.put("d/deeper/c.yaml", "{");
  machine.files.make_directories("d/odd.yaml", 0755);
  EXPECT_THAT(files_of(load_documents(machine.system, {"d"})), ElementsAre("d/a.yaml", "d/b.yml"));
}

TEST(Documents, several_in_one_file_and_from_stdin_keep_their_order) {
  test::FakeSystem machine;
  machine.environment.input =
      "---\n---\n" + mesh_manifest() + "---\nname: s\nversion: \"0.3.10\"\n";
  machine.files.put("a.yaml", service_manifest());
  const auto documents = load_documents(machine.system, {"a.yaml", "-"});
  EXPECT_THAT(files_of(documents), ElementsAre("a.yaml", "<stdin>", "<stdin>"));
  EXPECT_EQ(documents[0].kind, DocumentKind::service);
  EXPECT_EQ(documents[1].kind, DocumentKind::mesh);
  EXPECT_EQ(documents[2].kind, DocumentKind::session);
}

TEST(Documents, faults_of_all_files_come_at_once) {
  test::FakeSystem machine;
  machine.files.put("a.yaml", "a: [1\n");
  machine.files.put("b.yaml", "b: {\n");
  const auto error = error_from([&] {
    (void)load_documents(machine.system, {"a.yaml", "b.yaml"});
  });
  EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
  std::string all;
  for (const auto& diagnostic : error.diagnostics()) all += diagnostic.line() + "\n";
  EXPECT_THAT(all, AllOf(HasSubstr("a.yaml:"), HasSubstr("b.yaml:")));
}

TEST(Documents, an_empty_file_an_empty_directory_and_a_missing_file_are_refused_by_name) {
  test::FakeSystem machine;
  machine.files.put("empty.yaml", "# nothing\n");
  machine.files.make_directories("d", 0755);
  EXPECT_THAT(error_from([&] { (void)load_documents(machine.system, {"empty.yaml"}); }).text(),
              HasSubstr("empty.yaml: error: the file is empty"));
  EXPECT_THAT(error_from([&] { (void)load_documents(machine.system, {"d"}); }).text(),
              HasSubstr("no *.yaml or *.yml file"));
  const auto missing = error_from([&] { (void)load_documents(machine.system, {"empti.yaml"}); });
  EXPECT_EQ(missing.kind(), diag::ErrorKind::unavailable);
  EXPECT_EQ(missing.text(), "there is no file 'empti.yaml'; did you mean 'empty.yaml'?");
}

TEST(Documents, a_file_that_is_too_long_is_refused) {
  test::FakeSystem machine;
  machine.files.put("long.yaml", std::string(5'000'000, '#'));
  EXPECT_EQ(error_from([&] { (void)load_documents(machine.system, {"long.yaml"}); }).kind(),
            diag::ErrorKind::invalid);
}

TEST(Check, names_every_document_and_contacts_nobody) {
  test::FakeSystem machine;
  machine.files.put("service.yaml", service_manifest());
  machine.files.put("mesh.yaml", mesh_manifest());
  machine.files.put("session.yaml", "name: s\nversion: \"0.3.10\"\npredecessor: ~\n");
  const auto checked =
      check_documents(machine.system, {"service.yaml", "mesh.yaml", "session.yaml"}, {}, {});
  ASSERT_EQ(checked.size(), 3U);
  EXPECT_EQ(checked[0].name, "web");
  EXPECT_EQ(checked[1].name, "demo");
  EXPECT_EQ(checked[2].name, "s");
  EXPECT_THAT(machine.processes.ran(), testing::IsEmpty());
}

TEST(Check, collects_the_mistakes_of_all_documents) {
  test::FakeSystem machine;
  machine.files.put("a.yaml", service_manifest("  runtime: natve\n"));
  machine.files.put("b.yaml", service_manifest("  require_attestation: maybe\n"));
  const auto error = error_from([&] {
    (void)check_documents(machine.system, {"a.yaml", "b.yaml"}, {}, {});
  });
  EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
  std::string all;
  for (const auto& diagnostic : error.diagnostics()) all += diagnostic.line() + "\n";
  EXPECT_THAT(all, AllOf(HasSubstr("a.yaml:8:12: error: 'build.runtime' can not be 'natve'"),
                         HasSubstr("b.yaml:8:24: error: 'build.require_attestation' must be "
                                   "'true' or 'false'")));
}

TEST(Check, finds_a_contradiction_about_attestation_without_knowing_the_machine) {
  test::FakeSystem machine;
  machine.files.put("a.yaml", service_manifest("  runtime: native\n  require_attestation: true\n"));
  EXPECT_THAT(error_from([&] { (void)check_documents(machine.system, {"a.yaml"}, {}, {}); }).text(),
              HasSubstr("a.yaml:8:12: error: 'build.runtime: native' has no attestation"));
  machine.files.put("a.yaml", service_manifest("  require_attestation: true\n"));
  EXPECT_EQ(check_documents(machine.system, {"a.yaml"}, {}, {}).size(), 1U);
}

TEST(Check, warnings_count_as_mistakes_when_that_is_wanted) {
  test::FakeSystem machine;
  machine.files.put("a.yaml", service_manifest("  stable: r/web:0\n"));
  EXPECT_EQ(check_documents(machine.system, {"a.yaml"}, {}, {}).size(), 1U);
  EXPECT_THAT(machine.warnings, HasSubstr("'build.stable' has no effect yet"));
  EXPECT_THAT(error_from([&] {
                (void)check_documents(machine.system, {"a.yaml"}, {}, {.fail_on_warning = true});
              }).text(),
              HasSubstr("--fail-on-warning"));
}

TEST(Check, XA001_extensions_are_refused_when_that_is_wanted) {
  test::FakeSystem machine;
  const std::string session = "name: s\nversion: '0.3'\nservices:\n- name: web\n  command: x\n";
  machine.files.put(
      "tee.yaml", session + "  attestation: {snp: {measurement: " + std::string(96, 'a') + "}}\n");
  machine.files.put("sgx.yaml",
                    session + "  attestation: {mrenclave: " + std::string(64, 'a') + "}\n");
  EXPECT_EQ(check_documents(machine.system, {"tee.yaml"}, {}, {}).size(), 1U);
  EXPECT_THAT(machine.warnings, HasSubstr("extension tee/1"));
  const CheckOptions strict{.strict_compatibility = true};
  EXPECT_THAT(
      error_from([&] { (void)check_documents(machine.system, {"tee.yaml"}, {}, strict); }).text(),
      HasSubstr("tee.yaml:1:1: error: the session uses extension tee/1"));
  EXPECT_EQ(check_documents(machine.system, {"sgx.yaml"}, {}, strict).size(), 1U);
}

}  // namespace
}  // namespace sconectl::action
