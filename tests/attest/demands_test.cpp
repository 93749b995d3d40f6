// Enclaves against variants of an attestation section (SL-085 to SL-096, EV-030, EV-031).
#include "sconectl/attest/demands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/crypto/encoding.hpp"

namespace sconectl::attest {
namespace {

using session::AttestationVariant;
using session::EnclaveSigner;
using testing::HasSubstr;

struct Demanded : testing::Test {
  Demanded() {
    enclave.attributes = std::string("\x05", 1) + std::string(15, '\0');
    enclave.mr_enclave = std::string(32, '\xE4');
    enclave.mr_signer = std::string(32, '\xEC');
    enclave.prod_id = 3;
    enclave.svn = 7;
    enclave.config_id = std::string(64, '\0');
    enclave.family_id = enclave.ext_prod_id = std::string(16, '\0');
  }
  std::string fault(const AttestationVariant& variant) const {
    return mismatch(enclave, variant).value_or("");
  }
  AttestationVariant signed_by_us() const {
    EnclaveSigner signer;
    signer.mrsigner = crypto::hex(enclave.mr_signer);
    signer.isvprodid = 3U;
    AttestationVariant variant;
    variant.signer = signer;
    return variant;
  }
  static EnclaveSigner& signer_of(AttestationVariant& variant) {
    return std::get<EnclaveSigner>(*variant.signer);
  }
  EnclaveReport enclave;
};

TEST_F(Demanded, SL089_any_of_the_measurements) {
  AttestationVariant variant;
  variant.mrenclave = {std::string(64, 'a'), crypto::hex(enclave.mr_enclave)};
  EXPECT_EQ(fault(variant), "");
  variant.mrenclave.pop_back();
  EXPECT_THAT(fault(variant), HasSubstr("its mrenclave is e4e4"));
  EXPECT_EQ(fault({}), "it pins nothing of an SGX enclave");
}

TEST_F(Demanded, SL087_measurement_and_signer_must_both_hold) {
  auto variant = signed_by_us();
  variant.mrenclave = {std::string(64, 'a')};
  EXPECT_THAT(fault(variant), HasSubstr("mrenclave"));
  variant.mrenclave = {crypto::hex(enclave.mr_enclave)};
  EXPECT_EQ(fault(variant), "");
  signer_of(variant).mrsigner = std::string(64, 'a');
  EXPECT_THAT(fault(variant), HasSubstr("its mrsigner is ecec"));
}

TEST_F(Demanded, SL090_product_and_versions) {
  auto variant = signed_by_us();
  EXPECT_EQ(fault(variant), "");
  signer_of(variant).isvprodid = 4U;
  EXPECT_EQ(fault(variant), "its isvprodid is 3");
  variant = signed_by_us();
  signer_of(variant).isvsvn = 7U;
  EXPECT_EQ(fault(variant), "");
  signer_of(variant).isvsvn = 8U;
  EXPECT_THAT(fault(variant), HasSubstr("its security version is 7, which isvsvn does not allow"));
  variant = signed_by_us();
  signer_of(variant).isvsvn_min = 7U;
  signer_of(variant).isvsvn_max = 7U;
  EXPECT_EQ(fault(variant), "");
  signer_of(variant).isvsvn_min = 8U;
  EXPECT_THAT(fault(variant), HasSubstr("which isvsvn_min does not allow"));
  signer_of(variant).isvsvn_min.reset();
  signer_of(variant).isvsvn_max = 6U;
  EXPECT_THAT(fault(variant), HasSubstr("which isvsvn_max does not allow"));
}

TEST_F(Demanded, EV031_what_no_session_can_pin_has_to_be_harmless) {
  const auto with = [&](auto change) {
    EnclaveReport other = enclave;
    change(other);
    return mismatch(other, signed_by_us()).value_or("");
  };
  EXPECT_THAT(with([](auto& it) { it.attributes[0] = 4; }), HasSubstr("64-bit"));
  EXPECT_THAT(with([](auto& it) { it.attributes[0] = 1; }), HasSubstr("64-bit"));
  EXPECT_THAT(with([](auto& it) { it.attributes[0] = 0x15; }), HasSubstr("provisioning"));
  EXPECT_THAT(with([](auto& it) { it.attributes[0] = 0x25; }), HasSubstr("launch key"));
  EXPECT_THAT(with([](auto& it) { it.config_id[63] = 1; }), HasSubstr("CONFIGID"));
  EXPECT_THAT(with([](auto& it) { it.config_svn = 1; }), HasSubstr("CONFIGID"));
  EXPECT_THAT(with([](auto& it) { it.family_id[0] = 1; }), HasSubstr("family"));
  EXPECT_THAT(with([](auto& it) { it.ext_prod_id[0] = 1; }), HasSubstr("extended product"));
}

TEST_F(Demanded, SL203_a_placeholder_that_is_left_matches_nothing) {
  const session::Placeholder open{};
  AttestationVariant variant;
  variant.mrenclave = {open};
  EXPECT_THAT(fault(variant), HasSubstr("mrenclave"));
  variant = signed_by_us();
  signer_of(variant).isvprodid = open;
  EXPECT_THAT(fault(variant), HasSubstr("not resolved"));
  variant = signed_by_us();
  signer_of(variant).isvsvn = session::Number(open);
  EXPECT_THAT(fault(variant), HasSubstr("not resolved"));
}

}  // namespace
}  // namespace sconectl::attest
