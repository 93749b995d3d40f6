// Who vouches for evidence (SL-293).
#include "sconectl/azure/attestation_provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::azure {
namespace {

using diag::ErrorKind;
using testing::HasSubstr;

diag::Error fault(const std::string& text, const std::vector<std::string>& more = {}) {
  try {
    (void)AttestationProviders(more).provider(text);
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
    const auto provider = AttestationProviders().provider(text);
    EXPECT_EQ(provider.url, "https://sharedcus.cus.attest.azure.net") << text;
    EXPECT_EQ(provider.server, (text::Address{"sharedcus.cus.attest.azure.net", 443})) << text;
  }
  EXPECT_EQ(AttestationProviders().provider("https://a-1.usgv.attest.azure.us/").url,
            "https://a-1.usgv.attest.azure.us");
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
              HasSubstr("it does not begin with https://; the form is "
                        "https://TENANT.REGION.attest.azure.net"));
}

TEST(AttestationProvider, only_hosts_of_azure_are_asked) {
  for (const char* text :
       {"https://attest.azure.net", "https://a.attest.azure.net", "https://a.b.c.attest.azure.net",
        "https://a..attest.azure.net", "https://.b.attest.azure.net",
        "https://-a.b.attest.azure.net", "https://a_b.c.attest.azure.net",
        "https://a.battest.azure.net", "https://a.b.attest.azure.net.evil.example",
        "https://a.b.attest.azure.net.", "https://a.b.evil.example", "https://127.0.0.1",
        "https://[::1]", "https://localhost"}) {
    const auto error = fault(text);
    EXPECT_TRUE(error.kind() == ErrorKind::refused || error.kind() == ErrorKind::invalid) << text;
  }
  EXPECT_EQ(fault("https://a.b.evil.example").kind(), ErrorKind::refused);
}

TEST(AttestationProvider, an_operator_can_name_further_domains) {
  const std::vector<std::string> more{"Test.attest.azure.net"};
  EXPECT_EQ(AttestationProviders(more).provider("https://a.b.test.attest.azure.net/").url,
            "https://a.b.test.attest.azure.net");
  for (const char* suffix : {"", "net", ".attest.example", "attest.example.", "a b.example",
                             "https://attest.example.com", "*.example.com"})
    EXPECT_EQ(fault("https://a.b.attest.azure.net", {suffix}).kind(), ErrorKind::usage) << suffix;
}

}  // namespace
}  // namespace sconectl::azure
