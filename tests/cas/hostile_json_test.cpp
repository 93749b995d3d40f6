// Decoders meet input of an attacker: each must refuse it with Error{invalid}, fast.
#include <functional>

#include "expect_error.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/cas/wire_denials.hpp"
#include "sconectl/cas/wire_releases.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "support/matchers.hpp"

namespace sconectl::cas {
namespace {

using diag::ErrorKind;
using test::contains;
using test::error_of;

using Decoder = std::function<void(std::string_view)>;

const std::vector<std::pair<std::string, Decoder>>& decoders() {
  static const std::vector<std::pair<std::string, Decoder>> all = {
      {"error body", [](std::string_view s) { (void)decode_error_body(s); }},
      {"accepted", [](std::string_view s) { (void)decode_session_accepted(s); }},
      {"session", [](std::string_view s) { (void)decode_session_text(s); }},
      {"hash", [](std::string_view s) { (void)decode_hash_reply(s); }},
      {"list", [](std::string_view s) { (void)decode_session_list(s); }},
      {"history", [](std::string_view s) { (void)decode_history(s); }},
      {"value", [](std::string_view s) { (void)decode_public_value(s); }},
      {"values", [](std::string_view s) { (void)decode_public_values(s); }},
      {"version", [](std::string_view s) { (void)decode_version(s); }},
      {"health", [](std::string_view s) { (void)decode_health(s); }},
      {"report", [](std::string_view s) { (void)decode_attestation_report(s); }},
      {"attest", [](std::string_view s) { (void)decode_attest_request(s); }},
      {"challenge", [](std::string_view s) { (void)decode_challenge(s); }},
      {"config request", [](std::string_view s) { (void)decode_config_request(s); }},
      {"config reply", [](std::string_view s) { (void)decode_config_reply(s); }},
      {"configuration", [](std::string_view s) { (void)decode_configuration(s); }},
      {"volume tag", [](std::string_view s) { (void)decode_volume_tag(s); }},
      {"fspf tag", [](std::string_view s) { (void)decode_fspf_tag(s); }},
      {"tag reply", [](std::string_view s) { (void)decode_tag_reply(s); }},
      {"secrets request", [](std::string_view s) { (void)decode_secrets_request(s); }},
      {"secrets reply", [](std::string_view s) { (void)decode_secrets_reply(s); }},
      {"releases", [](std::string_view s) { (void)decode_release_list(s); }},
      {"denial", [](std::string_view s) { (void)decode_denial(s); }},
      {"exit report", [](std::string_view s) { (void)decode_exit_report(s); }},
      {"state file", [](std::string_view s) { (void)parse_config(s); }},
  };
  return all;
}

void refused_by_all(const std::string& text) {
  for (const auto& decoder : decoders()) {
    SCOPED_TRACE(decoder.first);
    error_of(ErrorKind::invalid, [&] {
      decoder.second(text);
      return 0;
    });
  }
}

TEST(HostileJson, RA013_is_refused_by_every_decoder) {
  for (const std::string& text :
       {std::string("{"), std::string("[]"), std::string("null"), std::string("\"x\""),
        std::string("{}x"), std::string("{\"a\":\"\xff\"}"), std::string("{\0}", 3),
        std::string("{'a':1}"), std::string("// x\n{}"), std::string("{\"a\":1e999}"),
        std::string("{\"a\":1,}"), std::string("{\"a\":NaN}"), std::string("\xef\xbb\xbf[")})
    refused_by_all(text);
}

TEST(HostileJson, RA013_nesting_is_bounded) {
  for (const std::size_t depth : {65U, 10'000U, 1'000'000U}) {
    refused_by_all("{\"a\":" + std::string(depth, '['));
    std::string objects;
    for (std::size_t i = 0; i < depth; ++i) objects += "{\"a\":";
    EXPECT_TRUE(contains(error_of(ErrorKind::invalid, [&] { return decode_version(objects); }),
                         "nested too deeply"));
  }
}

TEST(HostileJson, RA013_repeated_keys_are_refused) {
  const std::string hash(64, 'a');
  const std::string twice = R"({"hash":")" + hash + R"(","hash":")" + std::string(64, 'b') + "\"}";
  EXPECT_TRUE(
      contains(error_of(ErrorKind::invalid, [&] { return decode_hash_reply(twice); }), "twice"));
  refused_by_all(R"({"x":{"a":1,"\u0061":2}})");
  EXPECT_EQ(decode_hash_reply(R"({"x":{"hash":1},"hash":")" + hash + "\"}").hash, hash);
}

TEST(HostileJson, RA005_size_is_bounded) {
  const std::string large = "{\"a\":\"" + std::string(max_json_bytes, 'x') + "\"}";
  EXPECT_TRUE(
      contains(error_of(ErrorKind::invalid, [&] { return decode_version(large); }), "too large"));
}

TEST(HostileJson, RA020_errors_never_quote_the_input) {
  const std::string secret = "hunter2hunter2";
  const std::pair<std::string, const char*> refused[] = {
      {"{\"identity\":\"" + secret + "\"}", "PEM block"},
      {"{\"identity\":\"" + secret, "UTF-8 JSON"},
      {"{\"session_signing_keypair_ed25519_seed\":\"" + secret + "\"}", "seed"},
      {"{\"cas_db\":{\"x\":\"" + secret + "\"}}", "cas_db"}};
  for (const auto& [text, why] : refused)
    EXPECT_THAT(error_of(ErrorKind::invalid, [&, &json = text] { return parse_config(json); }),
                test::HasButNot(why, secret));
}

// Every single-byte change and every prefix of a good message is either refused or read, never
// anything else.
TEST(HostileJson, RA013_mutations_of_a_report_end_in_a_value_or_an_error) {
  AttestationReport report;
  report.evidence = {"sgx-dcap", "quote", {{"x", "y"}}};
  report.additional_data.session_encryption_key = std::string(64, 'a');
  report.additional_data.cert_chain = "PEM";
  const std::string good = encode(report);
  int refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char byte : {'\0', '"', '{', '}', '9', '\x80'}) {
      std::string changed = good;
      changed[i] = byte;
      try {
        (void)decode_attestation_report(changed);
      } catch (const diag::Error& error) {
        ASSERT_EQ(error.kind(), ErrorKind::invalid);
        ++refused;
      }
    }
    error_of(ErrorKind::invalid, [&] { return decode_attestation_report(good.substr(0, i)); });
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace sconectl::cas
