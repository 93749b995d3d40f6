#include "sconectl/enclave/sigstruct.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/rsa.hpp"
#include "sconectl/diag/error.hpp"
#include "support/real_tool.hpp"
#include "support/repository.hpp"

namespace sconectl::enclave {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string vector_bytes(const std::string& name) {
  std::ostringstream text;
  text
      << std::ifstream(test::corpus("../vectors/dcap/sigstruct/" + name), std::ios::binary).rdbuf();
  return text.str();
}

const crypto::PrivateKey& signer_key() {
  static const auto key = crypto::PrivateKey::generate_for_enclaves();
  return key;
}

EnclaveStatement some_statement() {
  EnclaveStatement statement;
  statement.date = 0x20261122;
  statement.misc_select = 1;
  statement.family_id = std::string(16, 'f');
  statement.extended_product_id = std::string(16, 'p');
  statement.mr_enclave = crypto::sha256("enclave");
  statement.product_id = 7;
  statement.svn = 0x1234;
  return statement;
}

std::string refusal_of(const std::string& bytes) {
  try {
    static_cast<void>(parse_sigstruct(bytes));
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
    return error.text();
  }
  return "";
}

struct Recorded {
  const char* file;
  const char* date;
  const char* mr_enclave;
  const char* mr_signer;
  std::uint64_t flags;
};

TEST(Sigstruct, EV050_recorded_ones_are_read_judged_and_made_again_byte_for_byte) {
  NEEDS_CORPUS("../vectors/dcap/sigstruct");
  const Recorded all[] = {
      {"gramine-1.9-helloworld.sig", "2026-11-22",
       "e4c23d180ebdb1c4c98bcb16203ac8ad3625290f39766eb451b310083c038485",
       "ec1ce1d7b2a1cefcee56b71ab51c86fbd9a4c39335616babd17c902751ac6178", 6},
      {"teepot-gramine-test.sig", "2023-08-22",
       "f78170fe28e2e8671d83f5056975d25a27eb2c333dc520c2ccaf4de6b3f9c81b",
       "f98deebef358e407b9a795eda9fe0c67de306084d735339f9454aefaaaa0f264", 4},
      {"fortanix-sig1.sigstruct.bin", "2016-01-09",
       "c50673624a6cb17c1c6c2a4e6906f47a170c4629b8723781d1017ef376f1a75d",
       "83d719e77deaca1470f6baf62a4d774303c899db69020f9c70ee1dfc08c7ce9e", 4},
  };
  for (const Recorded& each : all) {
    SCOPED_TRACE(each.file);
    const std::string bytes = vector_bytes(each.file);
    const Sigstruct read = parse_sigstruct(bytes);
    EXPECT_EQ(date_text(read.statement.date), each.date);
    EXPECT_EQ(crypto::hex(crypto::view(read.statement.mr_enclave)), each.mr_enclave);
    EXPECT_EQ(crypto::hex(crypto::view(mr_signer(read.modulus))), each.mr_signer);
    EXPECT_EQ(read.statement.attribute_flags, each.flags);
    EXPECT_EQ(read.statement.attribute_xfrm, 3U);
    EXPECT_TRUE(verify(read).all());
    const auto key = crypto::PublicKey::from_rsa(read.modulus, "\x03");
    EXPECT_EQ(assembled_sigstruct(read.statement, key, read.signature), bytes);
  }
}

TEST(Sigstruct, EV050_the_quotients_are_those_of_another_signer) {
  NEEDS_CORPUS("../vectors/dcap/sigstruct");
  const auto number = [](const std::string& name) {
    const std::string bytes = vector_bytes("fortanix-sig1." + name + ".bin");
    return std::string(bytes.rbegin(), bytes.rend());
  };
  const auto quotients = crypto::cube_quotients(number("sig"), number("key_n"));
  EXPECT_EQ(quotients.q1, number("q1"));
  EXPECT_EQ(quotients.q2, number("q2"));
}

TEST(Sigstruct, EV050_what_is_signed_here_is_read_back_and_openssl_accepts_it) {
  const EnclaveStatement statement = some_statement();
  const std::string bytes = signed_sigstruct(statement, signer_key());
  const Sigstruct read = parse_sigstruct(bytes);
  EXPECT_TRUE(verify(read).all());
  EXPECT_FALSE(is_unsigned(read));
  EXPECT_EQ(unsigned_sigstruct(read.statement), unsigned_sigstruct(statement));
  EXPECT_EQ(signed_sigstruct(statement, signer_key()), bytes);

  const test::Scratch scratch;
  const auto message = scratch.file("message", signed_bytes(statement));
  const auto key = scratch.file("key", signer_key().public_key().spki_pem());
  const auto signature = scratch.file("signature", read.signature);
  EXPECT_EQ(signed_bytes(statement), bytes.substr(0, 128) + bytes.substr(900, 128));
  EXPECT_EQ(test::run_tool(
                {"openssl", "dgst", "-sha256", "-verify", key, "-signature", signature, message})
                .out,
            "Verified OK\n");
}

TEST(Sigstruct, EV050_no_single_changed_bit_goes_unnoticed) {
  const std::string good = signed_sigstruct(some_statement(), signer_key());
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << at % 8));
    if (!refusal_of(changed).empty()) continue;
    EXPECT_FALSE(verify(parse_sigstruct(changed)).all()) << "byte " << at;
  }
}

TEST(Sigstruct, EV050_other_files_are_refused_with_the_reason) {
  const std::string good = signed_sigstruct(some_statement(), signer_key());
  EXPECT_THAT(refusal_of(""), HasSubstr("it has 0 bytes and not 1808"));
  EXPECT_THAT(refusal_of(good + '\0'), HasSubstr("it has 1809 bytes"));
  EXPECT_THAT(refusal_of(std::string(1808, '\0')), HasSubstr("headers"));
  const auto with = [&](std::size_t at, char byte) {
    std::string changed = good;
    changed[at] = byte;
    return refusal_of(changed);
  };
  EXPECT_THAT(with(24, 2), HasSubstr("headers"));
  EXPECT_THAT(with(512, 5), HasSubstr("its exponent is 5 and not 3"));
  EXPECT_THAT(with(512, 0), HasSubstr("its exponent is 0 and not 3"));
  EXPECT_THAT(with(127, 1), HasSubstr("reserved bytes 44 to 127"));
  EXPECT_THAT(with(911, 1), HasSubstr("reserved bytes 910 to 911"));
  EXPECT_THAT(with(1039, 1), HasSubstr("reserved bytes 1028 to 1039"));
}

TEST(Sigstruct, EV050_a_signature_made_elsewhere_is_taken_only_if_it_fits) {
  const EnclaveStatement statement = some_statement();
  const crypto::PublicKey key = signer_key().public_key();
  const Sigstruct open = parse_sigstruct(unsigned_sigstruct(statement));
  EXPECT_TRUE(is_unsigned(open));
  EXPECT_FALSE(verify(open).all());
  const std::string signature = signer_key().sign(signed_bytes(open.statement));
  EXPECT_EQ(assembled_sigstruct(open.statement, key, signature),
            signed_sigstruct(statement, signer_key()));

  std::string wrong = signature;
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  EXPECT_THROW(static_cast<void>(assembled_sigstruct(statement, key, wrong)), diag::Error);
  EXPECT_THROW(static_cast<void>(assembled_sigstruct(statement, key, signature.substr(1))),
               diag::Error);
  EnclaveStatement other = statement;
  other.svn = 1;
  EXPECT_THROW(static_cast<void>(assembled_sigstruct(other, key, signature)), diag::Error);
}

TEST(Sigstruct, EV050_other_keys_do_not_sign) {
  for (const auto type : {crypto::KeyType::rsa2048, crypto::KeyType::rsa3072, crypto::KeyType::p256,
                          crypto::KeyType::ed25519}) {
    const auto key = crypto::PrivateKey::generate(type);
    try {
      static_cast<void>(signed_sigstruct(some_statement(), key));
      ADD_FAILURE() << crypto::key_type_name(type);
    } catch (const diag::Error& error) {
      EXPECT_THAT(error.text(), HasSubstr("exponent 3"));
    }
  }
}

TEST(Sigstruct, names_bits_and_shows_those_without_a_name) {
  EXPECT_THAT(attribute_names(0x6), ElementsAre("DEBUG", "MODE64BIT"));
  EXPECT_THAT(attribute_names(0x104), ElementsAre("MODE64BIT", "0x100"));
  EXPECT_THAT(xfrm_names(0x602e7), ElementsAre("x87/SSE", "AVX", "AVX512", "PKRU", "AMX"));
  EXPECT_THAT(xfrm_names(0x1), ElementsAre("0x1"));
  EXPECT_EQ(date_text(0), "0000-00-00");
}

}  // namespace
}  // namespace sconectl::enclave
