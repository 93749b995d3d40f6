// The words of `build.kind` (docs/commands.md; the spellings of the public manifests).
#include "image/kind.hpp"

#include <gtest/gtest.h>

namespace sconectl::image {
namespace {

using Family = Kind::Family;

TEST(Kinds, M16_every_spelling_of_the_public_manifests) {
  const std::pair<const char*, std::optional<int>> java[] = {
      {"java", {}},       {"java8", 8},    {"java 8", 8},        {"java15", 15},
      {"java17", 17},     {"java-17", 17}, {"java17-glibc", 17}, {"java17-bullseye", 17},
      {"java-glibc", {}}, {"java21", 21},  {"java21-ubuntu", 21}};
  for (const auto& [text, version] : java) {
    const auto kind = kind_of(text);
    ASSERT_TRUE(kind) << text;
    EXPECT_EQ(kind->family, Family::java) << text;
    EXPECT_EQ(kind->version, version) << text;
  }
  for (const char* text : {"node", "nodejs", "node22", "node 22", "nodejs-22"})
    EXPECT_EQ(kind_of(text).value().family, Family::node) << text;
  EXPECT_EQ(kind_of("node 22").value().version, 22);
  EXPECT_EQ(kind_of("python").value().family, Family::python);
  EXPECT_EQ(kind_of("sconify_image").value().family, Family::sconify_image);
}

TEST(Kinds, other_words_are_none) {
  for (const char* text :
       {"", "Java", "javascript", "java7", "java26", "java17 glibc", "java17-Glibc", "java17glibc",
        "java17-a/b", "java999999999999", "node-\n", "node15", "python3", "nodes", "java--"})
    EXPECT_FALSE(kind_of(text)) << text;
}

TEST(Kinds, usual_images_follow_the_version_and_the_options) {
  PlanOptions options;
  EXPECT_EQ(usual_base({Family::java, {}}, options), "eclipse-temurin:17-jre");
  EXPECT_EQ(usual_base({Family::java, 21}, options), "eclipse-temurin:21-jre");
  EXPECT_EQ(java_compiler({Family::java, 8}, options), "eclipse-temurin:8-jdk");
  EXPECT_EQ(usual_base({Family::node, {}}, options), "node:22-slim");
  EXPECT_EQ(usual_base({Family::python, {}}, options), "python:3-slim");
  options.java_image = "r/jre:1";
  options.jdk_image = "r/jdk:1";
  options.node_image = "r/node:1";
  EXPECT_EQ(usual_base({Family::java, 21}, options), "r/jre:1");
  EXPECT_EQ(java_compiler({Family::java, 21}, options), "r/jdk:1");
  EXPECT_EQ(usual_base({Family::node, 20}, options), "r/node:1");
}

}  // namespace
}  // namespace sconectl::image
