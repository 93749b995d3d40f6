// Who vouches for evidence (SL-293).
#include "sconectl/azure/attestation_provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::azure {
namespace {

using diag::ErrorKind;
using testing::HasSubstr;

diag::Error fault(const std::string& text) {
  try {
    (void)attestation_provider(text);
  } catch (const diag::Error& error) {
    return error;
  }
  ADD_FAILURE() << text << " was taken";
  return {ErrorKind::failed, ""};
}

TEST(AttestationProvider, SL293_providers_are_named_with_and_without_a_slash) {
  for (const char* text :
       {"https://sharedcus.cus.attest.azure.net", "https://sharedcus.cus.attest.azure.net/",
        "https://SharedCUS.cus.Attest.azure.net", "HTTPS://sharedcus.cus.attest.azure.net:443/"}) {
    const auto provider = attestation_provider(text);
    EXPECT_EQ(provider.url, "https://sharedcus.cus.attest.azure.net") << text;
    EXPECT_EQ(provider.server, (text::Address{"sharedcus.cus.attest.azure.net", 443})) << text;
  }
}

TEST(AttestationProvider, SL293_other_forms_are_none) {
  for (const char* text : {"", "sharedcus.cus.attest.azure.net", "http://a.b.attest.azure.net",
                           "https://", "https:///", "https://u@a.b.attest.azure.net",
                           "https://u:p@a.b.attest.azure.net", "https://a.b.attest.azure.net/certs",
                           "https://a.b.attest.azure.net//", "https://a.b.attest.azure.net?x",
                           "https://a.b.attest.azure.net#x", "https://a.b.attest.azure.net\\x",
                           "https://a.b.attest.azure.net:8443", "https://a.b.attest.azure.net:x"})
    EXPECT_EQ(fault(text).kind(), ErrorKind::invalid) << text;
  EXPECT_THAT(fault("http://a.b.attest.azure.net").text(),
              HasSubstr("is no provider of Azure Attestation; the form is "
                        "https://TENANT.REGION.attest.azure.net"));
}

}  // namespace
}  // namespace sconectl::azure
