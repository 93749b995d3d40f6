#include "supply/jar.hpp"

#include <gmock/gmock.h>

#include "supply/zip.hpp"
#include "supply/zip_maker.hpp"

namespace sconectl::supply {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string pom = "#Generated\ngroupId=org.example\nartifactId=tool\nversion=1.2\n";
const std::string pom_name = "META-INF/maven/org.example/tool/pom.properties";

/// "type group:name@version in path" of all packages, and the findings.
std::vector<std::string> read(const std::string& path, const std::string& content,
                              std::string* said = nullptr) {
  diag::Diagnostics findings;
  std::vector<std::string> found;
  for (const Package& package : read_jar(path, content, findings)) {
    found.push_back(std::string(text::word(package.type)) + " " + package.group + ":" +
                    package.name + "@" + package.version + " in " + package.paths.at(0));
  }
  for (const auto& finding : findings.all()) {
    if (said != nullptr) *said += finding.line() + "\n";
  }
  return found;
}

TEST(Jar, stored_properties_say_what_it_is) {
  EXPECT_THAT(read("app/tool.jar", zip_of({{"a.class", "x"}, {pom_name, pom}})),
              ElementsAre("maven org.example:tool@1.2 in app/tool.jar"));
}

TEST(Jar, compressed_properties_give_the_names_and_the_file_the_version) {
  EXPECT_THAT(read("app/tool-1.3.jar", zip_of({{pom_name, "packed", 8}})),
              ElementsAre("maven org.example:tool@1.3 in app/tool-1.3.jar"));
  std::string said;
  EXPECT_THAT(read("app/all-in-one.jar", zip_of({{pom_name, "packed", 8}}), &said), IsEmpty());
  EXPECT_THAT(said, HasSubstr("the version of org.example:tool is compressed"));
}

TEST(Jar, jars_in_a_jar_are_read_or_known_by_name) {
  const std::string inner = zip_of({{pom_name, pom}});
  EXPECT_THAT(
      read("app.jar", zip_of({{"BOOT-INF/lib/tool-1.2.jar", inner},
                              {"BOOT-INF/lib/commons-io-2.11.0.jar", "packed", 8}})),
      ElementsAre("maven org.example:tool@1.2 in app.jar!/BOOT-INF/lib/tool-1.2.jar",
                  "generic :commons-io@2.11.0 in app.jar!/BOOT-INF/lib/commons-io-2.11.0.jar"));
}

TEST(Jar, without_properties_its_name_and_digest_are_known) {
  const std::string archive = zip_of({{"a.class", "x"}});
  diag::Diagnostics findings;
  const auto found = read_jar("lib/commons-io-2.11.0.jar", archive, findings);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].name, "commons-io");
  EXPECT_EQ(found[0].version, "2.11.0");
  EXPECT_THAT(found[0].sha256, SizeIs(64));
  EXPECT_THAT(read("lib/nameless.jar", archive), IsEmpty());
}

TEST(Jar, what_is_no_archive_is_reported_and_known_by_its_name) {
  std::string said;
  EXPECT_THAT(read("a-1.jar", "no archive", &said), ElementsAre("generic :a@1 in a-1.jar"));
  EXPECT_THAT(said, HasSubstr("no zip archive"));
}

TEST(Jar, every_cut_and_every_changed_byte_is_survived) {
  const std::string inner = zip_of({{pom_name, pom}});
  const std::string archive = zip_of({{pom_name, pom}, {"lib/b-2.jar", inner}, {"x", "y"}});
  for (std::size_t size = 0; size < archive.size(); ++size) {
    EXPECT_NO_THROW(read("a-1.jar", archive.substr(0, size))) << size;
  }
  for (std::size_t at = 0; at < archive.size(); ++at) {
    for (const char byte : {'\x00', '\x7F', '\xFF'}) {
      std::string changed = archive;
      changed[at] = byte;
      EXPECT_NO_THROW(read("a-1.jar", changed)) << at;
    }
  }
}

TEST(Jar, entries_that_share_bytes_are_not_read_again_and_again) {
  // 1,000 entries that all name the same inner jar, itself of 1,000 entries.
  std::vector<ZipFile> many(1'000, ZipFile{"x", ""});
  const std::string inner = zip_of(many);
  std::string archive = zip_of({{"lib/inner-1.jar", inner}});
  const std::size_t start =
      archive.find(std::string("PK\x01\x02") + '\x14' + '\x00' + '\x14', inner.size() + 30);
  ASSERT_LT(start, archive.size());
  const std::size_t length = archive.size() - 22 - start;
  const std::string entry = archive.substr(start, length);
  archive.resize(start);
  for (int i = 0; i < 1'000; ++i) archive += entry;
  archive += "PK\x05\x06" + little(0, 4) + little(1'000, 2) + little(1'000, 2) +
             little(1'000 * length, 4) + little(start, 4) + little(0, 2);
  ASSERT_TRUE(zip_directory(archive));
  EXPECT_THAT(*zip_directory(archive), SizeIs(1'000));
  std::size_t digests = 0;
  diag::Diagnostics findings;
  for (const Package& package : read_jar("a.jar", archive, findings)) {
    if (!package.sha256.empty()) ++digests;
  }
  EXPECT_EQ(digests, 1U);
}

TEST(Jar, names_of_jars) {
  const auto named = [](const std::string& path) {
    const auto package = package_of_jar_name(path);
    return package ? package->name + "@" + package->version : "";
  };
  EXPECT_EQ(named("lib/spring-boot-2.7.1.jar"), "spring-boot@2.7.1");
  EXPECT_EQ(named("guava-31.1-jre.jar"), "guava@31.1-jre");
  EXPECT_EQ(named("log4j-1.2-api-2.17.jar"), "log4j@1.2-api-2.17");
  EXPECT_EQ(named("app.jar"), "");
  EXPECT_EQ(named("-1.jar"), "");
  EXPECT_EQ(named(std::string(70'000, '-') + ".jar"), "");
}

}  // namespace
}  // namespace sconectl::supply
