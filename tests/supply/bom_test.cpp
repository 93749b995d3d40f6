#include "sconectl/supply/bom.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "sconectl/diag/error.hpp"
#include "supply/bom.hpp"
#include "supply/sample.hpp"
#include "support/golden.hpp"
#include "support/repository.hpp"

namespace sconectl::supply {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::filesystem::path golden(const std::string& name) {
  return test::source_directory() / "tests/golden/supply" / name;
}

TEST(Bom, both_forms_are_as_recorded) {
  test::expect_golden(golden("spdx.json"), spdx_json(sample_bom()));
  test::expect_golden(golden("cyclonedx.json"), cyclonedx_json(sample_bom()));
}

TEST(Bom, serial_numbers_follow_from_the_content) {
  const Bom bom = sample_bom();
  EXPECT_EQ(cyclonedx_json(bom), cyclonedx_json(bom));
  std::set<std::string> serials;
  std::set<std::string> namespaces;
  const auto note = [&](const Bom& one) {
    serials.insert(json::parse(cyclonedx_json(one)).at("serialNumber").get<std::string>());
    namespaces.insert(json::parse(spdx_json(one)).at("documentNamespace").get<std::string>());
  };
  note(bom);
  Bom other = bom;
  other.created += std::chrono::seconds(1);
  note(other);
  other.packages.pop_back();
  note(other);
  other.tool_version += "x";
  note(other);
  EXPECT_THAT(serials, SizeIs(4));
  EXPECT_THAT(namespaces, SizeIs(4));
  EXPECT_THAT(*serials.begin(),
              ::testing::MatchesRegex(
                  "urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(Bom, the_image_is_described_and_contains_all_else) {
  const auto spdx = json::parse(spdx_json(sample_bom()));
  std::set<std::string> contained;
  for (const auto& one : spdx.at("relationships")) {
    if (one.at("relationshipType") == "CONTAINS") {
      EXPECT_EQ(one.at("spdxElementId"), "SPDXRef-Image");
      contained.insert(one.at("relatedSpdxElement").get<std::string>());
    }
  }
  std::set<std::string> packages;
  for (const auto& one : spdx.at("packages")) packages.insert(one.at("SPDXID").get<std::string>());
  EXPECT_THAT(packages, SizeIs(sample_bom().packages.size() + 2));
  EXPECT_EQ(packages.erase("SPDXRef-Image"), 1U);
  EXPECT_EQ(contained, packages);
}

TEST(Bom, an_image_of_nothing_is_written_too) {
  const Bom bom{.image = "scratch-app",
                .digest = "",
                .supplier = "",
                .distribution = {},
                .packages = {},
                .created = {},
                .tool_version = "0"};
  const auto spdx = json::parse(spdx_json(bom));
  ASSERT_THAT(spdx.at("packages"), SizeIs(1));
  EXPECT_EQ(spdx.at("packages")[0].at("supplier"), "NOASSERTION");
  const auto cyclonedx = json::parse(cyclonedx_json(bom));
  EXPECT_EQ(cyclonedx.at("metadata").at("timestamp"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(cyclonedx.at("metadata").at("component").at("purl"),
            "pkg:oci/scratch-app?repository_url=index.docker.io/library/scratch-app");
  EXPECT_THAT(cyclonedx.at("components"), SizeIs(0));
}

TEST(Bom, the_version_of_an_image_is_its_digest_else_its_tag) {
  Bom bom = sample_bom();
  const auto versions = [&] {
    return json::parse(spdx_json(bom)).at("packages")[0].value("versionInfo", "none") + " " +
           json::parse(cyclonedx_json(bom)).at("metadata").at("component").value("version", "none");
  };
  EXPECT_EQ(versions(), sample_digest + " " + sample_digest);
  bom.digest = "";
  EXPECT_EQ(versions(), "1 1");
  bom.image = "registry.local:5000/app";
  EXPECT_EQ(versions(), "none none");
}

TEST(Bom, bytes_that_are_no_text_do_not_break_a_document) {
  Bom bom = sample_bom();
  bom.packages[0].name = "bad\xFF\x01name";
  bom.packages[0].license = "\xC0\x80";
  EXPECT_TRUE(json::accept(spdx_json(bom)));
  EXPECT_TRUE(json::accept(cyclonedx_json(bom)));
}

TEST(Bom, packages_with_one_url_keep_names_of_their_own) {
  Bom bom = sample_bom();
  bom.packages.push_back(bom.packages.back());
  bom.packages.push_back(bom.packages.back());
  const auto ids = package_ids(bom.packages);
  EXPECT_THAT(std::set<std::string>(ids.begin(), ids.end()), SizeIs(bom.packages.size()));
  for (const std::string& id : ids) {
    EXPECT_THAT(id, ::testing::MatchesRegex("[a-zA-Z0-9.-]+"));
  }
}

TEST(Bom, times_beyond_four_digits_are_refused) {
  Bom bom = sample_bom();
  bom.created = std::chrono::sys_seconds(std::chrono::seconds(253'402'300'799));
  EXPECT_THAT(spdx_json(bom), HasSubstr("9999-12-31T23:59:59Z"));
  bom.created += std::chrono::seconds(1);
  EXPECT_THROW(static_cast<void>(spdx_json(bom)), diag::Error);
  bom.created = std::chrono::sys_seconds(std::chrono::seconds(-1));
  EXPECT_THROW(static_cast<void>(cyclonedx_json(bom)), diag::Error);
}

TEST(Bom, people) {
  const auto both = [](const std::string& text) {
    const Person who = person(text);
    return who.name + "|" + who.mail;
  };
  EXPECT_EQ(both("A B <a@b.c>"), "A B|a@b.c");
  EXPECT_EQ(both("\"B, A\" <a@b.c>"), "B, A|a@b.c");
  EXPECT_EQ(both("a@b.c"), "|a@b.c");
  EXPECT_EQ(both("A B"), "A B|");
  EXPECT_EQ(both("<a@b.c"), "|a@b.c");
  EXPECT_EQ(both(""), "|");
}

}  // namespace
}  // namespace sconectl::supply
