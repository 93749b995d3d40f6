// tests/golden/image-*/service.yaml in; Dockerfile, listing and /scone folder out. Refreshed by
// SCONECTL_UPDATE_GOLDEN=1.
#include <gtest/gtest.h>

#include <filesystem>

#include "image/planning.hpp"
#include "support/golden.hpp"
#include "support/repository.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

using test::expect_golden;
using test::text_of;

/// What the plan says besides the Dockerfile: every path of the context, and our own texts. The
/// chart's templates are the repository's own and only listed.
std::string contents(const BuildPlan& plan) {
  std::string text = listing(plan);
  for (const auto& [path, entry] : plan.context) {
    const bool chart_template =
        path.find("/templates/") != std::string::npos || path.ends_with("/values.schema.json");
    if (const auto* source = std::get_if<fs::path>(&entry.content))
      text += "\n== " + path + " <- " + source->string() + "\n";
    else if (const auto* link = std::get_if<ContextLink>(&entry.content))
      text += "\n== " + path + " -> " + link->target + "\n";
    else if (!chart_template)
      text += "\n== " + path + "\n" + std::get<std::string>(entry.content);
  }
  return text;
}

const Sources sources = {
    {"print_env.py", {Source::Kind::file, ""}},
    {"./data dir/", {Source::Kind::directory, ""}},
    {"odd $(name)'\".txt", {Source::Kind::file, ""}},
    {"requirements.txt", {Source::Kind::file, "# only\nredis==4\n"}},
    {"comments.txt", {Source::Kind::file, "\n  # nothing to install\n"}},
    {"api.py", {Source::Kind::file, ""}},
    {"PrintEnv.java", {Source::Kind::file, ""}},
};

class GoldenPlans : public testing::TestWithParam<const char*> {};

TEST_P(GoldenPlans, are_byte_for_byte_the_same) {
  const fs::path directory = test::source_directory() / "tests" / "golden" / GetParam();
  PlanOptions options = native();
  if (std::string(GetParam()).find("scone") != std::string::npos) options.runtime = Runtime::scone;
  const Planned first = planned(text_of(directory / "service.yaml"), sources, options);
  EXPECT_EQ(first.errors, "");
  EXPECT_EQ(first.warnings, "");
  expect_golden(directory / "Dockerfile", without_description(first.plan.dockerfile));
  expect_golden(directory / "context.txt", contents(first.plan));
  const Planned second = planned(text_of(directory / "service.yaml"), sources, options);
  EXPECT_EQ(contents(first.plan), contents(second.plan));
}

INSTANTIATE_TEST_SUITE_P(Image, GoldenPlans,
                         testing::Values("image-hello-world", "image-flask", "image-scone-java"));

}  // namespace
}  // namespace sconectl::image
