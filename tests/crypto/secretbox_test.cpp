#include "sconectl/crypto/secretbox.hpp"

#include <gtest/gtest.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

/// 0, 1, 2, …
std::string counted(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST(SecretBox, writes_what_PyNaCl_writes) {
  EXPECT_EQ(hex(secretbox_seal(counted(32), counted(24), "attestation")),
            "218cddc4dcac878d656a4039b1b240e83f8b4c2ab4bec364d253e1");
  EXPECT_EQ(hex(secretbox_seal(counted(32), counted(24), "")), "28fd82cd7386c5471a24d8ad2a525b6e");
}

TEST(SecretBox, opens_what_it_sealed_and_refuses_every_changed_bit) {
  const std::string box = secretbox_seal(counted(32), counted(24), "attestation");
  const auto opened = secretbox_open(counted(32), counted(24), box);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->view(), "attestation");
  for (std::size_t i = 0; i < box.size() * 8; ++i) {
    std::string changed = box;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(secretbox_open(counted(32), counted(24), changed)) << i;
  }
}

TEST(SecretBox, refuses_what_is_too_short_and_keys_of_another_size) {
  const std::string box = secretbox_seal(counted(32), counted(24), "");
  EXPECT_TRUE(secretbox_open(counted(32), counted(24), box));
  EXPECT_FALSE(secretbox_open(counted(32), counted(24), box.substr(1)));
  EXPECT_FALSE(secretbox_open(counted(32), counted(24), ""));
  EXPECT_FALSE(secretbox_open(counted(31), counted(24), box));
  EXPECT_FALSE(secretbox_open(counted(32), counted(23), box));
  EXPECT_THROW(static_cast<void>(secretbox_seal(counted(31), counted(24), "")), diag::Error);
  EXPECT_THROW(static_cast<void>(secretbox_seal(counted(32), counted(12), "")), diag::Error);
}

}  // namespace
}  // namespace sconectl::crypto
