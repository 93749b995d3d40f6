#include "sconectl/cas/address.hpp"

#include "expect_error.hpp"

namespace sconectl::cas {
namespace {

using diag::ErrorKind;
using test::contains;
using test::error_of;

TEST(Address, CL013_documented_forms_mean_the_same_cas) {
  const Address expected{"mycas", 8081};
  for (const char* text : {"mycas", "mycas:8081", "https://mycas", "https://mycas/",
                           "https://mycas:8081", "https://mycas:8081/", "MyCAS", "HTTPS://mycas"})
    EXPECT_EQ(parse_address(text), expected) << text;
  EXPECT_EQ(url(expected), "https://mycas:8081/");
}

TEST(Address, CL013_other_default_port_for_the_enclave_interface) {
  EXPECT_EQ(url(parse_address("cas.default.svc", enclave_port)), "https://cas.default.svc:18765/");
  EXPECT_EQ(parse_address("cas:9", enclave_port).port, 9);
  EXPECT_EQ(parse_address("cas").with_port(enclave_port).authority(), "cas:18765");
}

TEST(Address, CL013_ipv6_in_brackets) {
  EXPECT_EQ(url(parse_address("[::1]")), "https://[::1]:8081/");
  EXPECT_EQ(url(parse_address("https://[FE80::1]:9000/")), "https://[fe80::1]:9000/");
  EXPECT_EQ(parse_address("127.0.0.1:1").authority(), "127.0.0.1:1");
  EXPECT_TRUE(
      contains(error_of(ErrorKind::invalid, [] { return parse_address("::1"); }), "brackets"));
}

TEST(Address, CL013_refuses_what_is_no_address) {
  for (const char* text : {"",
                           ":8081",
                           "http://mycas",
                           "ftp://mycas",
                           "https://",
                           "https://user@mycas",
                           "my cas",
                           "mycas:",
                           "mycas:0",
                           "mycas:65536",
                           "mycas:-1",
                           "mycas:80 81",
                           "mycas:+1",
                           "mycas/x",
                           "https://mycas/x",
                           "https://mycas//",
                           "mycas?x",
                           "mycas#x",
                           "[::1",
                           "[::1]8081",
                           "[mycas]",
                           "[]",
                           "[::1]:",
                           "-x",
                           ".x",
                           "my\ncas",
                           "m\xc3\xbc",
                           "https://https://mycas"})
    error_of(ErrorKind::invalid, [&] { return parse_address(text); });
  error_of(ErrorKind::invalid, [] { return parse_address(std::string(254, 'a')); });
  error_of(ErrorKind::invalid, [] { return parse_address(std::string("a\0b", 3)); });
  EXPECT_TRUE(contains(error_of(ErrorKind::invalid, [] { return parse_address("http://mycas"); }),
                       "https only"));
}

}  // namespace
}  // namespace sconectl::cas
