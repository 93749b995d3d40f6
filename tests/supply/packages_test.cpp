#include "sconectl/supply/packages.hpp"

#include <gmock/gmock.h>

#include "support/matchers.hpp"

namespace sconectl::supply {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view debian_os_release =
    "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n"
    "VERSION_CODENAME=bookworm\n# a comment\nnonsense\n";

auto Named(const std::string& name, const std::string& version) {
  return AllOf(Field("name", &Package::name, name), Field("version", &Package::version, version));
}

/// What one file holds, and nothing but that.
Inventory read_file(std::string_view path, std::string_view content) {
  EXPECT_TRUE(PackageReader::wants(path)) << path;
  PackageReader reader;
  reader.see(path, content);
  return reader.finish();
}

/// All findings of one file, one a line.
std::string findings_in(std::string_view path, std::string_view content) {
  PackageReader reader;
  reader.see(path, content);
  std::string lines;
  for (const auto& finding : reader.findings().all()) lines += finding.line() + "\n";
  return lines;
}

TEST(Packages, dpkg_status_gives_what_is_installed) {
  const auto found = read_file("var/lib/dpkg/status",
                               "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\n"
                               "Maintainer: GNU Libc Maintainers <glibc@lists.debian.org>\n"
                               "Source: glibc (2.36-9)\nVersion: 2.36-9+deb12u4\nConffiles:\n"
                               " /etc/ld.so.conf.d/x.conf d4e7a7b88a71b5ffd9e2644e71a0cfab\n"
                               "Description: C library\n Version: 9.9 of what is described\n\n"
                               "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
                               "Package: held\nStatus: hold ok installed\nVersion: 1:2.0~rc1-3\n\n")
                         .packages;
  ASSERT_THAT(found, ElementsAre(Named("held", "1:2.0~rc1-3"), Named("libc6", "2.36-9+deb12u4")));
  EXPECT_EQ(found[1].type, PackageType::deb);
  EXPECT_EQ(found[1].architecture, "amd64");
  EXPECT_EQ(found[1].source, "glibc");
  EXPECT_EQ(found[1].source_version, "2.36-9");
  EXPECT_EQ(found[1].maintainer, "GNU Libc Maintainers <glibc@lists.debian.org>");
  EXPECT_THAT(found[1].paths, ElementsAre("var/lib/dpkg/status"));
}

TEST(Packages, distroless_keeps_a_control_file_for_each_package) {
  const std::string control = "Package: base-files\nVersion: 12.4\nArchitecture: amd64";
  EXPECT_THAT(read_file("./var/lib/dpkg/status.d/base", control).packages,
              ElementsAre(Named("base-files", "12.4")));
  EXPECT_FALSE(PackageReader::wants("var/lib/dpkg/status.d/base.md5sums"));
  EXPECT_FALSE(PackageReader::wants("var/lib/dpkg/status.d/"));
  EXPECT_FALSE(PackageReader::wants("backup/var/lib/dpkg/status"));
}

TEST(Packages, apk_gives_name_version_licence_and_origin) {
  const auto found =
      read_file(
          "/lib/apk/db/installed",
          "C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=\nP:alpine-baselayout-data\nV:3.4.3-r2\nA:x86_64\n"
          "L:GPL-2.0-only\no:alpine-baselayout\nm:Natanael Copa <ncopa@alpinelinux.org>\n"
          "F:etc\nR:fstab\nZ:Q11Q7hNe8QpDS531guqCdrXBzoA/o=\n\nP:musl\nV:1.2.4-r2\no:musl\n\n")
          .packages;
  ASSERT_THAT(found,
              ElementsAre(Named("alpine-baselayout-data", "3.4.3-r2"), Named("musl", "1.2.4-r2")));
  EXPECT_EQ(found[0].license, "GPL-2.0-only");
  EXPECT_EQ(found[0].source, "alpine-baselayout");
  EXPECT_EQ(found[1].source, "");
}

TEST(Packages, os_release_of_etc_wins_in_any_order) {
  for (const bool etc_first : {true, false}) {
    PackageReader reader;
    if (etc_first) reader.see("etc/os-release", debian_os_release);
    reader.see("usr/lib/os-release", "ID=other\n");
    if (!etc_first) reader.see("etc/os-release", debian_os_release);
    EXPECT_EQ(reader.finish().distribution,
              (Distribution{"debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)"}));
  }
  // etc/os-release is a link to the other one in most images, and has no content then.
  EXPECT_EQ(read_file("usr/lib/os-release", "ID='alpine'\nNAME=x\n").distribution.id, "alpine");
}

TEST(Packages, urls_name_the_distribution_wherever_it_comes) {
  PackageReader reader;
  reader.see("var/lib/dpkg/status.d/curl",
             "Package: curl\nVersion: 7.88.1-10\nArchitecture: amd64\n");
  reader.see("etc/os-release", debian_os_release);
  EXPECT_EQ(reader.finish().packages.at(0).purl,
            "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12");
}

TEST(Packages, python_metadata_ends_at_the_description) {
  const auto found = read_file("usr/lib/python3/site-packages/Flask_Thing-2.3.2.dist-info/METADATA",
                               "Metadata-Version: 2.1\r\nName: Flask_Thing\r\nVersion: 2.3.2\r\n"
                               "Author: Armin\r\nAuthor-email: armin@example.org\r\n"
                               "Classifier: License :: OSI Approved :: MIT License\r\n\r\n"
                               "Name: not this\r\nVersion: 0\r\n")
                         .packages;
  ASSERT_THAT(found, ElementsAre(Named("Flask_Thing", "2.3.2")));
  EXPECT_EQ(found[0].license, "MIT");
  EXPECT_EQ(found[0].maintainer, "Armin <armin@example.org>");
  EXPECT_EQ(found[0].purl, "pkg:pypi/flask-thing@2.3.2");
}

TEST(Packages, licences_of_python_are_the_expression_before_the_text_before_the_classifier) {
  const std::string start = "Name: x\nVersion: 1\n";
  const std::string path = "x.egg-info/PKG-INFO";
  const std::string classifier = "Classifier: License :: OSI Approved :: MIT License\n";
  const auto license = [&](const std::string& more) {
    return read_file(path, start + more).packages.at(0).license;
  };
  EXPECT_EQ(license("License: BSD\nLicense-Expression: BSD-3-Clause\n" + classifier),
            "BSD-3-Clause");
  EXPECT_EQ(license("License: BSD\n" + classifier), "BSD");
  EXPECT_EQ(license("License: UNKNOWN\n" + classifier), "MIT");
  EXPECT_EQ(license("Classifier: License :: OSI Approved :: BSD License\n"), "");
}

TEST(Packages, only_the_package_json_of_a_package_counts) {
  for (const char* path :
       {"app/node_modules/express/package.json", "node_modules/@angular/core/package.json",
        "app/node_modules/a/node_modules/b/package.json"}) {
    EXPECT_TRUE(PackageReader::wants(path)) << path;
  }
  for (const char* path : {"app/package.json", "node_modules/a/test/fixtures/package.json",
                           "node_modules/@angular/package.json", "my_node_modules/a/package.json",
                           "node_modules/package.json", "node_modules//package.json/x"}) {
    EXPECT_FALSE(PackageReader::wants(path)) << path;
  }
}

TEST(Packages, npm_licences_and_authors_are_read_in_all_their_forms) {
  const std::string path = "node_modules/x/package.json";
  const auto with = [&](const std::string& more) {
    return read_file(path, R"({"name": "@s/x", "version": "1.0.0")" + more + "}").packages.at(0);
  };
  EXPECT_EQ(with("").purl, "pkg:npm/%40s/x@1.0.0");
  const std::string author = R"j(, "author": "A B <a@b.c> (https://a)")j";
  EXPECT_EQ(with(R"(, "license": "MIT")" + author).license, "MIT");
  EXPECT_EQ(with(author).maintainer, "A B <a@b.c>");
  EXPECT_EQ(with(R"(, "author": {"name": "A", "email": "a@b.c"})").maintainer, "A <a@b.c>");
  EXPECT_EQ(with(R"(, "license": {"type": "ISC", "url": "x"})").license, "ISC");
  EXPECT_EQ(with(R"(, "licenses": [{"type": "MIT"}, {"type": "ISC"}])").license, "MIT OR ISC");
  EXPECT_EQ(with(R"(, "license": 7, "author": [1])").license, "");
}

TEST(Packages, the_same_package_in_two_places_is_one) {
  PackageReader reader;
  const std::string manifest = R"({"name": "a", "version": "1.0.0"})";
  reader.see("node_modules/b/node_modules/a/package.json", manifest);
  reader.see("node_modules/a/package.json", manifest);
  reader.see("node_modules/a/package.json", manifest);
  const auto found = reader.finish().packages;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].paths, ElementsAre("node_modules/a/package.json",
                                          "node_modules/b/node_modules/a/package.json"));
}

TEST(Packages, the_order_of_files_does_not_matter) {
  std::vector<std::pair<std::string, std::string>> files{
      {"node_modules/a/package.json", R"({"name": "a", "version": "1.0.0"})"},
      {"x.dist-info/METADATA", "Name: x\nVersion: 1\n"},
      {"var/lib/dpkg/status.d/c", "Package: c\nVersion: 2\n"},
      {"usr/lib/os-release", "ID=debian\n"}};
  std::sort(files.begin(), files.end());
  std::vector<Package> expected;
  do {
    PackageReader reader;
    for (const auto& [path, content] : files) reader.see(path, content);
    const auto found = reader.finish().packages;
    ASSERT_THAT(found, SizeIs(3));
    if (expected.empty()) expected = found;
    EXPECT_EQ(found, expected);
  } while (std::next_permutation(files.begin(), files.end()));
}

TEST(Packages, a_record_that_the_end_cuts_off_is_reported) {
  const std::string whole =
      "Package: a\nStatus: install ok installed\nVersion: 1\n\n"
      "Package: b\nStatus: install ok installed\nVersion: 2.10\n";
  EXPECT_THAT(read_file("var/lib/dpkg/status", whole).packages, SizeIs(2));
  // Without its end "2.10" may have been any version.
  const std::string cut = whole.substr(0, whole.size() - 2);
  EXPECT_THAT(read_file("var/lib/dpkg/status", cut).packages, ElementsAre(Named("a", "1")));
  EXPECT_THAT(findings_in("var/lib/dpkg/status", cut), HasSubstr("var/lib/dpkg/status:5"));
  EXPECT_THAT(findings_in("var/lib/dpkg/status", whole), IsEmpty());
}

TEST(Packages, bad_records_are_left_out_and_reported_the_others_stay) {
  const std::string good = "Package: good\nStatus: install ok installed\nVersion: 1\n\n";
  for (const std::string& bad :
       {std::string("Package: \nStatus: install ok installed\nVersion: 1\n\n"),
        std::string("Package: bad\nStatus: install ok installed\n\n"),
        std::string("Package: b\xFF\xFE\nStatus: install ok installed\nVersion: 1\n\n"),
        std::string("Package: b\nStatus: install ok installed\nVersion: 1\x1B[2J\n\n"),
        std::string("Package: b\nStatus: install ok installed\nVersion: ") +
            std::string(1'000'000, '9') + "\n\n",
        std::string("Package: b c\nStatus: install ok installed\nVersion: 1\n\n"),
        "Package: b" + std::string(1, '\0') + "c\nStatus: install ok installed\nVersion: 1\n\n"}) {
    EXPECT_THAT(read_file("var/lib/dpkg/status", bad + good).packages,
                ElementsAre(Named("good", "1")));
    EXPECT_THAT(findings_in("var/lib/dpkg/status", bad + good),
                test::HasButNot("is left out", "\x1B"))
        << bad.substr(0, 80);
  }
}

TEST(Packages, remarks_that_are_no_text_are_dropped_and_the_package_stays) {
  const auto found = read_file("lib/apk/db/installed",
                               "P:a\nV:1\nL:M\xFFT\nm:" + std::string(10'000, 'x') + "\n\n")
                         .packages;
  ASSERT_THAT(found, ElementsAre(Named("a", "1")));
  EXPECT_EQ(found[0].license, "");
  EXPECT_EQ(found[0].maintainer, "");
}

TEST(Packages, json_that_is_none_is_reported) {
  const std::string path = "node_modules/x/package.json";
  for (const std::string& bad :
       {std::string(), std::string("["), std::string("[]"), std::string("\"\xFF\""),
        std::string(100'000, '['), "{\"a\":" + std::string(100'000, '[') + "}"}) {
    EXPECT_THAT(read_file(path, bad).packages, IsEmpty());
    EXPECT_THAT(findings_in(path, bad), HasSubstr("is not JSON")) << bad.substr(0, 20);
  }
  // Deep, and JSON.
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THAT(read_file(path, R"({"name": "a", "version": "1", "x": )" + deep + "}").packages,
              ElementsAre(Named("a", "1")));
  EXPECT_THAT(findings_in(path, R"({"name": ["a"], "version": "1"})"), HasSubstr("proper name"));
}

TEST(Packages, no_bytes_make_it_fail) {
  const std::vector<std::string> paths{"var/lib/dpkg/status",
                                       "var/lib/dpkg/status.d/x",
                                       "lib/apk/db/installed",
                                       "etc/os-release",
                                       "x.dist-info/METADATA",
                                       "node_modules/x/package.json",
                                       "META-INF/maven/g/a/pom.properties",
                                       "x-1.jar"};
  const std::string words[] = {"Package: x\n", "Version", ": ", "P:x\nV:1\n", "ID=\"", "\n\n",
                               "PK\x05\x06",   "\xFF",    "{",  "\"name\":",  "=",     "\\"};
  unsigned state = 1;
  const auto random = [&](unsigned bound) {
    state = state * 1'103'515'245U + 12'345U;
    return (state >> 16U) % bound;
  };
  for (int round = 0; round < 3'000; ++round) {
    std::string content;
    for (unsigned i = random(20); i > 0; --i) content += words[random(std::size(words))];
    PackageReader reader;
    for (const std::string& path : paths) EXPECT_NO_THROW(reader.see(path, content)) << content;
    EXPECT_NO_THROW(static_cast<void>(reader.finish())) << content;
  }
}

TEST(Packages, what_is_too_large_is_said) {
  PackageReader reader;
  reader.left_out("var/lib/dpkg/status");
  reader.left_out("app/lib/big-1.2.3.jar");
  reader.left_out("app/other");
  ASSERT_THAT(reader.findings().all(), SizeIs(2));
  EXPECT_THAT(reader.findings().all()[0].line(), HasSubstr("dpkg/status: warning: this file is"));
  EXPECT_THAT(reader.finish().packages, ElementsAre(Named("big", "1.2.3")));
}

}  // namespace
}  // namespace sconectl::supply
