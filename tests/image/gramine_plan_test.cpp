#include "image/gramine_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/planning.hpp"
#include "sconectl/diag/error.hpp"
#include "support/golden.hpp"
#include "support/repository.hpp"

namespace sconectl::image {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;

PlanOptions for_gramine() {
  PlanOptions options = native();
  options.runtime = Runtime::gramine;
  options.runtime_because = "'--runtime' says so";
  return options;
}

const Sources own = {{"own.manifest", {Source::Kind::file, "sgx.isvsvn = 4\n"}},
                     {"web.py", {Source::Kind::file, ""}},
                     {"requirements.txt", {Source::Kind::file, "flask\n"}}};

TEST(GraminePlan, EV062_has_a_stage_that_measures_and_no_key) {
  PlanOptions options = for_gramine();
  options.base = BaseImage{{}, {}, {{"PATH", "/usr/bin"}, {"A", "b"}}, "/srv", {}, "1000:1000"};
  const Planned result =
      planned(manifest_with("  from: b:1\n  copy: [web.py]\n  requirements: requirements.txt\n"
                            "  signature: {sign: true, key: secret-key.pem}\n"
                            "  gramine: {image: r/gramine:9, prefix: /gramine/built/, "
                            "manifest: own.manifest, name_prefix: gsc-}\n"),
              own, options);
  EXPECT_EQ(result.errors + result.warnings, "");
  EXPECT_EQ(result.plan.reference, "r/gsc-web:1");
  EXPECT_EQ(unsigned_reference(result.plan), "r/gsc-web:1-unsigned");
  test::expect_golden(test::source_directory() / "tests/golden/gramine/Dockerfile",
                      without_description(result.plan.dockerfile));
  EXPECT_THAT(text_at(result.plan, "gramine/entrypoint.manifest"),
              AllOf(HasSubstr("isvsvn = 4"), HasSubstr("A = \"b\""),
                    HasSubstr("file:/gramine/built/lib/x86_64-linux-gnu/gramine/libsysdb.so")));
  EXPECT_EQ(text_at(result.plan, "gramine/trusted_argv"),
            std::string("/gramine/app_files/python3\0web.py\0", 34));
  EXPECT_THAT(text_at(result.plan, "gramine/apploader.sh"),
              HasSubstr("exec /gramine/built/bin/gramine-sgx /gramine/app_files/entrypoint"));
  EXPECT_THAT(listing(result.plan), AllOf(HasSubstr("sconectl\n"), Not(HasSubstr("key"))));
  EXPECT_NO_THROW(require_buildable(result.plan));
}

TEST(GraminePlan, EV062_option_and_environment_win_over_the_manifest_for_its_image) {
  PlanOptions options = for_gramine();
  const std::string manifest = manifest_with("  gramine: {image: r/gramine:9}\n");
  EXPECT_THAT(planned(manifest, {}, options).plan.dockerfile, HasSubstr("FROM r/gramine:9 AS"));
  options.gramine_image = "other:1";
  EXPECT_THAT(planned(manifest, {}, options).plan.dockerfile, HasSubstr("FROM other:1 AS"));
}

TEST(GraminePlan, EV062_what_is_measured_has_to_be_known) {
  const std::string head =
      "apiVersion: scone/5.8\nkind: genservice\nsecrets: {global: [{name: x, kind: ascii, size: "
      "8}]}\n";
  const std::string build =
      "build:\n  name: web\n  kind: python\n  to: r/web:1\n  command: python3 web.py";
  EXPECT_THAT(planned(head + build + " $$SCONE::x$$\n", {}, for_gramine()).errors,
              AllOf(HasSubstr("service.yaml:8:12: error"), HasSubstr("come over RA-TLS")));
  EXPECT_THAT(planned(head + "environment: {local: [{name: A, value: '{{B}}'}]}\n" + build + "\n",
                      {}, for_gramine())
                  .errors,
              AllOf(HasSubstr("variable 'A'"), HasSubstr("environment.global")));
  EXPECT_THAT(planned(head + "injection_files: [{path: /f, content: x}]\n" + build + "\n", {},
                      for_gramine())
                  .errors,
              HasSubstr("file '/f' would have to be placed by the CAS"));
  const Planned good = planned(head + "environment: {global: [{name: SERVERS}]}\n" + build + "\n",
                               {}, for_gramine());
  EXPECT_EQ(good.errors, "");
  EXPECT_THAT(text_at(good.plan, "gramine/entrypoint.manifest"),
              HasSubstr("[loader.env.SERVERS]\npassthrough = true"));
}

TEST(GraminePlan, EV056_mistakes_of_the_users_manifest_have_their_places) {
  const std::string manifest = manifest_with("  gramine: {manifest: own.manifest}\n");
  EXPECT_THAT(planned(manifest, {}, for_gramine()).warnings,
              HasSubstr("'build.gramine.manifest' names 'own.manifest', which does not exist"));
  const Sources broken = {{"own.manifest", {Source::Kind::file, "a = 1\nb = ]\n"}}};
  EXPECT_THAT(planned(manifest, broken, for_gramine()).errors,
              HasSubstr("own.manifest:2:5: error"));
}

TEST(GraminePlan, EV057_an_image_that_starts_nothing_is_refused) {
  EXPECT_THAT(
      planned("apiVersion: scone/5.8\nkind: genservice\nbuild: {to: 'r/web:1', from: 'b:1'}\n", {},
              for_gramine())
          .errors,
      HasSubstr("the image starts no program"));
  PlanOptions options = for_gramine();
  options.base = BaseImage{{"/bin/echo", "one"}, {"two", "{{x}}"}, {}, "", {}, ""};
  const Planned result =
      planned("apiVersion: scone/5.8\nkind: genservice\nbuild: {to: 'r/web:1', from: 'b:1'}\n", {},
              options);
  EXPECT_EQ(result.errors, "");
  EXPECT_EQ(text_at(result.plan, "gramine/trusted_argv"),
            std::string("/gramine/app_files/echo\0one\0two\0{{x}}\0", 38));
}

TEST(GraminePlan, EV057_arguments_of_the_container_count_only_where_they_may) {
  const auto parts = [](bool insecure, const BaseImage& base) {
    PlanOptions options = for_gramine();
    options.base = base;
    return planned(
               "apiVersion: scone/5.8\nkind: genservice\nbuild: {to: 'r/web:1', from: 'b:1', "
               "gramine: {insecure_args: " +
                   std::string(insecure ? "true" : "false") + "}}\n",
               {}, options)
        .plan;
  };
  const BaseImage base{{"/bin/echo", "it's", "$x"}, {"two", "three"}, {}, "", {}, ""};
  const BuildPlan open = parts(true, base);
  EXPECT_THAT(text_at(open, "gramine/apploader.sh"),
              HasSubstr("/entrypoint 'it'\\''s' '$x' \"$@\" ;;"));
  EXPECT_THAT(open.dockerfile, HasSubstr("CMD [\"two\", \"three\"]\n"));
  EXPECT_THAT(
      text_at(open, "gramine/entrypoint.manifest"),
      AllOf(HasSubstr("insecure__use_cmdline_argv = true"), Not(HasSubstr("argv_src_file"))));
  const BuildPlan only_command = parts(true, {{}, {"/bin/echo", "a"}, {}, "", {}, ""});
  EXPECT_THAT(only_command.dockerfile, HasSubstr("CMD [\"a\"]\n"));
  const BuildPlan measured = parts(false, base);
  EXPECT_THAT(text_at(measured, "gramine/apploader.sh"),
              AllOf(HasSubstr("/entrypoint ;;"), Not(HasSubstr("$@"))));
  EXPECT_THAT(measured.dockerfile, HasSubstr("CMD []\n"));
}

TEST(GraminePlan, EV062_a_shell_reads_the_place_of_gramine_as_one_word) {
  PlanOptions options = for_gramine();
  const BuildPlan plan =
      planned(manifest_with("  gramine: {prefix: \"/opt/my $(gramine)\"}\n"), {}, options).plan;
  EXPECT_THAT(text_at(plan, "gramine/apploader.sh"),
              AllOf(HasSubstr("export PATH='/opt/my $(gramine)/bin':\"${PATH:-/usr/bin:/bin}\"\n"),
                    HasSubstr("exec '/opt/my $(gramine)/bin'/gramine-sgx /gramine/app_files")));
}

TEST(GraminePlan, EV062_the_second_step_adds_signature_facts_and_labels) {
  const BuildPlan plan = planned(manifest_with(""), {}, for_gramine()).plan;
  const EnclaveIdentity enclave{std::string(64, 'a'), std::string(64, 'b'), 7, 3, false};
  const BuildPlan second = signed_plan(plan, enclave, std::string("sig\0nature", 10));
  EXPECT_EQ(second.reference, plan.reference);
  EXPECT_EQ(text_at(second, "entrypoint.sig"), std::string("sig\0nature", 10));
  EXPECT_THAT(second.context, Contains(Key("scone/policy/service.json")));
  EXPECT_THAT(second.dockerfile,
              AllOf(HasSubstr("FROM r/web:1-unsigned\n"),
                    HasSubstr("io.sconectl.mrenclave=\"" + enclave.mr_enclave),
                    HasSubstr("io.sconectl.isvsvn=\"3\" \\\n      io.sconectl.mrenclave="),
                    HasSubstr("COPY [\"entrypoint.sig\", \"/gramine/app_files/\"]")));
}

TEST(GraminePlan, name_prefixes_stand_before_the_last_part) {
  EXPECT_EQ(with_name_prefix("web", "gsc-"), "gsc-web");
  EXPECT_EQ(with_name_prefix("127.0.0.1:5000/a/web:1", "gsc-"), "127.0.0.1:5000/a/gsc-web:1");
}

}  // namespace
}  // namespace sconectl::image
