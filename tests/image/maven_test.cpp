// Maven projects: what makes one, what is built, and what the image gets of it.
#include "image/maven.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/planning.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/assembly.hpp"
#include "support/matchers.hpp"
#include "support/memory_files.hpp"

namespace sconectl::image {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const Source some_file = {Source::Kind::file, ""};
const Source some_directory = {Source::Kind::directory, ""};

/// A project whose manifest copies this; pom.xml is there.
Planned project(const std::string& copy, PlanOptions options = native()) {
  return planned(
      "apiVersion: scone/5.8\nkind: genservice\nbuild:\n  name: web\n  kind: java21\n  to: "
      "r/web:1\n"
      "  pwd: /app\n  command: java site.Main {{GREETING}}\n  copy: " +
          copy + "\n",
      {{"pom.xml", some_file},
       {"src", some_directory},
       {".", some_directory},
       {"Main.java", some_file},
       {"lib/a.jar", some_file}},
      options);
}

TEST(Maven, a_project_is_built_in_a_stage_and_its_jars_are_on_the_class_path) {
  const Planned maven = project("[pom.xml, src]");
  EXPECT_EQ(maven.errors + maven.warnings, "");
  EXPECT_EQ(maven.plan.facts.command, "java -cp /app:/app/* site.Main {{GREETING}}");
  EXPECT_THAT(listing(maven.plan), test::HasButNot("java/pom.xml\n", "app/"));
  EXPECT_THAT(maven.plan.dockerfile,
              HasSubstr("FROM maven:3-eclipse-temurin-21 AS compiling\nUSER 0:0\nCOPY [\"java/\", "
                        "\"/java/\"]\nWORKDIR /java\nRUN mkdir -p /classes && mvn "));
  EXPECT_THAT(maven.plan.dockerfile,
              AllOf(HasSubstr("FROM eclipse-temurin:21-jre AS application\n"),
                    HasSubstr("COPY --from=compiling [\"/classes/\", \"/app/\"]\n")));
  EXPECT_THAT(maven.plan.dockerfile, test::HasButNot("copy-dependencies", "javac"));
}

TEST(Maven, is_the_image_that_is_named) {
  PlanOptions options = native();
  options.maven_image = "r/maven:1";
  EXPECT_THAT(project("[.]", options).plan.dockerfile, HasSubstr("FROM r/maven:1 AS compiling\n"));
}

TEST(Maven, everything_that_is_copied_is_the_project) {
  const Planned maven = project("[., Main.java, lib/a.jar]");
  EXPECT_THAT(listing(maven.plan),
              AllOf(HasSubstr("java/Main.java\n"), HasSubstr("java/lib/a.jar\n")));
  EXPECT_THAT(maven.plan.dockerfile, test::HasButNot("&& mvn", "javac"));
  EXPECT_THAT(maven.plan.facts.command, test::HasButNot("/app/*", "a.jar"));
}

TEST(Maven, without_its_pom_copied_javac_compiles) {
  for (const char* copy : {"[Main.java]", "[Main.java, src]"})
    EXPECT_THAT(project(copy).plan.dockerfile, test::HasButNot("RUN [\"javac\"", "mvn"));
  // A project of another kind is none.
  EXPECT_THAT(
      planned(manifest_with("  copy: [pom.xml]\n"), {{"pom.xml", some_file}}).plan.dockerfile,
      test::HasButNot("COPY [\"app/\"", "mvn"));
}

TEST(Maven, has_to_run_so_an_engine_is_needed) {
  try {
    (void)assembly(project("[pom.xml, src]").plan);
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_THAT(error.text(), test::HasButNot("mvn, for pom.xml", "javac"));
  }
}

TEST(Maven, what_it_made_on_this_machine_stays_out) {
  test::MemoryFiles files;
  files.put("/cwd/pom.xml", "<project/>");
  files.put("/cwd/src/Main.java", "class Main {}");
  files.put("/cwd/target/classes/Main.class", "stale");
  files.put("/usr/bin/sconectl", "x");
  write(project("[.]").plan, files, "made/images/web");
  EXPECT_TRUE(files.exists("made/images/web/context/java/src/Main.java"));
  EXPECT_FALSE(files.exists("made/images/web/context/java/target"));
}

}  // namespace
}  // namespace sconectl::image
