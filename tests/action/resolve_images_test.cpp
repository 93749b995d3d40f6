#include "sconectl/action/resolve_images.hpp"

#include <gmock/gmock.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/name.hpp"
#include "support/fake_registry.hpp"
#include "support/fixed_clock.hpp"
#include "support/map_environment.hpp"
#include "support/memory_files.hpp"
#include "support/scripted_processes.hpp"

namespace sconectl::action {
namespace {

using ::testing::HasSubstr;

class ResolveImages : public testing::Test {
 protected:
  ResolveImages() {
    registry_.manifests["app/web:1"] = {"", "{}"};
    registry_.manifests["base:3"] = {"", "{ }"};
  }
  std::string resolved(const std::string& text) {
    files_.put("/cwd/x.yaml", text);
    System system{files_,
                  processes_,
                  registry_,
                  clock_,
                  environment_,
                  [](std::string_view) {},
                  [](std::string_view) {},
                  [](const diag::Diagnostic&) {}};
    try {
      return resolve_images(system, "x.yaml", options_);
    } catch (const diag::Error& error) {
      kind_ = error.kind();
      std::string lines = error.text();
      for (const std::string& cause : error.causes()) lines += cause + "\n";
      for (const diag::Diagnostic& each : error.diagnostics()) lines += each.line() + "\n";
      return lines;
    }
  }

  const std::string web_ = "127.0.0.1:5000/app/web:1";
  const std::string web_digest_ = web_ + "@" + oci::digest_of("{}");
  const std::string base_ = "127.0.0.1:5000/base:3";
  test::FakeRegistry registry_;
  test::MemoryFiles files_;
  test::ScriptedProcesses processes_;
  test::FixedClock clock_;
  test::MapEnvironment environment_{std::map<std::string, std::string>{{"HOME", "/home"}}};
  ResolveOptions options_;
  std::optional<diag::ErrorKind> kind_;  ///< of what was thrown last
};

TEST_F(ResolveImages, names_get_their_digest_and_nothing_else_changes) {
  const std::string text = "# kept: image: " + web_ + "\nservices:\n  - name: a\n    image: \"" +
                           web_ + "\"  # why\n  - {name: b, image: " + web_ +
                           "}\nother: image\n---\nbuild:\n  from: " + base_ + "\n  to: " + web_ +
                           "\n";
  std::string wanted = text;
  const auto replace = [&](const std::string& from, const std::string& to) {
    wanted.replace(wanted.find(from), from.size(), to);
  };
  replace("image: \"" + web_ + "\"", "image: \"" + web_digest_ + "\"");
  replace("b, image: " + web_, "b, image: " + web_digest_);
  replace("from: " + base_, "from: " + base_ + "@" + oci::digest_of("{ }"));
  EXPECT_EQ(resolved(text), wanted);
  EXPECT_EQ(registry_.asked.size(), 2U) << "each image is asked for once";
}

TEST_F(ResolveImages, a_name_with_a_digest_stays) {
  const std::string text = "image: " + web_digest_ + "\nbuild: {from: scratch}\n";
  EXPECT_EQ(resolved(text), text);
  EXPECT_TRUE(registry_.asked.empty());
}

TEST_F(ResolveImages, variables_are_replaced_in_names_only) {
  options_.substitutions.given["REPO"] = "127.0.0.1:5000/app";
  EXPECT_EQ(resolved("name: $REPO\nimage: $REPO/web:1\n"),
            "name: $REPO\nimage: " + web_digest_ + "\n");
}

TEST_F(ResolveImages, every_name_that_is_not_known_is_told_with_its_place) {
  const std::string text = resolved("a: {image: '127.0.0.1:5000/none:1'}\nb: {image: 'x y'}\n");
  EXPECT_THAT(text, HasSubstr("x.yaml:1:12: error: there is no image '127.0.0.1:5000/none:1'"));
  EXPECT_THAT(text, HasSubstr("x.yaml:2:12: error: 'x y' is no image reference"));
  EXPECT_EQ(kind_, diag::ErrorKind::invalid);
}

TEST_F(ResolveImages, what_is_not_there_or_not_given_is_no_mistake_of_the_file) {
  EXPECT_THAT(resolved("a: {image: '127.0.0.1:5000/none:1'}\nb: {image: 'far.example/x:1'}\n"),
              AllOf(HasSubstr("x.yaml:1:12: error: there is no image"),
                    HasSubstr("x.yaml:2:12: error: can not reach far.example")));
  EXPECT_EQ(kind_, diag::ErrorKind::unavailable);
  registry_.refuses = "HEAD";
  (void)resolved("image: " + web_ + "\n");
  EXPECT_EQ(kind_, diag::ErrorKind::unavailable);
}

}  // namespace
}  // namespace sconectl::action
