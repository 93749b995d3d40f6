#include "sconectl/image/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "image/dockerfile.hpp"
#include "image/planning.hpp"
#include "image/requirements.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/command.hpp"
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
  EXPECT_NE(result.plan.dockerfile.find("FROM python:3-slim AS application\n"), std::string::npos);
  EXPECT_EQ(result.plan.recipe.base, "python:3-slim");
  EXPECT_NE(result.plan.dockerfile.find(
                "ENTRYPOINT [\"/opt/sconectl/sconectl\", \"run\", \"--\", \"python3\"]\nCMD []"),
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
  const auto base = [&](const std::string& build) {
    const Planned made = planned(manifest_with(build), {}, options);
    EXPECT_THAT(made.plan.dockerfile,
                HasSubstr("FROM " + made.plan.recipe.base + " AS application\n"));
    return made.plan.recipe.base;
  };
  EXPECT_EQ(base(""), "localhost/my-python");
  EXPECT_EQ(base("  from: b:1\n"), "b:1");
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
  PlanOptions enclave = native();
  enclave.runtime = Runtime::gramine;
  EXPECT_THAT(planned(manifest_with("", "java17"), {}, enclave).errors,
              HasSubstr("kind 'java17' is not built in for the runtime 'gramine'"));
  EXPECT_THAT(planned(manifest_with("", "jawa17")).errors, HasSubstr("did you mean 'java17'?"));
  const Planned java = planned(manifest_with("", "java 8"), {}, scone());
  EXPECT_EQ(java.errors, "");
  EXPECT_NE(java.plan.dockerfile.find(
                "FROM registry.scontain.com/sconectl/java-8:latest AS application\n"),
            std::string::npos);
  EXPECT_NO_THROW(require_buildable(java.plan));
}

const Source a_file{Source::Kind::file, ""};

TEST(Plan, M16_java_sources_are_compiled_in_a_stage_and_jars_are_on_the_class_path) {
  const std::string manifest =
      "apiVersion: scone/5.8\nkind: genservice\nbuild:\n  name: web\n  kind: java17\n  to: "
      "r/web:1\n  pwd: /java\n  command: java PrintEnv {{GREETING}}\n  copy: [PrintEnv.java, "
      "lib/a.jar, conf]\n";
  const Planned java = planned(
      manifest,
      {{"PrintEnv.java", a_file}, {"lib/a.jar", a_file}, {"conf", {Source::Kind::directory, ""}}});
  EXPECT_EQ(java.errors + java.warnings, "");
  EXPECT_EQ(java.plan.facts.command, "java -cp /java:/java/lib/a.jar PrintEnv {{GREETING}}");
  EXPECT_THAT(listing(java.plan), test::HasButNot("java/PrintEnv.java\n", "app/PrintEnv.java"));
  EXPECT_THAT(text_at(java.plan, "java/.sconectl-arguments"),
              HasSubstr("-cp \"/classpath:/classpath/lib/a.jar\"\n\"/java/PrintEnv.java\"\n"));
  EXPECT_THAT(java.plan.dockerfile,
              HasSubstr("FROM eclipse-temurin:17-jdk AS compiling\nCOPY [\"app/\", "
                        "\"/classpath/\"]\nCOPY [\"java/\", \"/java/\"]\nRUN [\"javac\", "
                        "\"@/java/.sconectl-arguments\"]\nFROM eclipse-temurin:17-jre AS "
                        "application\n"));
  EXPECT_THAT(java.plan.dockerfile,
              HasSubstr("COPY [\"app/\", \"/java/\"]\nCOPY --from=compiling [\"/classes/\", "
                        "\"/java/\"]\n"));
}

TEST(Plan, M16_java_without_sources_has_no_compiler) {
  const Planned java = planned(
      "apiVersion: scone/5.8\nkind: genservice\nbuild: {name: web, kind: "
      "java, to: 'r/web:1', command: java -jar app.jar, copy: [app.jar]}\n",
      {{"app.jar", a_file}});
  EXPECT_EQ(java.errors + java.warnings, "");
  EXPECT_EQ(java.plan.facts.command, "java -jar app.jar");
  EXPECT_THAT(java.plan.dockerfile,
              test::HasButNot("FROM eclipse-temurin:17-jre AS application\n", "compiling"));
}

std::string node_manifest(const std::string& copy) {
  return "apiVersion: scone/5.8\nkind: genservice\nbuild: {name: web, kind: node, to: 'r/web:1', "
         "pwd: /app, command: node server.js, copy: " +
         copy + "}\n";
}

TEST(Plan, packages_of_node_are_installed_before_the_application) {
  const Sources sources = {{".", {Source::Kind::directory, ""}},
                           {"server.js", a_file},
                           {"package.json", a_file},
                           {"package-lock.json", a_file}};
  for (const char* copy : {"[.]", "[server.js, package.json, package-lock.json]"}) {
    const Planned node = planned(node_manifest(copy), sources);
    EXPECT_EQ(node.errors + node.warnings, "") << copy;
    EXPECT_THAT(node.plan.dockerfile, HasSubstr("FROM node:22-slim AS application\n")) << copy;
    EXPECT_THAT(node.plan.dockerfile,
                HasSubstr("COPY [\"node/\", \"/app/\"]\nRUN npm ci --omit=dev --no-audit --no-fund "
                          "--cache /tmp/npm && rm -rf /tmp/npm\nCOPY [\"app/\", \"/app/\"]\n"))
        << copy;
  }
}

TEST(Plan, packages_of_node_without_a_lock_are_installed_with_a_warning) {
  const Planned node =
      planned(node_manifest("[server.js, package.json]"),
              {{"server.js", a_file}, {"package.json", a_file}, {"package-lock.json", a_file}});
  EXPECT_THAT(node.warnings, HasSubstr("'package-lock.json' is not among what is copied"));
  EXPECT_THAT(node.plan.dockerfile, HasSubstr("RUN npm install "));
  const Planned without =
      planned(node_manifest("[server.js]"), {{"server.js", a_file}, {"package.json", a_file}});
  EXPECT_THAT(without.plan.dockerfile, test::HasButNot("COPY [\"app/\"", "npm"));
}

TEST(Plan, the_base_of_java_and_node_is_asked_for_its_environment) {
  const auto inherited = [](const std::string& kind) {
    return inherited_base(service(manifest_with("", kind)).build, native());
  };
  EXPECT_EQ(inherited("java21"), "eclipse-temurin:21-jre");
  EXPECT_EQ(inherited("node"), "node:22-slim");
  EXPECT_EQ(inherited("python"), std::nullopt);
  PlanOptions options = native();
  BaseImage base;
  base.environment = {{"PATH", "/opt/java/bin:/bin"}};
  options.base = base;
  const auto facts = planned(manifest_with("", "java"), {}, options).plan.facts;
  EXPECT_THAT(facts.local, testing::Contains(testing::Field(&text::Variable::name, "PATH")));
}

TEST(Plan, only_enclaves_ask_for_sgx) {
  const std::string values = "scone/charts/web/values.yaml.template";
  const std::string plain = text_at(planned(manifest_with("")).plan, values);
  EXPECT_THAT(plain, test::HasButNot("useSGXDevPlugin: disabled", "sgx.k8s.io"));
  EXPECT_THAT(plain, test::HasButNot("nodeSelector: {}", "las."));
  const std::string enclave = text_at(planned(manifest_with(""), {}, scone()).plan, values);
  EXPECT_NE(enclave.find("useSGXDevPlugin: \"{{useSGXDevPlugin}}\""), std::string::npos);
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

TEST(Context, the_same_plan_writes_nothing_and_what_somebody_changed_is_put_right) {
  test::MemoryFiles files;
  files.put("/cwd/a.py", "a");
  files.put("/cwd/dir/b.py", "b", 0755);
  files.put("/usr/bin/sconectl", "ELF", 0755);
  const std::string text = manifest_with("  copy: [a.py, dir]\n");
  const auto apply = [&] {
    write(planned(text, survey(service(text), files)).plan, files, "target/images/web");
  };
  apply();
  const host::Tree first = files.all();
  int writes = files.writes();
  apply();
  EXPECT_EQ(files.writes(), writes);
  const std::filesystem::path there = "/cwd/target/images/web";
  for (const std::filesystem::path& changed :
       {there / "context/app/a.py", there / "context/app/dir/b.py", there / "Dockerfile",
        there / "context/sconectl"}) {
    const host::TreeFile& before = first.at(changed.string());
    files.put(changed, std::string(before.bytes.size(), '?'), before.mode);
    apply();
    EXPECT_EQ(files.all().at(changed.string()).bytes, before.bytes) << changed;
    files.put(changed, before.bytes, 0600);
    apply();
    EXPECT_EQ(files.all().at(changed.string()).mode, before.mode) << changed;
  }
  files.put("/cwd/a.py", "b");
  writes = files.writes();
  apply();
  EXPECT_EQ(files.writes(), writes + 1);
  EXPECT_EQ(files.all().at((there / "context/app/a.py").string()).bytes, "b");
}

TEST(Context, a_link_in_place_of_the_dockerfile_is_refused_even_if_it_leads_to_the_same_text) {
  const auto files = host::system_files();
  const host::TemporaryDirectory temporary(*files);
  const std::filesystem::path place = temporary.path() / "target" / "images" / "web";
  BuildPlan plan;
  plan.dockerfile = "FROM scratch\n";
  write(plan, *files, place);
  files->write(temporary.path() / "same", plan.dockerfile);
  files->make_link(temporary.path() / "same", place / "Dockerfile");
  EXPECT_THROW(write(plan, *files, place), diag::Error);
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

// ---------------------------------------------------------------- the image that is built on

BaseImage source_image() {
  BaseImage base;
  base.entrypoint = {"/bin/sh", "-c", "id; for a; do echo \"[$a]\"; done", "--"};
  base.command = {"a b", "$HOME", "it's", "", "*", "{{x}}"};
  base.environment = {{"PATH", "/opt/bin:/bin"}, {"Q", "it's \"q\""}, {"T", "{{ .x }}"}};
  base.directory = "/srv";
  return base;
}

std::string sconified(const std::string& build, const std::string& environment = "") {
  return "apiVersion: scone/5.8\nkind: genservice\n" + environment +
         "build:\n  name: web\n  kind: sconify_image\n  from: b:1\n  to: r/web:1\n" + build;
}

TEST(Plan, command_environment_and_directory_come_from_the_image_unless_the_manifest_names_others) {
  PlanOptions options = native();
  options.base = source_image();
  const Planned result = planned(sconified(""), {}, options);
  EXPECT_EQ(result.errors, "");
  const Facts& facts = result.plan.facts;
  std::string command = facts.command;  // as a mesh fills it in
  command.erase(command.find("\\{{"), 1);
  EXPECT_EQ(session::split_command(command), options.base->words());
  EXPECT_EQ(facts.pwd, "/srv");
  EXPECT_EQ(facts.local, (text::Environment{
                             {"PATH", "/opt/bin:/bin"}, {"Q", "it's \"q\""}, {"T", "\\{{ .x }}"}}));
  EXPECT_THAT(result.plan.dockerfile,
              AllOf(HasSubstr("WORKDIR /srv\n"), HasSubstr("\"run\", \"--\", \"/bin/sh\"]")));
  const Planned named = planned(
      sconified(
          "  pwd: /else\n  command: prog x\n",
          "environment:\n  local:\n    - {name: Q, value: mine}\n  global:\n    - name: PATH\n"),
      {}, options);
  EXPECT_EQ(named.plan.facts.command, "prog x");
  EXPECT_EQ(named.plan.facts.pwd, "/else");
  EXPECT_EQ(named.plan.facts.local, (text::Environment{{"T", "\\{{ .x }}"}, {"Q", "mine"}}));
}

TEST(Plan, without_a_command_anywhere_it_is_an_error_that_says_where_it_was_looked_for) {
  EXPECT_THAT(planned(sconified("")).errors, HasSubstr("'b:1' is not here to tell its own"));
  PlanOptions options = native();
  options.base.emplace();
  EXPECT_THAT(planned(sconified(""), {}, options).errors, HasSubstr("'b:1' names none"));
}

TEST(BaseImages, are_read_from_the_configuration_that_engines_print) {
  const auto read = parse_base_image(
      R"({"Hostname":"","Env":["A=1=2","B=","PATH=/x"],"Cmd":["c"],"WorkingDir":"/w","Entrypoint":["e","f"]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->words(), (std::vector<std::string>{"e", "f", "c"}));
  EXPECT_EQ(read->environment, (text::Environment{{"A", "1=2"}, {"B", ""}, {"PATH", "/x"}}));
  EXPECT_EQ(read->directory, "/w");
  EXPECT_EQ(parse_base_image(R"({"Env":null,"Cmd":null,"Entrypoint":null})"), BaseImage{});
  EXPECT_EQ(parse_base_image("null"), std::nullopt);
  EXPECT_EQ(parse_base_image("no json"), std::nullopt);
}

// ---------------------------------------------------------------- links for injected files

TEST(Plan, injected_files_get_links_for_containers_that_can_not_write) {
  const auto with_files = [](const std::string& paths) {
    return planned(
        "apiVersion: scone/5.8\nkind: genservice\ninjection_files:\n" + paths +
        "build:\n  name: web\n  kind: python\n  to: r/web:1\n  command: python3 web.py\n");
  };
  const Planned result = with_files(
      "  - {path: /tls/a.key, content: x}\n  - {path: /tls/b.key, content: x}\n"
      "  - {path: /c, content: x}\n  - {path: /etc/hosts, content: x}\n"
      "  - {path: /dev/shm/x, content: x}\n  - {path: '/odd $x/y', content: x}\n");
  EXPECT_EQ(result.errors, "");
  std::set<std::string> targets;
  std::set<std::string> links;
  for (const auto& [path, entry] : result.plan.context)
    if (const auto* link = std::get_if<ContextLink>(&entry.content)) {
      links.insert(path);
      targets.insert(link->target);
      EXPECT_THAT(link->target, testing::MatchesRegex("/dev/shm/\\.sconectl-[0-9a-f]{16}"));
    }
  EXPECT_EQ(links, (std::set<std::string>{"links/0/a.key", "links/0/b.key", "links/1/c"}));
  EXPECT_EQ(targets.size(), 3U);
  EXPECT_THAT(result.plan.dockerfile,
              AllOf(HasSubstr("COPY [\"links/0/\", \"/tls/\"]\n"),
                    HasSubstr("COPY [\"links/1/\", \"/\"]\n"), Not(HasSubstr("/etc/hosts"))));
  test::MemoryFiles files;
  files.put("/usr/bin/sconectl", "program");
  write(result.plan, files, "target/images/web");
  EXPECT_TRUE(files.read_link("target/images/web/context/links/0/a.key"));
  write(result.plan, files, "target/images/web");
  write(with_files("  - {path: /c, content: x}\n").plan, files, "target/images/web");
  EXPECT_FALSE(files.read_link("target/images/web/context/links/0/a.key"));
  EXPECT_TRUE(files.read_link("target/images/web/context/links/0/c"));
}

// ---------------------------------------------------------------- requirements

TEST(Requirements, files_that_are_taken_in_come_along) {
  test::MemoryFiles files;
  files.put("deps/all.txt",
            "flask  # a comment\n-r base.txt\n--constraint=../pins.txt\n-r "
            "https://x/y.txt\n-rbase.txt\n");
  files.put("deps/base.txt", "\xEF\xBB\xBFredis\n--requirement all.txt\n");
  files.put("pins.txt", "flask==3\n");
  const std::string text = manifest_with("  requirements: deps/all.txt\n");
  const Planned result = planned(text, survey(service(text), files));
  EXPECT_EQ(result.errors + result.warnings, "");
  EXPECT_EQ(text_at(result.plan, "requirements.txt"),
            "flask  # a comment\n-r requirements-1.txt\n--constraint=requirements-2.txt\n"
            "-r https://x/y.txt\n-rrequirements-1.txt\n");
  EXPECT_EQ(text_at(result.plan, "requirements-1.txt"), "redis\n--requirement requirements.txt\n");
  EXPECT_EQ(text_at(result.plan, "requirements-2.txt"), "flask==3\n");
  EXPECT_THAT(result.plan.dockerfile,
              HasSubstr("COPY [\"requirements-1.txt\", \"requirements-2.txt\", "
                        "\"requirements.txt\", \"/opt/sconectl/\"]\n"));
}

TEST(Requirements, one_that_is_missing_or_outside_is_named) {
  test::MemoryFiles files;
  files.put("requirements.txt", "-r gone.txt\n-c ../outside.txt\n");
  const std::string text = manifest_with("  requirements: requirements.txt\n");
  const Planned result = planned(text, survey(service(text), files));
  EXPECT_THAT(result.warnings,
              HasSubstr("'build.requirements' names 'gone.txt', which does not exist"));
  EXPECT_EQ(result.plan.missing.size(), 2U);
  EXPECT_THROW(require_buildable(result.plan), diag::Error);
}

TEST(Requirements, options_that_only_look_alike_are_left_alone) {
  for (const char* line : {"-rubbish://x", "requests", "# -r base.txt", "--requirements x",
                           "-r ${X}/y.txt", "-e .", "--extra-index-url https://a/b"})
    EXPECT_EQ(included_file(line), std::nullopt) << line;
  EXPECT_EQ(included_file("  -r  'a b.txt'  # x"), "a b.txt");
  EXPECT_EQ(included_file("-c\tpins.txt"), "pins.txt");
}

TEST(Requirements, a_password_in_them_gives_a_warning_that_does_not_show_it) {
  const std::string text = manifest_with("  requirements: r.txt\n");
  const Sources sources = {
      {"r.txt",
       {Source::Kind::file,
        "flask\n--extra-index-url https://user:hunter2@pypi.example/simple\n"}}};
  EXPECT_THAT(planned(text, sources).warnings,
              test::HasButNot("line 2 of 'r.txt' holds a user name and a password", "hunter2"));
  EXPECT_TRUE(
      lines_with_password("x @ https://user:${PASS}@h/y\n# https://u:p@h\nhttps://user@h/x\n")
          .empty());
}

}  // namespace
}  // namespace sconectl::image
