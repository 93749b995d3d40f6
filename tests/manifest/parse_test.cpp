#include "sconectl/manifest/parse.hpp"

#include <gtest/gtest.h>

#include "manifest/reading.hpp"

namespace sconectl::manifest {
namespace {

TEST(ManifestKind, the_kind_decides) {
  EXPECT_TRUE(std::holds_alternative<Mesh>(read(mesh_head).manifest));
  EXPECT_TRUE(std::holds_alternative<Service>(read(service_head + build_section).manifest));
  EXPECT_EQ(manifest_kind("genAppImage"), ManifestKind::service);
  EXPECT_EQ(manifest_kind("mesh"), ManifestKind::mesh);
  EXPECT_EQ(manifest_kind("Mesh"), std::nullopt);
}

TEST(ManifestKind, wrong_kind_is_named_and_the_rest_is_still_read) {
  const Reading reading = read("apiVersion: scone/5.8\nkind: genservce\nbuild: {naem: x}\n");
  EXPECT_NE(reading.errors.find("m:2:7: error: 'kind' can not be 'genservce'"), std::string::npos);
  EXPECT_NE(reading.errors.find("did you mean 'genservice'?"), std::string::npos);
  EXPECT_NE(reading.errors.find("did you mean 'name'?"), std::string::npos);
}

TEST(ManifestKind, a_kind_of_another_program_gives_one_error) {
  const Reading reading = read("apiVersion: scone/5.8\nkind: Deployment\nspec: {}\n");
  EXPECT_EQ(reading.errors,
            "m:2:7: error: 'kind' can not be 'Deployment', only 'genservice' (also 'genImage', "
            "'genAppImage', 'genimage') or 'mesh'\n");
}

TEST(ManifestKind, a_session_is_sent_to_session_create) {
  const Reading reading = read("name: s\nversion: '0.3'\nservices: []\n");
  EXPECT_EQ(reading.errors,
            "m:1:1: error: this is a CAS session, not a manifest; upload it with 'sconectl session "
            "create'\n");
}

TEST(ManifestKind, empty_text_list_and_missing_kind) {
  EXPECT_NE(read("- a\n").errors.find("must be a mapping, this is a list"), std::string::npos);
  EXPECT_NE(read("apiVersion: scone/5.8\n").errors.find("'kind' is missing"), std::string::npos);
  EXPECT_NE(read("kind: mesh\n").errors.find("'apiVersion' is missing"), std::string::npos);
}

TEST(ManifestVersion, from_5_8_upwards) {
  const auto errors = [](const std::string& version) {
    return read("apiVersion: " + version + "\nkind: genservice\n" + build_section).errors;
  };
  for (const char* good : {"scone/5.8", "scone/5.8.0", "scone/5.10", "scone/6.0.1", "'scone/7.0'"})
    EXPECT_EQ(errors(good), "") << good;
  for (const char* bad : {"scone/5.7.9", "scone/5", "5.8", "scone/5.8.", "scone/5.8.0.1", "scone/",
                          "scone/x.8", "v1", "scone/99999999999.8", "scone/-6.0", "[scone/5.8]"})
    EXPECT_NE(errors(bad), "") << bad;
}

}  // namespace
}  // namespace sconectl::manifest
