#include "image/registry.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::image {
namespace {

TEST(Registry, is_the_first_part_of_a_reference_that_looks_like_a_host) {
  EXPECT_EQ(registry_of("127.0.0.1:5000/a/b:1"), "127.0.0.1:5000");
  EXPECT_EQ(registry_of("registry.example/a@sha256:1"), "registry.example");
  EXPECT_EQ(registry_of("localhost/a"), "localhost");
  EXPECT_EQ(registry_of("host:5000/a"), "host:5000");
  for (const char* without : {"a", "a:1", "library/a", "a@sha256:1"})
    EXPECT_EQ(registry_of(without), std::nullopt) << without;
}

struct RegistryNetwork final : host::Http {
  std::optional<diag::ErrorKind> fails;
  std::string url;
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& /*tls*/) override {
    url = request.url;
    if (fails) throw diag::Error(*fails, "words");
    return {401, {}, "", {}};
  }
};

TEST(Registry, answers_when_it_says_anything) {
  RegistryNetwork network;
  EXPECT_TRUE(registry_answers(network, "localhost:5000/a"));
  EXPECT_EQ(network.url, "http://localhost:5000/v2/");
  EXPECT_TRUE(registry_answers(network, "registry.example/a"));
  EXPECT_EQ(network.url, "https://registry.example/v2/");
  network.fails = diag::ErrorKind::unavailable;
  EXPECT_FALSE(registry_answers(network, "registry.example/a"));
  EXPECT_TRUE(registry_answers(network, "a"));
  network.fails = diag::ErrorKind::interrupted;
  EXPECT_THROW((void)registry_answers(network, "registry.example/a"), diag::Error);
}

}  // namespace
}  // namespace sconectl::image
