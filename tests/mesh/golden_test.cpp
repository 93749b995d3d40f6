// tests/golden/mesh-*: service-*.yaml and mesh.yaml in; sessions, values of the chart and warnings
// out. Refreshed by SCONECTL_UPDATE_GOLDEN=1.
#include <gtest/gtest.h>

#include <filesystem>

#include "mesh/joining.hpp"
#include "sconectl/session/write.hpp"
#include "support/golden.hpp"
#include "support/repository.hpp"

namespace sconectl::mesh {
namespace {

namespace fs = std::filesystem;

using test::expect_golden;
using test::text_of;

const Values values = {{"APP_IMAGE_REPO", "localhost:5000/app"},
                       {"APP_NAMESPACE", "demo"},
                       {"RELEASE", "rel"},
                       {"CURATED_REPO", "localhost:5000/app"},
                       {"REDIS_BASE_IMAGE", "redis-base"}};

class GoldenMeshes : public testing::TestWithParam<const char*> {};

TEST_P(GoldenMeshes, are_byte_for_byte_the_same) {
  const fs::path directory = test::source_directory() / "tests" / "golden" / GetParam();
  std::vector<image::Facts> images;
  for (int i = 1; fs::exists(directory / ("service-" + std::to_string(i) + ".yaml")); ++i)
    images.push_back(
        facts_of(text_of(directory / ("service-" + std::to_string(i) + ".yaml")), values));
  ASSERT_FALSE(images.empty());
  Joined joined;
  join(joined, text_of(directory / "mesh.yaml"), images, values);
  EXPECT_EQ(joined.errors, "");
  std::string sessions;
  for (const auto& session : joined.sessions) sessions += "---\n" + session::text(session);
  expect_golden(directory / "sessions.yaml", sessions);
  std::string chart;
  for (const auto& [path, file] : joined.chart) {
    // Templates are the repository's own: named, not repeated.
    const bool is_template =
        path.find("charts/") == 0 &&
        (path.find("/templates/") != std::string::npos || path.ends_with("/values.schema.json"));
    chart +=
        "== " + path + (file.secret ? " (secret)" : "") + "\n" + (is_template ? "" : file.text);
  }
  expect_golden(directory / "chart.txt", chart);
  expect_golden(directory / "warnings.txt", joined.warnings);
}

INSTANTIATE_TEST_SUITE_P(All, GoldenMeshes,
                         testing::Values("mesh-hello-world", "mesh-flask-redis"));

}  // namespace
}  // namespace sconectl::mesh
