#include "crypto/p256tag.hpp"

#include <gmock/gmock.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "crypto/native.hpp"
#include "sconectl/crypto/age.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "support/matchers.hpp"

namespace sconectl::crypto {
namespace {

using diag::ErrorKind;

/// A private key that this test knows, in the place of hardware.
class KnownKey final : public P256Key {
 public:
  KnownKey() : key_(EVP_EC_gen("P-256")) {}
  explicit KnownKey(std::string_view pkcs8) {
    const auto* at = octets(pkcs8);
    key_.reset(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(pkcs8.size())));
  }
  [[nodiscard]] std::string public_point() const override {
    std::string point(p256_point_size, '\0');
    std::size_t size = 0;
    EXPECT_EQ(EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY, octets(point),
                                              point.size(), &size),
              1);
    return p256_point(std::string_view(point).substr(0, size));
  }
  [[nodiscard]] Secret agree(std::string_view theirs) const override {
    ++asked;
    const auto der = p256_der(theirs);
    const auto* at = octets(der);
    const KeyPtr peer{d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()))};
    const KeyContextPtr context{EVP_PKEY_CTX_new(key_.get(), nullptr)};
    Secret shared = Secret::zeros(p256_coordinate_size);
    std::size_t size = shared.size();
    EXPECT_EQ(EVP_PKEY_derive_init(context.get()), 1);
    EXPECT_EQ(EVP_PKEY_derive_set_peer(context.get(), peer.get()), 1);
    EXPECT_EQ(EVP_PKEY_derive(context.get(), shared.writable().data(), &size), 1);
    return shared;
  }
  mutable int asked = 0;

 private:
  KeyPtr key_;
};

std::string sealed(const std::vector<std::string>& recipients) {
  std::string file;
  AgeWriter writer(recipients, [&](std::string_view part) { file += part; });
  writer.write("a key");
  writer.finish();
  return file;
}

std::string opened(std::string_view file, const AgeIdentities& identities) {
  std::string text;
  AgeReader reader(identities, [&](std::string_view part) { text += part; });
  reader.take(file);
  reader.finish();
  return text;
}

std::optional<ErrorKind> fault(std::string_view file, const AgeIdentities& identities) {
  try {
    (void)opened(file, identities);
    return std::nullopt;
  } catch (const diag::Error& error) {
    return error.kind();
  }
}

AgeIdentities only(std::shared_ptr<const KnownKey> key) {
  AgeIdentities result;
  result.elsewhere.push_back(std::move(key));
  return result;
}

class P256Tag : public ::testing::Test {
 protected:
  std::shared_ptr<const KnownKey> key = std::make_shared<const KnownKey>();
  std::shared_ptr<const KnownKey> stranger = std::make_shared<const KnownKey>();
  std::string recipient = p256_compressed(key->public_point());
};

TEST_F(P256Tag, what_age_has_made_opens) {
  // Of age 1.3.2, for a key that was made by OpenSSL.
  const auto file = unbase64(
      "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHAyNTZ0YWcgelNRaExBIEJJL0thNGxpUnBSRkVaU0FKMUw5bUgzT2dHYml4"
      "VzRPbmdRckdIQXBHbTVwT0VXNEZYdEpHLyttQkpmTnBHZ3NZWGp3NklvRTBtZ0xZZHNhK3VjZ3lSWQpTeGtwdXlVdVFJ"
      "UGJSblF2Qlpua0xaWTlxWFQ4Wm9RZk5JT0FSNkdkaXRNCi0tLSA1aVkyajV1UzJzMHE2R1l4MDRTN3AzeEEreXlkei8v"
      "TEw4bGM1TDVYMC9rCgFIZFw5dSk+8cWA3InrOgvzUOBnC5q6PytyrFSChOByE+xBemraQ9gT1JEMHDhaGg==");
  const auto other = std::make_shared<const KnownKey>(
      unhex("307702010104208898f0b9ecc02c900e7082405996c18c17091504aefd7ee24a414cda57cbdfc7a00a0608"
            "2a8648ce3d030107a144034200047f705a9d90338e7fd669c2b959631c9271d79ef7ed77ad59e2361d7e6c"
            "73db799885d96149d4c17ca6fa6c05430620b52d2b21596115355b9fbf3380cb0fd326")
          .value());
  EXPECT_EQ(age_recipient(p256_compressed(other->public_point())),
            "age1tag1qflhqk5ajqecul7kd8ptjktrrjf8r4u77lkh0t2eugmp6lnvw0dhj8vtgmm");
  EXPECT_EQ(opened(file.value(), only(other)), "a text of others");
}

TEST_F(P256Tag, opens_for_its_key_alone_and_asks_no_other_one) {
  const auto pair = generate_x25519();
  const auto file = sealed({pair.public_key, recipient});
  EXPECT_EQ(opened(file, only(key)), "a key");
  EXPECT_EQ(key->asked, 1);
  EXPECT_EQ(fault(file, only(stranger)), ErrorKind::refused);
  EXPECT_EQ(stranger->asked, 0);
  auto both = only(key);
  both.keys.push_back(pair.private_key.clone());
  EXPECT_EQ(opened(file, both), "a key");
  EXPECT_EQ(key->asked, 1);  // what lies in a file opens it first
}

TEST_F(P256Tag, who_has_the_wrong_key_hears_which_it_is) {
  try {
    (void)opened(sealed({recipient}), only(stranger));
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_THAT(error.text(),
                ::testing::HasSubstr(age_recipient(p256_compressed(stranger->public_point()))));
  }
}

TEST_F(P256Tag, whatever_is_changed_does_not_open) {
  const auto file = sealed({recipient});
  for (std::size_t at = 0; at < file.size(); ++at) {
    auto other = file;
    other[at] = static_cast<char>(other[at] ^ 1);
    EXPECT_NE(fault(other, only(key)), std::nullopt) << at;
  }
}

TEST_F(P256Tag,
       a_malformed_one_or_a_point_beside_the_curve_is_refused_before_the_hardware_sees_it) {
  const auto point = key->public_point();
  auto beside = point;
  beside.back() = static_cast<char>(beside.back() ^ 1);
  const auto stanza = [&](std::string_view words) {
    return "age-encryption.org/v1\n-> p256tag " + std::string(words) + "\n" + std::string(43, 'A') +
           "\n--- " + std::string(43, 'A') + "\n" + std::string(40, 'x');
  };
  const auto bare = [](std::string_view bytes) {
    auto text = base64(bytes);
    text.erase(text.find_last_not_of('=') + 1);
    return text;
  };
  const auto tag = [&](std::string_view enc) { return bare(p256tag_tag(enc, point)); };
  EXPECT_EQ(fault(stanza(tag(beside) + " " + bare(beside)), only(key)), ErrorKind::invalid);
  EXPECT_EQ(fault(stanza(tag(point)), only(key)), ErrorKind::invalid);
  EXPECT_EQ(fault(stanza(tag(point) + " " + bare(point) + " x"), only(key)), ErrorKind::invalid);
  EXPECT_EQ(fault(stanza(tag(recipient) + " " + bare(recipient)), only(key)), ErrorKind::invalid);
  EXPECT_EQ(fault(stanza("AAAA " + bare(point)), only(key)), ErrorKind::invalid);
  EXPECT_EQ(fault(stanza(tag(point) + "= " + bare(point)), only(key)), ErrorKind::invalid);
  EXPECT_EQ(key->asked, 0);
}

TEST_F(P256Tag, recipients_are_points_of_the_curve_and_survive_no_typing_mistake) {
  const auto text = age_recipient(recipient);
  EXPECT_TRUE(text.starts_with("age1tag1"));
  EXPECT_EQ(parse_age_recipient(text), recipient);
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto other = text;
    other[at] = other[at] == 'q' ? 'p' : 'q';
    if (other == text) continue;
    EXPECT_THROW((void)parse_age_recipient(other), diag::Error) << other;
  }
  // The specification's.
  EXPECT_EQ(
      parse_age_recipient("age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e")
          .size(),
      p256_compressed_size);
  EXPECT_THROW((void)parse_age_recipient(age_recipient("\x02" + std::string(32, '\xff'))),
               diag::Error);
  EXPECT_THROW((void)p256_point(""), diag::Error);
  EXPECT_THROW((void)p256_point(std::string(1, '\0')), diag::Error);
  EXPECT_THROW((void)p256_point_of_der("no DER"), diag::Error);
}

TEST(AgeIdentities, lines_that_name_keys_elsewhere_stand_beside_others) {
  const auto pair = generate_x25519();
  const auto key = std::make_shared<const KnownKey>();
  const auto elsewhere = [&](std::string_view line) -> std::shared_ptr<const P256Key> {
    return line == "there:1" ? key : nullptr;
  };
  const auto own = std::string(age_identity(pair.private_key.view()).view());
  const auto found = parse_age_identities("# both\nthere:1\n" + own + "\n", elsewhere);
  EXPECT_EQ(found.keys.size(), 1U);
  EXPECT_EQ(found.elsewhere.size(), 1U);
  EXPECT_THROW((void)parse_age_identities("there:2\n", elsewhere), diag::Error);
  EXPECT_THROW((void)parse_age_identities("there:1\n"), diag::Error);
}

}  // namespace
}  // namespace sconectl::crypto
