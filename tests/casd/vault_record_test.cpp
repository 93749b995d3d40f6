// What the database and a key vault have of one value (SL-194).
#include "casd/secrets/vault_record.hpp"

#include <gmock/gmock.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {
namespace {

using diag::Error;
using diag::ErrorKind;
using testing::HasSubstr;

const std::string session_hash(64, 'a');

/// As a vault gives it back.
azure::VaultSecret in_vault(const VaultCopy& copy) {
  return {crypto::Secret(copy.text), "application/octet-stream", copy.record.version};
}

struct Recorded : testing::Test {
  Recorded() : copy(vault_copy(session_hash, "x", crypto::Secret("value"))) {
    copy.record.version = "v1";
  }
  ErrorKind refusal(const VaultRecord& record, const std::string& secret) {
    try {
      (void)opened(record, secret, in_vault(copy));
    } catch (const Error& error) {
      EXPECT_THAT(error.text(), testing::AllOf(testing::SizeIs(testing::Gt(5U)),
                                               testing::Not(HasSubstr("value"))));
      return error.kind();
    }
    ADD_FAILURE() << "opened";
    return ErrorKind::failed;
  }
  VaultCopy copy;
};

TEST_F(Recorded, SL194_a_record_survives_the_database_and_opens_the_value) {
  const auto record = decode_vault_record(encode(copy.record).view());
  EXPECT_EQ(record.name, copy.record.name);
  EXPECT_EQ(opened(record, "x", in_vault(copy)).view(), "value");
}

TEST_F(Recorded, SL194_each_value_has_a_name_and_a_key_of_its_own) {
  const auto other = vault_copy(session_hash, "x", crypto::Secret("value"));
  EXPECT_NE(other.record.name, copy.record.name);
  EXPECT_NE(other.record.key.view(), copy.record.key.view());
  EXPECT_NE(other.text, copy.text);
}

TEST_F(Recorded, a_value_opens_for_its_secret_and_under_its_name_only) {
  EXPECT_EQ(refusal(copy.record, "y"), ErrorKind::refused);
  auto renamed = copy.record.clone();
  renamed.name += "0";
  EXPECT_EQ(refusal(renamed, "x"), ErrorKind::refused);
}

TEST_F(Recorded, another_version_or_other_bytes_are_not_opened) {
  auto record = copy.record.clone();
  record.version = "v2";
  EXPECT_EQ(refusal(record, "x"), ErrorKind::refused);
  copy.text.front() = copy.text.front() == 'A' ? 'B' : 'A';
  EXPECT_EQ(refusal(copy.record, "x"), ErrorKind::refused);
  copy.text = "no base64!";
  record = copy.record.clone();
  record.digest = crypto::view(crypto::sha256(copy.text));
  EXPECT_EQ(refusal(record, "x"), ErrorKind::failed);
}

TEST_F(Recorded, a_damaged_record_is_no_record) {
  for (const auto& change : std::vector<std::function<void(VaultRecord&)>>{
           [](VaultRecord& record) { record.name.clear(); },
           [](VaultRecord& record) { record.version.clear(); },
           [](VaultRecord& record) { record.key.truncate(31); }}) {
    auto record = copy.record.clone();
    change(record);
    EXPECT_THROW((void)decode_vault_record(encode(record).view()), Error);
  }
  EXPECT_THROW((void)decode_vault_record("other bytes"), Error);
}

TEST(VaultCopies, SL194_what_a_vault_does_not_take_is_refused) {
  const std::size_t most = azure::largest_vault_value / 4 * 3 - 28;
  EXPECT_LE(vault_copy(session_hash, "x", crypto::Secret(std::string(most, 'x'))).text.size(),
            azure::largest_vault_value);
  EXPECT_THROW((void)vault_copy(session_hash, "x", crypto::Secret(std::string(most + 3, 'x'))),
               Error);
}

}  // namespace
}  // namespace sconectl::casd
