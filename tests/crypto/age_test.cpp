#include "sconectl/crypto/age.hpp"

#include <gmock/gmock.h>

#include <optional>

#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::crypto {
namespace {

std::string encrypted(std::string_view text, const std::vector<std::string>& recipients,
                      std::size_t part = 1000) {
  std::string file;
  AgeWriter writer(recipients, [&](std::string_view bytes) { file += bytes; });
  for (std::size_t at = 0; at < text.size(); at += part) writer.write(text.substr(at, part));
  writer.finish();
  return file;
}

std::string decrypted(std::string_view file, const X25519Pair& pair, std::size_t part = 777) {
  AgeIdentities identities;
  identities.keys.push_back(pair.private_key.clone());
  std::string text;
  AgeReader reader(identities, [&](std::string_view bytes) { text += bytes; });
  for (std::size_t at = 0; at < file.size(); at += part) reader.take(file.substr(at, part));
  reader.finish();
  return text;
}

std::optional<diag::ErrorKind> fault_of(std::string_view file, const X25519Pair& pair) {
  try {
    (void)decrypted(file, pair);
    return std::nullopt;
  } catch (const diag::Error& error) {
    return error.kind();
  }
}

TEST(Age, gives_back_what_was_written_whatever_its_length) {
  const auto alice = generate_x25519();
  const auto bob = generate_x25519();
  constexpr std::size_t chunk = 65536;
  for (const auto size : {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, chunk + 1, 3 * chunk}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; i += 97) text[i] = static_cast<char>(i);
    const auto file = encrypted(text, {alice.public_key, bob.public_key});
    EXPECT_EQ(decrypted(file, alice), text) << size;
    EXPECT_EQ(decrypted(file, bob, 1), text) << size;
  }
}

TEST(Age, opens_for_nobody_else_and_only_as_it_was_written) {
  const auto alice = generate_x25519();
  const auto file = encrypted(std::string(200'000, 'a'), {alice.public_key});
  EXPECT_EQ(fault_of(file, generate_x25519()), diag::ErrorKind::refused);
  for (std::size_t at = 0; at < file.size(); at += at < 300 ? 1 : 9973) {
    auto other = file;
    other[at] = static_cast<char>(other[at] ^ 1);
    EXPECT_NE(fault_of(other, alice), std::nullopt) << at;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{200},
                                 std::size_t{300}, file.size() - 1, file.size() - 65552})
    EXPECT_NE(fault_of(file.substr(0, size), alice), std::nullopt) << size;
  EXPECT_NE(fault_of(file + "x", alice), std::nullopt);
  EXPECT_NE(fault_of(std::string(3'000'000, '-'), alice), std::nullopt);
}

TEST(Age, chunks_can_not_be_left_out_at_the_end_or_exchanged) {
  const auto alice = generate_x25519();
  const auto file = encrypted(std::string(std::size_t{3} * 65536, 'a'), {alice.public_key});
  constexpr std::size_t sealed = 65536 + 16;
  const auto begin = file.size() - 3 * sealed;
  EXPECT_NE(fault_of(file.substr(0, begin + 2 * sealed), alice), std::nullopt);
  EXPECT_NE(fault_of(file.substr(0, begin) + file.substr(begin + sealed, sealed) +
                         file.substr(begin, sealed) + file.substr(begin + 2 * sealed),
                     alice),
            std::nullopt);
}

TEST(Age, keys_are_written_and_read_as_the_field_does) {
  const auto pair = generate_x25519();
  const auto recipient = age_recipient(pair.public_key);
  EXPECT_TRUE(recipient.starts_with("age1"));
  EXPECT_EQ(recipient.size(), 62U);
  EXPECT_EQ(parse_age_recipient(recipient), pair.public_key);
  const auto identity = age_identity(pair.private_key.view());
  EXPECT_TRUE(identity.view().starts_with("AGE-SECRET-KEY-1"));
  const auto text = "# mine\n\n  " + std::string(identity.view()) + "\r\n";
  ASSERT_EQ(parse_age_identities(text).keys.size(), 1U);
  EXPECT_EQ(parse_age_identities(text).keys[0].view(), pair.private_key.view());
}

TEST(Age, mistyped_keys_are_told_and_secret_ones_not_quoted) {
  auto recipient = age_recipient(generate_x25519().public_key);
  recipient[10] = recipient[10] == 'q' ? 'p' : 'q';
  for (const std::string& wrong : {recipient, std::string("age1"), std::string(), std::string("x")})
    EXPECT_THROW((void)parse_age_recipient(wrong), diag::Error) << wrong;
  std::string identity(age_identity(generate_x25519().private_key.view()).view());
  identity[30] = identity[30] == 'Q' ? 'P' : 'Q';
  try {
    (void)parse_age_identities(identity);
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_THAT(error.text(), test::HasButNot("is no identity of age", identity.substr(16, 10)));
  }
  EXPECT_THROW((void)parse_age_identities("# nothing\n"), diag::Error);
}

}  // namespace
}  // namespace sconectl::crypto
