#include "sconectl/azure/cloud.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::azure {
namespace {

using diag::ErrorKind;

ErrorKind refusal(const Clouds& clouds, const std::string& text) {
  try {
    (void)clouds.vault(text);
  } catch (const diag::Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << text << " was taken";
  return ErrorKind::failed;
}

TEST(Clouds, A06_vaults_are_written_as_host_or_url) {
  const Clouds clouds;
  for (const char* text :
       {"scone-sample.vault.azure.net", "https://scone-sample.vault.azure.net",
        "https://scone-sample.vault.azure.net/", "HTTPS://Scone-Sample.VAULT.azure.net",
        "scone-sample.vault.azure.net:443"}) {
    const auto vault = clouds.vault(text);
    EXPECT_EQ(vault.url(), "https://scone-sample.vault.azure.net:443") << text;
    EXPECT_EQ(vault.scope(), "https://vault.azure.net/.default") << text;
    EXPECT_EQ(vault.authority, "https://login.microsoftonline.com") << text;
  }
}

TEST(Clouds, every_cloud_has_its_authority) {
  const Clouds clouds;
  EXPECT_EQ(clouds.vault("a.vault.usgovcloudapi.net").authority,
            "https://login.microsoftonline.us");
  EXPECT_EQ(clouds.vault("a.vault.usgovcloudapi.net").resource, "https://vault.usgovcloudapi.net");
  EXPECT_EQ(clouds.vault("a.vault.azure.cn").authority, "https://login.chinacloudapi.cn");
  EXPECT_EQ(clouds.vault("https://example.vault.microsoftazure.de").resource,
            "https://vault.microsoftazure.de");
  EXPECT_EQ(clouds.usual().scope(), "https://vault.azure.net/.default");
}

TEST(Clouds, SL190_tokens_go_to_vaults_of_known_clouds_only) {
  const Clouds clouds;
  for (const char* text : {"vault.example.com", "vault.azure.net", "a.vault.azure.net.example.com",
                           "a.b.vault.azure.net", "127.0.0.1", "[::1]", "localhost",
                           "a_b.vault.azure.net", "evilvault.azure.net"})
    EXPECT_EQ(refusal(clouds, text), ErrorKind::refused) << text;
  for (const char* text :
       {"http://a.vault.azure.net", "https://u@a.vault.azure.net",
        "https://a.vault.azure.net/secrets", "a.vault.azure.net?x", "ftp://a.vault.azure.net",
        "a.vault.azure.net:0", "", "https://", "a.vault.azure.net:https", "a .vault.azure.net"})
    EXPECT_EQ(refusal(clouds, text), ErrorKind::invalid) << text;
}

TEST(Clouds, an_operator_can_add_clouds) {
  const Clouds clouds(
      {"vault.example.com=https://login.example.com/", "v.test=https://[::1]:8443"});
  EXPECT_EQ(clouds.vault("a.vault.example.com:8443").authority, "https://login.example.com");
  EXPECT_EQ(clouds.vault("a.vault.example.com:8443").scope(), "https://vault.example.com/.default");
  EXPECT_EQ(clouds.vault("a.v.test").authority, "https://[::1]:8443");
  for (const char* text :
       {"", "vault.example.com", "=https://a", "v=http://a", "v=https://", "v=https://a@b"})
    EXPECT_THROW(Clouds({text}), diag::Error) << text;
}

}  // namespace
}  // namespace sconectl::azure
