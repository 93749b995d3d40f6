#include "sconectl/text/image_reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sconectl::text {
namespace {

using testing::HasSubstr;

TEST(ImageReference, what_engines_take) {
  for (const std::string reference :
       {"web", "web:1", "r/web:1", "registry.example/a/b-c__d.e:v1.2-x",
        "127.0.0.1:5000/web:latest", "Host/web", "localhost/web", "[::1]:5000/web:1", "a--b/c",
        "web:_x", "1/2:3",
        "web@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "h:1/web:1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"})
    EXPECT_EQ(image_reference_fault(reference), "") << reference;
}

TEST(ImageReference, what_they_refuse_and_what_to_write_instead) {
  EXPECT_EQ(image_reference_fault("http://r/web:1"), "starts with 'http://': write 'r/web:1'");
  EXPECT_EQ(image_reference_fault("r/web:1:2"), "has two tags, '1:2': write one");
  EXPECT_EQ(image_reference_fault("r/web:1/x:2"),
            "has two tags, or a ':' in the path ('web:1'): write NAME:TAG");
  EXPECT_EQ(image_reference_fault("r/Web:1"), "has upper case letters in 'Web': write 'web'");
  EXPECT_THAT(image_reference_fault("Web"), HasSubstr("write 'web'"));
  EXPECT_THAT(image_reference_fault("r/web:"), HasSubstr("without a tag"));
  EXPECT_THAT(image_reference_fault("r/web:-x"), HasSubstr("has the tag '-x'"));
  EXPECT_THAT(image_reference_fault("r/web:" + std::string(129, 'x')), HasSubstr("at most 128"));
  EXPECT_THAT(image_reference_fault("r//web"), HasSubstr("empty part"));
  EXPECT_THAT(image_reference_fault("/web"), HasSubstr("empty part"));
  EXPECT_THAT(image_reference_fault("r/web/"), HasSubstr("empty part"));
  EXPECT_THAT(image_reference_fault("h:x/web"), HasSubstr("registry 'h:x'"));
  EXPECT_THAT(image_reference_fault("-h.x/web"), HasSubstr("starts with '-'"));
  EXPECT_THAT(image_reference_fault("r/a___b"), HasSubstr("has the part 'a___b'"));
  EXPECT_THAT(image_reference_fault("r/a._b"), HasSubstr("has the part 'a._b'"));
  EXPECT_THAT(image_reference_fault("r/web@sha256:12"), HasSubstr("sha256:HEX"));
  EXPECT_THAT(image_reference_fault("r/web@"), HasSubstr("sha256:HEX"));
  EXPECT_THAT(image_reference_fault("r/web 1"), HasSubstr("blank"));
  EXPECT_THAT(image_reference_fault("r/web\n"), HasSubstr("control"));
  EXPECT_THAT(image_reference_fault(std::string(300, 'a')), HasSubstr("longer than 255"));
  EXPECT_THAT(image_reference_fault(""), HasSubstr("empty part"));
}

}  // namespace
}  // namespace sconectl::text
