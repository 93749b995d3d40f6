#include "sconectl/image/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/dockerfile.hpp"
#include "image/planning.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"
#include "support/memory_files.hpp"

namespace sconectl::image {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;

const Sources web = {{"web.py", {Source::Kind::file, ""}}};

TEST(Plan, native_python_starts_with_the_launcher) {
  const Planned result = planned(manifest_with("  copy: [web.py]\n"), web);
  EXPECT_EQ(result.errors + result.warnings, "");
  EXPECT_NE(result.plan.dockerfile.find("FROM python:3-slim\n"), std::string::npos);
  EXPECT_NE(result.plan.dockerfile.find("ENTRYPOINT [\"/opt/sconectl/sconectl\", \"run\"]\nCMD []"),
            std::string::npos);
  EXPECT_EQ(std::get<std::filesystem::path>(result.plan.context.at("sconectl").content),
            "/usr/bin/sconectl");
  EXPECT_EQ(std::get<std::filesystem::path>(result.plan.context.at("app/web.py").content),
            "web.py");
  EXPECT_NO_THROW(require_buildable(result.plan));
}

TEST(Plan, base_from_the_manifest_or_the_environment) {
  PlanOptions options = native();
  options.python_image = "localhost/my-python";
  EXPECT_NE(
      planned(manifest_with(""), {}, options).plan.dockerfile.find("FROM localhost/my-python\n"),
      std::string::npos);
  EXPECT_NE(planned(manifest_with("  from: b:1\n"), {}, options).plan.dockerfile.find("FROM b:1\n"),
            std::string::npos);
}

TEST(Plan, missing_files_are_warnings_until_something_is_built) {
  const Planned result =
      planned(manifest_with("  copy: [web.py, gone.py]\n  requirements: none.txt\n"), web);
  EXPECT_EQ(result.errors, "");
  EXPECT_EQ(result.warnings,
            "service.yaml:8:18: warning: 'build.copy' names 'gone.py', which does not exist\n"
            "service.yaml:9:17: warning: 'build.requirements' names 'none.txt', which does not "
            "exist\n");
  try {
    require_buildable(result.plan);
    FAIL() << "built without its files";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
    ASSERT_EQ(error.causes().size(), 2U);
    EXPECT_EQ(error.causes()[0],
              "service.yaml:8:18: 'build.copy' names 'gone.py', which does not exist");
  }
}

TEST(Plan, files_outside_the_current_directory_are_refused) {
  for (const char* path : {"../secret", "a/../../b", "''"}) {
    const Planned result = planned(manifest_with(std::string("  copy: [") + path + "]\n"), {});
    EXPECT_NE(
        result.errors.find("service.yaml:8:10: error: 'build.copy' can only name files below"),
        std::string::npos)
        << path << result.errors;
  }
}

TEST(Plan, an_absolute_path_can_be_planned_and_never_built) {
  const Planned result = planned(manifest_with("  copy: [/etc/passwd]\n"), {});
  EXPECT_EQ(result.errors, "");
  EXPECT_NE(result.warnings.find("not below the current directory"), std::string::npos);
  EXPECT_THROW(require_buildable(result.plan), diag::Error);
  for (const auto& [path, entry] : result.plan.context)
    EXPECT_FALSE(std::holds_alternative<std::filesystem::path>(entry.content) &&
                 std::get<std::filesystem::path>(entry.content) == "/etc/passwd");
}

TEST(Plan, file_names_never_stand_in_the_dockerfile) {
  const std::string name = "x\\\"]\\nRUN touch $(id) '.py";
  const std::string raw = "x\"]\nRUN touch $(id) '.py";
  const Planned result =
      planned(manifest_with("  copy: [\"" + name + "\"]\n"), {{raw, {Source::Kind::file, ""}}});
  EXPECT_EQ(result.errors + result.warnings, "");
  EXPECT_TRUE(result.plan.context.contains("app/" + raw));
  EXPECT_THAT(result.plan.dockerfile, test::HasButNot("COPY [\"app/\"", "touch"));
}

TEST(Plan, a_missing_file_suggests_the_one_that_is_there) {
  test::MemoryFiles files;
  files.put("app/requirements.txt", "flask\n");
  files.put("app/print_env.py", "");
  const auto manifest = service(
      manifest_with("  requirements: app/requirments.txt\n  copy: [app/print-env.py, app/x.c]\n"));
  diag::Diagnostics out;
  const BuildPlan result =
      plan(manifest, native(), render::embedded("service"), survey(manifest, files), out);
  EXPECT_FALSE(out.has_errors());
  ASSERT_EQ(result.missing.size(), 3U);
  EXPECT_THAT(result.missing[0], HasSubstr("'app/print-env.py', which does not exist; did you mean "
                                           "'app/print_env.py'?"));
  EXPECT_THAT(result.missing[1], testing::EndsWith("'app/x.c', which does not exist"));
  EXPECT_EQ(result.missing[2],
            "service.yaml:8:17: 'build.requirements' names 'app/requirments.txt', which does not "
            "exist; did you mean 'app/requirements.txt'?");
  EXPECT_THROW(require_buildable(result), diag::Error);
}

TEST(Plan, a_file_with_a_slip_in_its_name_is_taken_if_it_is_there) {
  test::MemoryFiles files;
  files.put("requirments.txt", "flask\n");
  const auto manifest = service(manifest_with("  requirements: requirments.txt\n"));
  diag::Diagnostics out;
  const BuildPlan result =
      plan(manifest, native(), render::embedded("service"), survey(manifest, files), out);
  EXPECT_EQ(result.missing, std::vector<std::string>());
  EXPECT_EQ(text_at(result, "requirements.txt"), "flask\n");
}

TEST(Plan, working_directory_must_be_plain_and_absolute) {
  EXPECT_NE(planned(manifest_with("  pwd: python\n")).errors, "");
  EXPECT_NE(planned(manifest_with("  pwd: \"/a\\\"b\"\n")).errors, "");
  EXPECT_NE(planned(manifest_with("  pwd: \"/a\\nRUN x\"\n")).errors, "");
  EXPECT_NE(planned(manifest_with("  pwd: '/$HOME'\n")).errors, "");
  EXPECT_NE(planned(manifest_with("  pwd: '/a b/../c/'\n")).plan.dockerfile.find("WORKDIR /c\n"),
            std::string::npos);
}

TEST(Plan, kinds_and_what_each_runtime_can_do) {
  EXPECT_EQ(planned(manifest_with("  from: b:1\n", "sconify_image")).errors, "");
  EXPECT_NE(planned(manifest_with("", "sconify_image")).errors.find("needs 'build.from'"),
            std::string::npos);
  EXPECT_NE(planned(manifest_with("", "pyhton")).errors.find("did you mean 'python'?"),
            std::string::npos);
  EXPECT_NE(planned(manifest_with("", "java17")).errors.find("not built in for the native runtime"),
            std::string::npos);
  const Planned java = planned(manifest_with("", "java 8"), {}, scone());
  EXPECT_EQ(java.errors, "");
  EXPECT_NE(java.plan.dockerfile.find("FROM registry.scontain.com/sconectl/java-8:latest\n"),
            std::string::npos);
  try {
    require_buildable(java.plan);
    FAIL() << "scone images can not be built";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unsupported);
    EXPECT_NE(error.text().find("--runtime native"), std::string::npos);
    EXPECT_NE(error.text().find("runtime 'scone', which was chosen because '--runtime' says so, is "
                                "not built in yet"),
              std::string::npos)
        << error.text();
  }
}

TEST(Plan, only_enclaves_ask_for_sgx) {
  const std::string values = "scone/charts/web/values.yaml.template";
  const std::string plain = text_at(planned(manifest_with("")).plan, values);
  EXPECT_THAT(plain, test::HasButNot("resources: {}", "sgx"));
  EXPECT_THAT(plain, test::HasButNot("nodeSelector: {}", "las."));
  const std::string enclave = text_at(planned(manifest_with(""), {}, scone()).plan, values);
  EXPECT_NE(enclave.find("resources: {limits: {\"sgx.k8s.io/sgx\": 1}}"), std::string::npos);
  EXPECT_NE(enclave.find("las.scontain.com/ok: \"true\""), std::string::npos);
}

TEST(Plan, a_users_templates_replace_all_of_ours) {
  render::TemplateSet own{"mine", {}};
  own.files["Chart.yaml.template"] = "name: {{chartname}}\n";
  own.files["values.template"] = "log: {{SCONE_LOG | default(value=\"error\")}}\nx: {{nothing}}\n";
  own.files["charts/templates/x.yaml"] = "{{ .Values.x }}";
  own.files["charts/values.template"] = "leftover";
  const Planned result = planned(manifest_with(""), {}, native(), own);
  EXPECT_EQ(result.errors, "mine/values.template:2:4: error: variable 'nothing' has no value\n");
  EXPECT_EQ(text_at(result.plan, "scone/charts/web/Chart.yaml"), "name: web\n");
  EXPECT_EQ(text_at(result.plan, "scone/charts/web/templates/x.yaml"), "{{ .Values.x }}");
  for (const char* ours : {"values.template", "templates/deployment.yaml"})
    EXPECT_THAT(result.plan.context,
                AllOf(Contains(Key("scone/charts/web/values.yaml.template")),
                      Not(Contains(Key("scone/charts/web/" + std::string(ours))))));
  EXPECT_EQ(result.plan.facts.policy.env, "");
  const Planned nothing = planned(manifest_with(""), {}, native(), {"empty", {}});
  EXPECT_NE(nothing.errors.find("empty: error: these templates make no chart"), std::string::npos);
}

TEST(Plan, run_items_become_single_lines) {
  EXPECT_EQ(one_line("a\n  && b \\\n  c\n\n"), "a && b c");
  EXPECT_EQ(one_line(" \n\\\n"), "");
  EXPECT_EQ(one_line("echo 'C:\\x'"), "echo 'C:\\x'");
}

TEST(Context, survey_and_write_copy_files_and_directories) {
  test::MemoryFiles files;
  files.put("/cwd/web.py", "print()");
  files.put("/cwd/data/a b/$x'\".txt", "1");
  files.put("/cwd/r.txt", "redis\n");
  files.put("/usr/bin/sconectl", "ELF", 0755);
  const std::string text = manifest_with("  copy: [web.py, data]\n  requirements: r.txt\n");
  const Sources sources = survey(service(text), files);
  EXPECT_EQ(sources.at("data").kind, Source::Kind::directory);
  EXPECT_EQ(sources.at("r.txt").text, "redis\n");
  write(planned(text, sources).plan, files, "target/images/web");
  const auto& all = files.all();
  EXPECT_EQ(all.at("/cwd/target/images/web/context/app/data/a b/$x'\".txt").bytes, "1");
  EXPECT_EQ(all.at("/cwd/target/images/web/context/requirements.txt").bytes, "redis\n");
  EXPECT_EQ(all.at("/cwd/target/images/web/context/sconectl").mode, 0755U);
  EXPECT_TRUE(all.contains("/cwd/target/images/web/Dockerfile"));
}

TEST(Context, a_second_plan_leaves_nothing_of_the_first) {
  test::MemoryFiles files;
  files.put("/cwd/a.py", "a");
  files.put("/cwd/dir/b.py", "b");
  files.put("/usr/bin/sconectl", "ELF", 0755);
  const auto apply = [&](const std::string& copy) {
    const std::string text = manifest_with("  copy: [" + copy + "]\n");
    write(planned(text, survey(service(text), files)).plan, files, "target/images/web");
  };
  apply("a.py, dir");
  files.remove_tree("/cwd/dir");
  files.put("/cwd/dir", "now a file");
  apply("a.py, dir");
  EXPECT_EQ(files.all().at("/cwd/target/images/web/context/app/dir").bytes, "now a file");
  files.remove_tree("/cwd/dir");
  files.put("/cwd/dir/sub/c.py", "c");
  apply("a.py, dir");
  EXPECT_EQ(files.all().at("/cwd/target/images/web/context/app/dir/sub/c.py").bytes, "c");
  apply("a.py");
  const std::filesystem::path app = "/cwd/target/images/web/context/app";
  for (const char* former : {"dir/b.py", "dir/sub/c.py"})
    EXPECT_THAT(files.all(), AllOf(Contains(Key(app / "a.py")), Not(Contains(Key(app / former)))));
}

TEST(Context, a_full_disk_leaves_the_previous_dockerfile) {
  test::MemoryFiles files;
  files.put("/cwd/a.py", "a");
  files.put("/usr/bin/sconectl", "ELF", 0755);
  const auto apply = [&](const std::string& build) {
    const std::string text = manifest_with(build);
    write(planned(text, survey(service(text), files)).plan, files, "target/images/web");
  };
  apply("  copy: [a.py]\n");
  const host::Tree before = files.all();
  files.fill_disk();
  EXPECT_THROW(apply("  run: [echo changed]\n"), diag::Error);
  ASSERT_EQ(files.all().size(), before.size());
  for (const auto& [path, file] : before) EXPECT_EQ(files.all().at(path).bytes, file.bytes) << path;
}

TEST(Context, the_target_directory_never_goes_into_an_image) {
  test::MemoryFiles files;
  const std::filesystem::path here = std::filesystem::current_path();
  files.put(here / "web.py", "print()");
  files.put(here / "target/identity.pem", "key");
  files.put("/usr/bin/sconectl", "ELF", 0755);
  PlanOptions options = native();
  options.directory = here;
  const std::string text = manifest_with("  copy: [.]\n");
  for (int run = 0; run < 2; ++run)
    write(planned(text, survey(service(text), files, here), options).plan, files,
          here / "target/images/web");
  const std::filesystem::path app = here / "target/images/web/context/app";
  EXPECT_THAT(files.all(), AllOf(Contains(Key(app / "web.py")),
                                 Not(Contains(Key(app / "target/identity.pem")))));
}

}  // namespace
}  // namespace sconectl::image
