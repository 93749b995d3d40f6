#include <gtest/gtest.h>

#include "sconectl/supply/package.hpp"
#include "supply/license.hpp"

namespace sconectl::supply {
namespace {

Package package_named(PackageType type, std::string name, std::string version) {
  Package result;
  result.type = type;
  result.name = std::move(name);
  result.version = std::move(version);
  return result;
}

const Distribution debian{"debian", "12", "bookworm", ""};

TEST(Purl, distributions_are_namespace_and_qualifier) {
  Package curl = package_named(PackageType::deb, "curl", "7.50.3-1");
  EXPECT_EQ(purl(curl, debian), "pkg:deb/debian/curl@7.50.3-1?distro=debian-12");
  curl.architecture = "i386";
  EXPECT_EQ(purl(curl, {"Ubuntu", "", "", ""}),
            "pkg:deb/ubuntu/curl@7.50.3-1?arch=i386&distro=Ubuntu");
  EXPECT_EQ(purl(curl, {}), "pkg:deb/debian/curl@7.50.3-1?arch=i386");
  EXPECT_EQ(purl(package_named(PackageType::apk, "GCC", "12"), {}), "pkg:apk/alpine/gcc@12");
}

TEST(Purl, versions_of_debian_are_encoded_but_for_the_colon) {
  EXPECT_EQ(purl(package_named(PackageType::deb, "libstdc++6", "1:2.0~rc1+b2-3"), {}),
            "pkg:deb/debian/libstdc%2B%2B6@1:2.0~rc1%2Bb2-3");
}

TEST(Purl, the_source_package_is_upstream) {
  Package libc = package_named(PackageType::deb, "libc6", "2.36-9+b1");
  libc.source = "glibc";
  EXPECT_EQ(purl(libc, {}), "pkg:deb/debian/libc6@2.36-9%2Bb1?upstream=glibc");
  libc.source_version = "2.36-9";
  EXPECT_EQ(purl(libc, {}), "pkg:deb/debian/libc6@2.36-9%2Bb1?upstream=glibc%402.36-9");
}

TEST(Purl, languages) {
  EXPECT_EQ(purl(package_named(PackageType::pypi, "Zope_Interface", "5"), debian),
            "pkg:pypi/zope-interface@5");
  EXPECT_EQ(purl(package_named(PackageType::npm, "@angular/animation", "12.3.1"), debian),
            "pkg:npm/%40angular/animation@12.3.1");
  Package batik = package_named(PackageType::maven, "batik-anim", "1.9.1");
  batik.group = "org.apache.xmlgraphics";
  EXPECT_EQ(purl(batik, debian), "pkg:maven/org.apache.xmlgraphics/batik-anim@1.9.1");
  Package own = package_named(PackageType::generic, "my app", "1");
  own.sha256 = std::string(4, 'a');
  EXPECT_EQ(purl(own, debian), "pkg:generic/my%20app@1?checksum=sha256:aaaa");
}

TEST(Purl, images) {
  EXPECT_EQ(image_purl("registry.local:5000/Team/App:1", "sha256:ab"),
            "pkg:oci/app@sha256:ab?repository_url=registry.local:5000/team/app&tag=1");
  EXPECT_EQ(image_purl("debian", ""),
            "pkg:oci/debian?repository_url=index.docker.io/library/debian");
}

TEST(License, expressions_of_known_identifiers) {
  for (const char* good :
       {"MIT", "MIT AND BSD-2-Clause", "(MIT OR Apache-2.0)",
        "GPL-2.0-only WITH Linux-syscall-note", "MIT AND (ISC OR (Zlib AND 0BSD))"}) {
    EXPECT_TRUE(is_license_expression(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("mit or"), std::string("MIT OR"), std::string("MIT ISC"),
        std::string("(MIT"), std::string("MIT)"), std::string("()"), std::string("AND"),
        std::string("GPL"), std::string("MIT WITH MIT"), std::string("MIT AND AND ISC"),
        std::string(10'000, '('), std::string(100, '(') + "MIT" + std::string(100, ')')}) {
    EXPECT_FALSE(is_license_expression(bad)) << bad;
  }
  EXPECT_TRUE(is_license_id("MIT"));
  EXPECT_FALSE(is_license_id("MIT OR ISC"));
}

TEST(License, other_texts_get_references_of_their_own) {
  EXPECT_EQ(license_reference("Public Domain/me").substr(0, 28), "LicenseRef-Public-Domain-me-");
  EXPECT_NE(license_reference("a b"), license_reference("a-b"));
}

}  // namespace
}  // namespace sconectl::supply
