#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "support/matchers.hpp"

namespace sconectl::host {
namespace {

TEST(Url, parts_and_defaults) {
  const Url url = parse_url("https://cas.example.com:8081/v1/values/session=a?x=1#frag");
  EXPECT_EQ(url.scheme, Scheme::https);
  EXPECT_EQ(url.server.host, "cas.example.com");
  EXPECT_EQ(url.server.port, 8081);
  EXPECT_EQ(url.target, "/v1/values/session=a?x=1");
  EXPECT_EQ(parse_url("https://h").server.port, 443);
  EXPECT_EQ(parse_url("http://h").server.port, 80);
  EXPECT_EQ(parse_url("https://h").target, "/");
  EXPECT_EQ(parse_url("https://h?x=1").target, "/?x=1");
}

TEST(Url, the_header_host_names_a_port_that_is_not_the_usual_one) {
  EXPECT_EQ(parse_url("https://h:443/").host(), "h");
  EXPECT_EQ(parse_url("http://h").host(), "h");
  EXPECT_EQ(parse_url("https://h:80").host(), "h:80");
  EXPECT_EQ(parse_url("https://[::1]").host(), "[::1]");
  EXPECT_EQ(parse_url("https://[::1]:8081").host(), "[::1]:8081");
}

TEST(Url, ipv6_literals_lose_and_get_their_brackets) {
  const Url url = parse_url("https://[::1]:18765/x");
  EXPECT_EQ(url.server.host, "::1");
  EXPECT_EQ(url.server.port, 18765);
  EXPECT_EQ(url.server.authority(), "[::1]:18765");
  EXPECT_EQ(parse_url("https://[fe80::1]").server.port, 443);
}

TEST(Url, refused) {
  for (const char* text :
       {"", "cas:8081", "ftp://h/", "https://", "https:///x", "https://:8081/", "https://h:0/",
        "https://h:65536/", "https://h:8x/", "https://h:/", "https://[::1/", "https://[::1]8081/",
        "https://user:password@h/", "https://h_[/", "https://-h/", "https://h/a b",
        "https://h/a\r\nX-Evil: 1", "https://h/\xc3"}) {
    EXPECT_THROW((void)parse_url(text), diag::Error) << text;
  }
}

TEST(Url, a_password_in_a_url_is_not_repeated) {
  try {
    (void)parse_url("https://user:hunter2@h/");
    ADD_FAILURE() << "no error";
  } catch (const diag::Error& error) {
    EXPECT_THAT(error.text(), test::HasButNot("password", "hunter2"));
  }
}

}  // namespace
}  // namespace sconectl::host
