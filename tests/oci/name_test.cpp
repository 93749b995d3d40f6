#include "sconectl/oci/name.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::oci {
namespace {

const std::string some_digest = "sha256:" + std::string(64, 'a');

TEST(image_name, what_is_left_out_is_filled_in_as_docker_does) {
  EXPECT_EQ(parse_image_name("python").text(), "docker.io/library/python:latest");
  EXPECT_EQ(parse_image_name("me/app:1").text(), "docker.io/me/app:1");
  EXPECT_EQ(parse_image_name("index.docker.io/me/app").registry, "docker.io");
  EXPECT_EQ(parse_image_name("localhost/app").registry, "localhost");
  EXPECT_EQ(parse_image_name("127.0.0.1:5000/a/b:c").text(), "127.0.0.1:5000/a/b:c");
  EXPECT_EQ(parse_image_name("[::1]:5000/a").registry, "[::1]:5000");
}

TEST(image_name, a_digest_needs_no_tag_and_wins_over_one) {
  const ImageName name = parse_image_name("r.io/a@" + some_digest);
  EXPECT_EQ(name.tag, "");
  EXPECT_EQ(name.selector(), some_digest);
  EXPECT_EQ(parse_image_name("r.io/a:1@" + some_digest).selector(), some_digest);
  EXPECT_EQ(parse_image_name("r.io/a:1@" + some_digest).text(), "r.io/a:1@" + some_digest);
}

TEST(image_name, what_is_no_reference_is_refused) {
  for (const char* text : {"", "A/b:", "-x", "a b", "r.io/a@sha256:12", "r.io/../a"})
    EXPECT_THROW((void)parse_image_name(text), diag::Error) << text;
  EXPECT_FALSE(is_digest("sha256:" + std::string(64, 'A')));
  EXPECT_FALSE(is_digest("sha512:" + std::string(64, 'a')));
  EXPECT_TRUE(is_digest(some_digest));
}

}  // namespace
}  // namespace sconectl::oci
