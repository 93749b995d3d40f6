// Images for SCONE: what is asked of its tools, and what stands in the images.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/planning.hpp"
#include "image/scone_plan.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/engine.hpp"
#include "support/matchers.hpp"
#include "support/memory_files.hpp"
#include "support/scripted_processes.hpp"

namespace sconectl::image {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Sources scone_web = {{"web.py", {Source::Kind::file, ""}},
                           {".", {Source::Kind::directory, ""}}};

std::string with_environment(const std::string& build, const std::string& local) {
  return manifest_with(build) + "environment:\n  local:\n" + local;
}

TEST(SconePlan, puts_application_and_language_into_a_binary_file_system) {
  const Planned made = planned(
      manifest_with("  pwd: /app\n  copy: [web.py]\n  fs_dirs: [/data/]\n  fs_files: [/etc/a b]\n"
                    "  binarfs: {include-new: [/usr/lib/x86_64-linux-gnu]}\n"
                    "  host_paths: [/etc/hosts, /etc/ssl]\n"),
      scone_web, scone());
  EXPECT_EQ(made.errors + made.warnings, "");
  EXPECT_EQ(text_at(made.plan, "protect/included"),
            "/data\n/etc/a b\n/usr/lib/x86_64-linux-gnu\n/app\n");
  EXPECT_EQ(text_at(made.plan, "protect/included-if-there"),
            "/usr/lib/python3*\n/usr/local/lib/python3*\n");
  EXPECT_EQ(text_at(made.plan, "protect/host-paths"), "/etc/resolv.conf\n/etc/hosts\n/etc/ssl\n");
  EXPECT_THAT(made.plan.dockerfile,
              AllOf(HasSubstr("FROM registry.scontain.com/sconectl/sconecli:latest AS scone\n"),
                    HasSubstr("FROM registry.scontain.com/sconectl/python:latest AS application\n"),
                    HasSubstr("FROM scone AS binary-fs\nCOPY --from=application [\"/\", "
                              "\"/sconectl/root/\"]\n"),
                    HasSubstr("ENV SCONE_EXTENSIONS_PATH=\"/lib/libbinary-fs.so\"\n"),
                    Not(HasSubstr("/scone/"))));
  EXPECT_EQ(made.plan.recipe.base, "registry.scontain.com/sconectl/python:latest");
  EXPECT_EQ(made.plan.recipe.program, "python3");
}

TEST(SconePlan, names_what_is_copied_into_the_root_directory) {
  const Planned made = planned(manifest_with("  copy: [web.py]\n"), scone_web, scone());
  EXPECT_EQ(text_at(made.plan, "protect/included"), "/web.py\n");
  const Planned all = planned(manifest_with("  copy: [.]\n"), scone_web, scone());
  EXPECT_EQ(text_at(all.plan, "protect/included"), "/*\n");
}

TEST(SconePlan, numbers_that_the_processor_does_not_have_are_refused) {
  for (const char* value : {"65536", "1x", "-1"})
    EXPECT_THAT(planned(with_environment(
                            "  copy: [web.py]\n",
                            std::string("  - {name: SCONE_ISVSVN, value: \"") + value + "\"}\n"),
                        scone_web, scone())
                    .errors,
                HasSubstr("has to be a number from 0 to 65535"))
        << value;
}

TEST(SconePlan, takes_variables_of_scone_into_the_image_and_no_others) {
  const Planned made = planned(with_environment("  copy: [web.py]\n",
                                                "  - {name: SCONE_HEAP, value: 760M}\n"
                                                "  - {name: SCONE_MODE, value: auto}\n"
                                                "  - {name: SCONE_ISVSVN, value: \"7\"}\n"
                                                "  - {name: SCONE_ISVPRODID, value: \"65535\"}\n"
                                                "  - {name: A, value: b}\n"),
                               scone_web, scone());
  EXPECT_EQ(made.errors, "");
  text::Environment expected = {{"SCONE_MODE", "auto"},
                                {"SCONE_HEAP", "760M"},
                                {"SCONE_ISVSVN", "7"},
                                {"SCONE_ISVPRODID", "65535"},
                                {"SCONE_EXTENSIONS_PATH", "/lib/libbinary-fs.so"}};
  EXPECT_EQ(made.plan.recipe.scone.environment, expected);
  EXPECT_THAT(made.plan.dockerfile,
              AllOf(HasSubstr("ENV SCONE_HEAP=\"760M\"\n"), Not(HasSubstr("ENV A="))));
  EXPECT_EQ(made.plan.scone->svn, 7);
}

TEST(SconePlan, refuses_values_that_only_the_cas_or_the_mesh_knows) {
  const Planned secret = planned(
      with_environment("  copy: [web.py]\n", "  - {name: SCONE_HEAP, value: $$SCONE::heap$$}\n") +
          "secrets: {global: [{name: heap, kind: ascii, size: 8}]}\n",
      scone_web, scone());
  EXPECT_THAT(secret.errors, HasSubstr("service.yaml:11:12: error: 'SCONE_HEAP' decides what the "
                                       "enclave is measured as"));
  const Planned open = planned(
      with_environment("  copy: [web.py]\n", "  - {name: SCONE_HEAP, value: \"{{heap}}\"}\n"),
      scone_web, scone());
  EXPECT_THAT(open.errors, HasSubstr("'SCONE_HEAP' decides"));
}

TEST(SconePlan, authenticates_directories_or_makes_a_binary_file_system) {
  const Planned made =
      planned(manifest_with("  pwd: /app\n  copy: [web.py]\n  dirs: [/app]\n"), scone_web, scone());
  EXPECT_EQ(made.errors, "");
  EXPECT_THAT(made.plan.scone->authenticated, ElementsAre("/app"));
  EXPECT_THAT(listing(made.plan), test::HasButNot("app/web.py", "protect/"));
  EXPECT_THAT(made.plan.dockerfile,
              AllOf(HasSubstr("AS application\n"), Not(HasSubstr("binary-fs"))));
  const Planned both =
      planned(manifest_with("  dirs: [/app]\n  fs_dirs: [/data]\n"), scone_web, scone());
  EXPECT_THAT(both.errors, HasSubstr("service.yaml:9:13: error: 'build.dirs' (line 8) and a binary "
                                     "file system are two ways"));
  for (const std::string field : {"dirs", "fs_dirs", "fs_files", "host_paths"}) {
    const Planned odd = planned(manifest_with("  " + field + ": [data]\n"), scone_web, scone());
    EXPECT_THAT(odd.errors, HasSubstr("'build." + field +
                                      "' names absolute paths of the image, "
                                      "this is 'data'"));
  }
}

TEST(SconePlan, makes_an_ordinary_program_one_of_scone) {
  const Planned made = planned(
      manifest_with("  from: r/app:1\n  fs_dirs: [/etc/ssl]\n", "sconify_image"), {}, scone());
  EXPECT_EQ(made.errors, "");
  EXPECT_TRUE(made.plan.scone->converts_program);
  EXPECT_THAT(made.plan.dockerfile,
              HasSubstr("COPY --from=scone [\"/opt/scone/lib/\", \"/opt/scone/lib/\"]\n"));
  const Planned bare = planned(manifest_with("  from: r/app:1\n", "sconify_image"), {}, scone());
  EXPECT_THAT(bare.warnings, HasSubstr("no file of the image is protected but the program itself"));
}

TEST(SconePlan, other_runtimes_say_that_they_protect_nothing_in_this_way) {
  const Planned made =
      planned(manifest_with("  dirs: [/app]\n  host_paths: [/etc/ssl]\n"), scone_web, native());
  EXPECT_THAT(made.warnings,
              AllOf(HasSubstr("'build.dirs' has no effect with the runtime 'native'"),
                    HasSubstr("'build.host_paths' has no effect with the runtime 'native'")));
}

TEST(SconePlan, is_signed_in_an_image_of_its_own_and_finished_without_tools) {
  const Planned made =
      planned(manifest_with("  pwd: /app\n  copy: [web.py]\n  dirs: [/app]\n"), scone_web, scone());
  const BuildPlan signing = signing_plan(made.plan);
  EXPECT_EQ(signing.reference, "r/web:1-signing");
  EXPECT_THAT(signing.dockerfile,
              AllOf(HasSubstr("FROM r/web:1-unsigned\n"),
                    HasSubstr("COPY --from=scone [\"/usr/local/bin/scone-signer\", ")));
  const BuildPlan protecting = protecting_plan(made.plan);
  EXPECT_THAT(protecting.dockerfile, HasSubstr("FROM r/web:1-unsigned AS application\n"));
  SconeResult result;
  result.enclave = {std::string(64, 'a'), std::string(64, 'b'), 1, 2, false};
  result.program_path = "/usr/bin/python3.11";
  result.program = "signed";
  result.fspf = SconeResult::Fspf{"protected", std::string(32, 'c')};
  const BuildPlan finished = finished_plan(made.plan, result);
  EXPECT_EQ(without_description(finished.dockerfile),
            "# Made by sconectl: an image of SCONE that was measured, with its signed program.\n"
            "FROM r/web:1-unsigned\n"
            "LABEL io.sconectl.isvprodid=\"1\" \\\n"
            "      io.sconectl.isvsvn=\"2\" \\\n"
            "      io.sconectl.mrenclave=\"" +
                std::string(64, 'a') +
                "\" \\\n"
                "      io.sconectl.mrsigner=\"" +
                std::string(64, 'b') +
                "\" \\\n"
                "      io.sconectl.scone=\"(the folder scone/)\"\n"
                "COPY [\"program\", \"/usr/bin/python3.11\"]\n"
                "COPY [\"fspf.pb\", \"/fspf.pb\"]\n"
                "COPY [\"scone/\", \"/scone/\"]\n");
  EXPECT_EQ(finished.context.at("program").mode, 0755U);
  SconeFolder folder;
  for (const auto& [path, entry] : finished.context)
    if (path.starts_with("scone/")) folder[path.substr(6)] = std::get<std::string>(entry.content);
  const Facts facts = facts_from(folder, "r/web:1");
  EXPECT_EQ(facts.enclave, result.enclave);
  EXPECT_EQ(facts.fspf, (FileSystemProtection{"/fspf.pb", std::string(32, 'c')}));
}

TEST(NativePlan, lists_its_files_unless_that_is_not_wanted) {
  const Planned full = planned(manifest_with("  copy: [web.py]\n"), scone_web);
  EXPECT_THAT(full.plan.dockerfile,
              AllOf(HasSubstr("FROM python:3-slim AS before\nCOPY [\"sconectl\", "
                              "\"/opt/sconectl/sconectl\"]\nUSER 0:0\n"),
                    HasSubstr("RUN [\"/opt/sconectl/sconectl\", \"files\", \"record\", "
                              "\"/opt/sconectl/before\"]\nFROM application\n"),
                    HasSubstr("COPY --from=listing [\"/scone/\", \"/scone/\"]\n")));
  EXPECT_EQ(full.plan.integrity, manifest::Integrity::full);
  const Planned listed =
      planned(manifest_with("  copy: [web.py]\n  integrity: listed\n"), scone_web);
  EXPECT_THAT(listed.plan.dockerfile, HasSubstr("\"/opt/sconectl/before\", \"--allow-more\"]\n"));
  const Planned off = planned(manifest_with("  copy: [web.py]\n  integrity: off\n"), scone_web);
  EXPECT_EQ(off.errors, "");
  EXPECT_THAT(off.plan.dockerfile,
              AllOf(HasSubstr("FROM python:3-slim\n"), Not(HasSubstr("files"))));
  EXPECT_THAT(full.plan.dockerfile,
              HasSubstr("ENTRYPOINT [\"/opt/sconectl/sconectl\", \"run\", \"--\", "));
}

TEST(FileListHash, is_added_to_what_an_image_says_about_itself) {
  const Planned made = planned(manifest_with("  copy: [web.py]\n"), scone_web);
  const std::string before = text_at(made.plan, "scone/policy/service.json");
  const std::string hash(64, 'd');
  Facts facts = made.plan.facts;
  facts.file_list = hash;
  EXPECT_EQ(with_file_list(before, hash), scone_folder(facts).at("policy/service.json"));
  EXPECT_THROW((void)with_file_list("{", hash), diag::Error);
}

TEST(EngineRun, starts_a_container_without_a_network_and_gives_it_its_input) {
  test::ScriptedProcesses processes;
  test::MemoryFiles files;
  processes.always({"podman", "run"}, {0, 0, std::string("out\n\0put", 8), ""});
  Engine engine(processes, files, "podman");
  EXPECT_EQ(engine.run("r/web:1", {.argv = {"/bin/sh", "x y"},
                                   .environment = {{"SCONE_HASH", "1"}},
                                   .input = crypto::Secret("secret")}),
            std::string("out\n\0put", 8));
  const host::Command& command = processes.ran().back();
  EXPECT_THAT(command.argv,
              ElementsAre("podman", "run", "--rm", "--interactive", "--pull", "never", "--network",
                          "none", "--log-driver", "none", "--env", "SCONE_HASH=1", "--entrypoint",
                          "/bin/sh", "r/web:1", "x y"));
  EXPECT_EQ(command.input, "secret");
}

}  // namespace
}  // namespace sconectl::image
