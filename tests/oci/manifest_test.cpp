#include "sconectl/oci/manifest.hpp"

#include <gmock/gmock.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::oci {
namespace {

using ::testing::HasSubstr;

std::string digest(char digit) {
  return "sha256:" + std::string(64, digit);
}

std::string error_of(const std::string& json) {
  try {
    (void)parse_manifest(json, "r/a");
  } catch (const diag::Error& error) {
    return error.text();
  }
  return "no error";
}

TEST(manifest, what_is_written_is_read_back) {
  Manifest manifest;
  manifest.config = {std::string(config_type), digest('1'), 7};
  manifest.layers = {{std::string(layer_type), digest('2'), 5'000'000'000, {{"a", "b"}}}};
  manifest.annotations = {{"org.opencontainers.image.created", "1970-01-01T00:00:00Z"}};
  const std::string bytes = write(manifest);
  const auto read = std::get<Manifest>(parse_manifest(bytes, "r/a"));
  EXPECT_EQ(read.config, manifest.config);
  EXPECT_EQ(read.layers, manifest.layers);
  EXPECT_EQ(write(read), bytes);
}

TEST(manifest, docker_lists_are_indexes_and_the_platform_is_chosen) {
  const std::string json =
      R"({"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[)"
      R"({"mediaType":"x","digest":")" +
      digest('a') +
      R"(","size":1,"platform":{"os":"linux","architecture":"s390x"}},)"
      R"({"mediaType":"x","digest":")" +
      digest('b') +
      R"(","size":1,"platform":{"os":"unknown","architecture":"unknown"}},)"
      R"({"mediaType":"x","digest":")" +
      digest('c') + R"(","size":1,"platform":{"os":"linux","architecture":"amd64"}}]})";
  const auto index = std::get<Index>(parse_manifest(json, "r/a"));
  EXPECT_EQ(manifest_for(index, {"linux", "amd64"}, "r/a").digest, digest('c'));
  try {
    (void)manifest_for(index, {"linux", "riscv64"}, "r/a");
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.text(), "r/a has no image for linux/riscv64 (it has linux/s390x, linux/amd64)");
  }
}

TEST(manifest, hostile_texts_are_refused) {
  EXPECT_THAT(error_of("["), HasSubstr("it is no JSON"));
  EXPECT_THAT(error_of("{}"), HasSubstr("neither"));
  EXPECT_THAT(error_of(R"({"config":1,"layers":[]})"), HasSubstr("descriptor is missing"));
  EXPECT_THAT(error_of(R"({"config":{"digest":"sha256:../../x","size":1},"layers":[]})"),
              HasSubstr("'sha256:../../x' is no SHA-256 digest"));
  EXPECT_THAT(error_of(R"({"config":{"digest":")" + digest('a') + R"(","size":-1},"layers":[]})"),
              HasSubstr("size is missing"));
  EXPECT_THAT(error_of(R"({"manifests":7})"), HasSubstr("no list"));
}

}  // namespace
}  // namespace sconectl::oci
