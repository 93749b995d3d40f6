#include "sconectl/text/address.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::text {
namespace {

std::string refusal(std::string_view text, const PortRule& ports = {80, 1}) {
  try {
    return "read as " + parse_address(text, ports).authority();
  } catch (const diag::Error& error) {
    return error.text();
  }
}

TEST(Address, host_and_port) {
  EXPECT_EQ(parse_address("CAS.Example:8081", {}), (Address{"cas.example", 8081}));
  EXPECT_EQ(parse_address("cas", {8081, 1}), (Address{"cas", 8081}));
  EXPECT_EQ(parse_address("cas_1:1", {8081, 1}), (Address{"cas_1", 1}));
  EXPECT_EQ(parse_address("10.0.0.1:65535", {}).authority(), "10.0.0.1:65535");
  EXPECT_EQ((Address{"cas", 1}).with_port(2).authority(), "cas:2");
}

TEST(Address, ipv6_has_brackets_in_text_and_none_in_the_host) {
  const Address address = parse_address("[FE80::1]:9000", {});
  EXPECT_EQ(address, (Address{"fe80::1", 9000}));
  EXPECT_EQ(address.authority(), "[fe80::1]:9000");
  EXPECT_EQ(address.bracketed_host(), "[fe80::1]");
  EXPECT_EQ(parse_address("[::ffff:10.0.0.1]", {80, 1}).host, "::ffff:10.0.0.1");
  EXPECT_EQ(refusal("::1"), "an IPv6 address needs brackets");
  EXPECT_EQ(refusal("[::1"), "']' is missing");
  EXPECT_EQ(refusal("[::1]8081"), "only a port may follow ']'");
  EXPECT_EQ(refusal("[cas]"), "this is not an IPv6 address");
  EXPECT_EQ(refusal("[]"), "this is not an IPv6 address");
}

TEST(Address, port_rule) {
  EXPECT_EQ(parse_address("127.0.0.1:0", {std::nullopt, 0}).port, 0);
  EXPECT_EQ(refusal("cas", {}), "the port is missing");
  for (const char* text : {"cas:", "cas:0", "cas:65536", "cas:-1", "cas:+1", "cas:8 1", "[::1]:"})
    EXPECT_EQ(refusal(text), "the port must be a number from 1 to 65535") << text;
  EXPECT_EQ(refusal("cas:65536", {80, 0}), "the port must be a number from 0 to 65535");
}

TEST(Address, refuses_what_is_no_host) {
  for (const char* text :
       {"", ":80", "-cas", ".cas", "my cas", "user@cas", "cas/x", "cas?x", "cas\n", "m\xc3\xbc"})
    EXPECT_EQ(refusal(text), "this is not a host name") << text;
  EXPECT_EQ(refusal(std::string(254, 'a')), "this is not a host name");
  EXPECT_EQ(refusal(std::string("a\0b", 3)), "this is not a host name");
  EXPECT_EQ(parse_address(std::string(253, 'a'), {80, 1}).host.size(), 253);
}

}  // namespace
}  // namespace sconectl::text
