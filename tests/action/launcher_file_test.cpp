// Which of our two programs an image gets.
#include "action/launcher_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "applying.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

using manifest::Runtime;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* beside = "/usr/bin/sconectl-launcher";
constexpr const char* inside = "/usr/libexec/sconectl/sconectl-launcher";

ServiceOptions dry_run_of(manifest::RuntimeSetting runtime) {
  ServiceOptions options;
  options.runtime = runtime;
  options.dry_run = true;
  options.offline = true;
  return options;
}

/// What the image's build context has as `sconectl`.
std::string program_in_context(test::FakeSystem& machine, manifest::RuntimeSetting runtime,
                               const std::string& build = "") {
  const auto document = document_of(machine, service_manifest(build));
  (void)apply_service(machine.system, document, dry_run_of(runtime));
  return machine.files.read("target/images/web/context/sconectl", 100);
}

TEST(LauncherFile, native_images_get_the_launcher_from_beside_the_program) {
  test::FakeSystem machine;
  machine.files.put(inside, "another launcher", 0755);
  EXPECT_EQ(program_for_images(machine.system, Runtime::native), beside);
  EXPECT_EQ(program_in_context(machine, manifest::RuntimeSetting::native), "the launcher");
}

TEST(LauncherFile, it_may_stand_in_libexec) {
  test::FakeSystem machine;
  machine.files.remove_tree(beside);
  machine.files.put(inside, "another launcher", 0755);
  EXPECT_EQ(program_for_images(machine.system, Runtime::native), inside);
  EXPECT_EQ(program_in_context(machine, manifest::RuntimeSetting::native), "another launcher");
}

TEST(LauncherFile, a_directory_of_its_name_is_none) {
  test::FakeSystem machine;
  machine.files.remove_tree(beside);
  machine.files.make_directories(beside, 0755);
  machine.files.put(inside, "another launcher", 0755);
  EXPECT_EQ(program_for_images(machine.system, Runtime::native), inside);
}

TEST(LauncherFile, without_it_nothing_is_planned_and_the_error_says_what_to_do) {
  test::FakeSystem machine;
  machine.files.remove_tree(beside);
  try {
    (void)program_in_context(machine, manifest::RuntimeSetting::native);
    FAIL() << "it was planned";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
    EXPECT_THAT(error.text(), AllOf(HasSubstr(beside), HasSubstr(inside),
                                    HasSubstr("copy sconectl-launcher of the same build beside "
                                              "/usr/bin/sconectl")));
  }
  EXPECT_FALSE(machine.files.exists("target"));
}

TEST(LauncherFile, images_for_gramine_are_measured_by_the_whole_program) {
  test::FakeSystem machine;
  machine.files.remove_tree(beside);
  EXPECT_EQ(program_for_images(machine.system, Runtime::gramine), "/usr/bin/sconectl");
  EXPECT_EQ(program_in_context(machine, manifest::RuntimeSetting::gramine), "the program itself");
}

}  // namespace
}  // namespace sconectl::action
