// Flags to typed options.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/apply_options.hpp"
#include "cli/arguments.hpp"
#include "cli/session_options.hpp"
#include "program.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {
namespace {

using testing::HasSubstr;

/// Reads a command line of `apply` for these kinds of manifests.
struct ReadApply {
  explicit ReadApply(const ApplyKinds& kinds, std::vector<std::string> arguments)
      : parser(invocation, "apply", "", kinds.service && !kinds.mesh ? "--help" : "-h,--help") {
    add_apply_options(parser, options, kinds);
    (void)parser.read(std::move(arguments));
  }

  test::FakeSystem machine;
  Terminal terminal{machine.environment, [](std::string_view) {}, [](std::string_view) {}};
  Invocation invocation{machine.system, terminal, "state.json"};
  Parser parser;
  ApplyOptions options;
};

const ApplyKinds only_service{true, false};
const ApplyKinds only_mesh{false, true};
const ApplyKinds both{true, true};

TEST(ServiceOptions, have_their_defaults) {
  ReadApply read(only_service, {});
  const action::ServiceOptions options = service_options(read.options);
  EXPECT_EQ(options.target, "./target");
  EXPECT_TRUE(options.push);
  EXPECT_FALSE(options.dry_run || options.require_attestation || options.runtime || options.mode ||
               options.engine || options.version || options.helm_template);
}

TEST(ServiceOptions, carry_what_the_command_line_says) {
  ReadApply read(only_service, {"-d",
                                "-n",
                                "-t",
                                "out",
                                "--mode",
                                "debug",
                                "--runtime",
                                "auto",
                                "--engine",
                                "podman",
                                "--set-version",
                                "5.8",
                                "-h",
                                "templates",
                                "-e",
                                "A=b=c",
                                "-e",
                                "A=2",
                                "--use-env",
                                "--require-attestation"});
  const action::ServiceOptions options = service_options(read.options);
  EXPECT_TRUE(options.dry_run);
  EXPECT_FALSE(options.push);
  EXPECT_EQ(options.target, "out");
  EXPECT_EQ(options.mode, manifest::Mode::debug);
  EXPECT_EQ(options.runtime, manifest::RuntimeSetting::automatic);
  EXPECT_EQ(options.engine, "podman");
  EXPECT_EQ(options.version, "5.8");
  EXPECT_EQ(options.helm_template, "templates");
  EXPECT_EQ(options.substitutions.given.at("A"), "2");
  EXPECT_TRUE(options.substitutions.use_environment);
  EXPECT_TRUE(options.require_attestation);
}

TEST(MeshOptions, carry_what_the_command_line_says) {
  ReadApply read(only_mesh,
                 {"-d", "--offline", "-n", "--mode", "production", "-o", "compose", "--release",
                  "demo", "--policy-namespace", "ns", "--cas", "cas.example", "--cas-config", "dir",
                  "--no-access-token", "--require-attestation", "--host-pwd"});
  const action::MeshOptions options = mesh_options(read.invocation, read.options);
  EXPECT_TRUE(options.dry_run && options.offline && options.require_attestation);
  EXPECT_FALSE(options.pull || options.access_tokens);
  EXPECT_EQ(options.mode, manifest::Mode::production);
  EXPECT_EQ(options.output, action::MeshOutput::compose);
  EXPECT_EQ(options.release, "demo");
  EXPECT_EQ(options.policy_namespace, "ns");
  EXPECT_EQ(options.cas, "cas.example");
  EXPECT_EQ(options.cas_config, "dir");
  EXPECT_EQ(options.config, "state.json");
}

TEST(MeshOptions, values_over_those_of_the_mesh) {
  ReadApply read(only_mesh, {"--set", "web.a=1", "--values", "a.yaml", "--set=web.b=2,3",
                             "--values", "b.yaml", "-o", "kyaml"});
  const action::MeshOptions options = mesh_options(read.invocation, read.options);
  EXPECT_THAT(options.set_values, testing::ElementsAre("web.a=1", "web.b=2,3"));
  EXPECT_THAT(options.value_files, testing::ElementsAre("a.yaml", "b.yaml"));
  EXPECT_EQ(options.output, action::MeshOutput::kyaml);
}

TEST(MeshOptions, new_access_tokens) {
  ReadApply read(only_mesh, {"--new-access-tokens"});
  EXPECT_TRUE(mesh_options(read.invocation, read.options).new_access_tokens);
  ReadApply neither(only_mesh, {"--new-access-tokens", "--no-access-token"});
  EXPECT_THROW((void)mesh_options(neither.invocation, neither.options), diag::Error);
}

TEST(MeshOptions, what_is_not_built_in_is_refused_by_name) {
  ReadApply read(only_mesh, {"--otp"});
  try {
    (void)mesh_options(read.invocation, read.options);
    ADD_FAILURE();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unsupported);
    EXPECT_THAT(error.text(), HasSubstr("--otp"));
  }
}

TEST(MeshOptions, offline_without_a_dry_run_is_wrong_usage) {
  ReadApply read(only_mesh, {"--offline"});
  EXPECT_THROW((void)mesh_options(read.invocation, read.options), diag::Error);
}

TEST(ApplyOptions, of_both_kinds_are_taken_together_and_n_means_both) {
  ReadApply read(both, {"-n", "--runtime", "native", "--release", "demo"});
  EXPECT_FALSE(service_options(read.options).push);
  EXPECT_FALSE(mesh_options(read.invocation, read.options).pull);
  EXPECT_EQ(service_options(read.options).runtime, manifest::RuntimeSetting::native);
  EXPECT_EQ(mesh_options(read.invocation, read.options).release, "demo");
}

TEST(ApplyOptions, of_the_other_kind_are_wrong_usage) {
  EXPECT_THROW(ReadApply(only_mesh, {"--runtime", "native"}), diag::Error);
  EXPECT_THROW(ReadApply(only_service, {"--release", "demo"}), diag::Error);
}

TEST(ApplyOptions, a_word_that_is_none_is_wrong_usage) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"--mode", "fast"}, {"--runtime", "sgx"}, {"--engine", "lxc"}, {"-o", "pdf"}, {"extra"}})
    EXPECT_THROW(ReadApply(both, arguments), diag::Error) << arguments[0];
}

TEST(Assignments, CL037_are_names_and_values_and_the_last_one_wins) {
  const auto values = assignments({"A=1", "_b2=x=y", "A=", "C=$(id) `id`\n"});
  EXPECT_EQ(values.at("A"), "");
  EXPECT_EQ(values.at("_b2"), "x=y");
  EXPECT_EQ(values.at("C"), "$(id) `id`\n");
  for (const char* bad : {"", "A", "=x", "1A=x", "A-B=x", "A B=x", "Ä=x"})
    EXPECT_THROW((void)assignments({bad}), diag::Error) << bad;
}

TEST(CasFlags, say_how_a_cas_is_reached) {
  test::FakeSystem machine;
  Terminal terminal{machine.environment, [](std::string_view) {}, [](std::string_view) {}};
  Invocation invocation{machine.system, terminal, std::nullopt};
  Parser parser(invocation, "x", "");
  CasFlags flags;
  flags.add_to(parser);
  EXPECT_FALSE(flags.options().retries);
  ASSERT_TRUE(parser.read({"-c", "cas", "--identity", "id.pem", "--cas-key", "HASH", "--retries",
                           "0", "--only_for_testing-disable-attestation-verification"}));
  const action::CasOptions options = flags.options();
  EXPECT_EQ(options.address, "cas");
  EXPECT_EQ(options.identity_file, "id.pem");
  EXPECT_EQ(options.key_hash, "HASH");
  EXPECT_EQ(options.retries, 0);
  EXPECT_TRUE(options.disable_verification);
}

}  // namespace
}  // namespace sconectl::cli
