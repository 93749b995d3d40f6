#include "sconectl/image/description.hpp"

#include <gmock/gmock.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/compression.hpp"
#include "sconectl/oci/tar.hpp"

namespace sconectl::image {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::string& label) {
  try {
    (void)read_description(label, "r/web:1");
  } catch (const diag::Error& error) {
    return error.text() + ": " + (error.causes().empty() ? "" : error.causes().front());
  }
  return "no error";
}

TEST(description, a_folder_comes_back_byte_for_byte) {
  const SconeFolder folder = {{"policy/env.yaml", "env: []\n"},
                              {"gramine/entrypoint.sig", std::string("\0\xff\n", 3)},
                              {"charts/web/templates/" + std::string(120, 'l'), ""}};
  const std::string label = describe(folder);
  EXPECT_EQ(read_description(label, "r/web:1"), folder);
  EXPECT_EQ(describe(folder), label);
  EXPECT_TRUE(crypto::unbase64(label)) << "one line";
}

TEST(description, a_repeated_text_takes_little_room) {
  const std::string chart(60'000, 'c');
  EXPECT_LT(describe({{"charts/web/values.yaml", chart}}).size(), 1000U);
}

TEST(description, hostile_labels_are_refused) {
  EXPECT_THAT(error_of("?"), HasSubstr("r/web:1': its label io.sconectl.scone can not be read"));
  EXPECT_THAT(error_of(crypto::base64("plain text")), HasSubstr("can not be read"));
  const std::string good = describe({{"a", "b"}});
  EXPECT_THAT(error_of(good.substr(0, 24)), HasSubstr("can not be read"));
  // A bomb: 20 MB of nothing in a few kB.
  std::string compressed;
  oci::Gzip gzip([&](std::string_view part) { compressed += part; });
  gzip.take(std::string(20'000'000, '\0'));  // NOLINT(bugprone-string-constructor)
  gzip.finish();
  EXPECT_THAT(error_of(crypto::base64(compressed)), HasSubstr("larger than 16 MiB"));
  EXPECT_THAT(error_of(describe({{"../outside", "x"}})), HasSubstr("leaves it"));
}

}  // namespace
}  // namespace sconectl::image
