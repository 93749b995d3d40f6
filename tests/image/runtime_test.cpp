#include "sconectl/image/runtime.hpp"

#include <gtest/gtest.h>

namespace sconectl::image {
namespace {

constexpr auto automatic = RuntimeSetting::automatic;
constexpr auto native_setting = RuntimeSetting::native;
constexpr auto gramine = RuntimeSetting::gramine;
constexpr auto scone_setting = RuntimeSetting::scone;

TEST(RuntimeSettings, the_command_line_wins_over_the_manifest_and_that_over_the_environment) {
  const auto place = diag::whole_file("service.yaml");
  const auto option = chosen_runtime({native_setting, gramine, place, scone_setting});
  EXPECT_EQ(option->runtime, Runtime::native);
  EXPECT_EQ(option->because, "'--runtime' says so");
  EXPECT_EQ(option->at.text(), "");
  const auto manifest = chosen_runtime({{}, gramine, place, scone_setting});
  EXPECT_EQ(manifest->runtime, Runtime::gramine);
  EXPECT_EQ(manifest->because, "'build.runtime' says so");
  EXPECT_EQ(manifest->at.text(), "service.yaml");
  const auto environment = chosen_runtime({{}, {}, {}, scone_setting});
  EXPECT_EQ(environment->runtime, Runtime::scone);
  EXPECT_EQ(environment->because, "SCONECTL_RUNTIME says so");
}

TEST(RuntimeSettings, auto_is_the_default_and_can_be_asked_for) {
  EXPECT_FALSE(chosen_runtime({}));
  EXPECT_FALSE(chosen_runtime({automatic, native_setting, {}, scone_setting}));
  EXPECT_FALSE(chosen_runtime({{}, automatic, {}, native_setting}));
}

TEST(AutomaticRuntime, is_scone_where_its_images_are_set_up_and_native_elsewhere) {
  const auto scone = automatic_runtime({true, "SCONECTL_REPO is set"});
  EXPECT_EQ(scone.runtime, Runtime::scone);
  EXPECT_EQ(scone.because, "SCONECTL_REPO is set");
  EXPECT_TRUE(scone.automatic);
  EXPECT_EQ(automatic_runtime({false, "nothing is set up"}).runtime, Runtime::native);
}

TEST(Runtime, only_native_has_no_attestation) {
  EXPECT_FALSE(is_attested(Runtime::native));
  EXPECT_TRUE(is_attested(Runtime::gramine));
  EXPECT_TRUE(is_attested(Runtime::scone));
}

}  // namespace
}  // namespace sconectl::image
