// The messages of the REST API, both ways.
#include "sconectl/cas/wire.hpp"

#include "cas/json.hpp"
#include "expect_error.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/text/percent.hpp"
#include "support/matchers.hpp"

namespace sconectl::cas {
namespace {

using diag::ErrorKind;
using test::contains;
using test::error_of;

const std::string wire_hash_a(64, 'a');
const std::string hash_b(64, 'b');

TEST(WireJson, texts_are_quoted_as_the_json_library_does) {
  for (int byte = 0; byte < 256; ++byte)
    for (const std::string around : {"", "a\nb\"\\\t", "\xC3\xA4"}) {
      std::string text = around;
      text.append(1, static_cast<char>(byte)).append(around);
      EXPECT_EQ(json_string(text), json_text(Json(text))) << byte;
    }
  const std::string long_text = std::string(5000, 'x') + "\n" + std::string(5000, '"');
  EXPECT_EQ(json_string(long_text), json_text(Json(long_text)));
}

TEST(WireErrors, RA011_body_has_msg_and_version) {
  const std::string json = encode(ErrorBody{{"outer", "cause"}, "7.0.0"});
  EXPECT_EQ(json, R"({"cas_version":"7.0.0","msg":["outer","cause"]})");
  EXPECT_EQ(decode_error_body(json).msg, (std::vector<std::string>{"outer", "cause"}));
  EXPECT_EQ(decode_error_body(R"({"msg":["x"]})").cas_version, "");
}

TEST(WireErrors, RA011_msg_is_never_empty) {
  error_of(ErrorKind::invalid, [] { return decode_error_body(R"({"msg":[]})"); });
  error_of(ErrorKind::invalid, [] { return decode_error_body(R"({"msg":"x"})"); });
  const diag::Error error(ErrorKind::failed, "");
  EXPECT_EQ(error_body(error, "1").msg.size(), 1U);
}

TEST(WireErrors, RA011_every_mistake_of_a_document_once) {
  diag::Diagnostics found;
  found.error(diag::whole_file("s.yml"), "first");
  found.warning(diag::whole_file("s.yml"), "only a warning");
  found.error(diag::whole_file("s.yml"), "second");
  const ErrorBody body = error_body(diag::Error(found.all()), "1");
  ASSERT_EQ(body.msg.size(), 2U);
  EXPECT_TRUE(contains(body.msg[0], "first"));
  EXPECT_TRUE(contains(body.msg[1], "second"));
}

TEST(WireErrors, RA013_to_RA022_status_table_both_ways) {
  const std::pair<ErrorKind, int> rows[] = {
      {ErrorKind::unauthenticated, 401}, {ErrorKind::refused, 403}, {ErrorKind::not_found, 404},
      {ErrorKind::conflict, 409},        {ErrorKind::failed, 500},  {ErrorKind::unsupported, 501},
      {ErrorKind::unavailable, 503},
  };
  for (const auto& [kind, status] : rows) {
    EXPECT_EQ(http_status(kind), status);
    EXPECT_EQ(error_kind(status), kind) << status;
  }
  EXPECT_EQ(http_status(ErrorKind::invalid), 400);
  EXPECT_EQ(http_status(ErrorKind::usage), 400);
  EXPECT_EQ(error_kind(400), ErrorKind::refused);
  EXPECT_EQ(error_kind(413), ErrorKind::refused);
  EXPECT_EQ(http_status(ErrorKind::too_many), 429);
  EXPECT_EQ(error_kind(429), ErrorKind::unavailable);
  EXPECT_EQ(error_kind(502), ErrorKind::unavailable);
  EXPECT_EQ(error_kind(302), ErrorKind::failed);
}

TEST(WirePaths, RA051_query_is_key_value_pairs) {
  const auto query = parse_values_query("session=/a/b,secret=s,session_hash=h");
  EXPECT_EQ(query.session, "a/b");
  EXPECT_EQ(query.secret, "s");
  EXPECT_EQ(query.session_hash, "h");
  EXPECT_EQ(parse_values_query("session=a").secret, std::nullopt);
  EXPECT_EQ(parse_values_query("secret=s,session=a").session, "a");
}

TEST(WirePaths, RA051_unknown_or_repeated_keys_are_refused) {
  for (const char* text : {"", "secret=s", "session=a,session=b", "session=a,secret=s,secret=t",
                           "session=a,x=y", "session=a,", ",session=a", "session", "session=a,,"})
    error_of(ErrorKind::invalid, [&] { return parse_values_query(text); });
}

TEST(WirePaths, RA051_path_and_query_are_inverse) {
  const ValuesQuery query{"a b/c,d=e%/\xc3\xbc", "x&y", std::nullopt};
  const std::string path = values_path(query);
  EXPECT_EQ(path, "/v1/values/session=a%20b/c%2Cd%3De%25/%C3%BC,secret=x%26y");
  const auto plain = values_path({"a/b", "s", wire_hash_a});
  EXPECT_EQ(parse_values_query(text::percent_decoded(plain.substr(path::values.size())).value()),
            (ValuesQuery{"a/b", "s", wire_hash_a}));
}

TEST(WireSessions, RA025_accepted_upload) {
  EXPECT_EQ(encode(SessionAccepted{wire_hash_a, {}}), R"({"hash":")" + wire_hash_a + R"("})");
  const auto reply = decode_session_accepted(encode(SessionAccepted{wire_hash_a, {"w"}}));
  EXPECT_EQ(reply.hash, wire_hash_a);
  EXPECT_EQ(reply.warnings, std::vector<std::string>{"w"});
}

TEST(WireSessions, RA025_a_hash_is_64_hex_digits) {
  EXPECT_EQ(decode_session_accepted(R"({"hash":")" + std::string(64, 'A') + R"("})").hash,
            wire_hash_a);
  const std::vector<std::string> bad_replies = {R"({})",
                                                R"({"hash":null})",
                                                R"({"hash":12})",
                                                R"({"hash":"abc"})",
                                                R"({"hash":")" + std::string(63, 'a') + R"("})",
                                                R"({"hash":")" + std::string(64, 'g') + R"("})"};
  for (const auto& bad : bad_replies)
    EXPECT_TRUE(contains(error_of(ErrorKind::invalid, [&] { return decode_session_accepted(bad); }),
                         "'hash'"));
}

TEST(WireSessions, RA027_RA041_session_text) {
  const SessionText text{"name: \"a\"\n", wire_hash_a, {{"PEM", "00ff"}}};
  const auto read = decode_session_text(encode(text));
  EXPECT_EQ(read.session, text.session);
  ASSERT_EQ(read.signatures.size(), 1U);
  EXPECT_EQ(read.signatures[0].signature, "00ff");
  EXPECT_THAT(encode(SessionText{"x", wire_hash_a, {}}),
              test::HasButNot(wire_hash_a, "signatures"));
  // A newer CAS may say more.
  EXPECT_EQ(
      decode_session_text(R"({"session":"x","hash":")" + wire_hash_a + R"(","new":1})").session,
      "x");
}

TEST(WireSessions, RA031_RA032_RA033_hash_list_history) {
  EXPECT_TRUE(decode_hash_reply(encode(HashReply{wire_hash_a, true})).salted);
  EXPECT_EQ(encode(SessionList{"a", {"a/b", "a/c"}, std::nullopt}),
            R"({"namespace":"a","next":null,"sessions":["a/b","a/c"]})");
  EXPECT_EQ(decode_session_list(encode(SessionList{"a", {}, "a/c"})).next, "a/c");
  const auto history = decode_history(encode(History{
      {{hash_b, wire_hash_a, "2024-01-01T00:00:00Z"}, {wire_hash_a, {}, "2023-01-01T00:00:00Z"}}}));
  ASSERT_EQ(history.versions.size(), 2U);
  EXPECT_EQ(history.versions[0].predecessor, wire_hash_a);
  EXPECT_EQ(history.versions[1].predecessor, std::nullopt);
}

TEST(WireValues, RA048_RA055_one_value_with_null_times) {
  EXPECT_EQ(encode(PublicValue{"string", "42", {}, {}, {}}),
            R"({"expires":null,"kind":"string","renew":null,"value":"42"})");
  const auto value =
      decode_public_value(encode(PublicValue{"x509", "PEM", "CHAIN", "4000-01-01T00:00:00Z", {}}));
  EXPECT_EQ(value.chain, "CHAIN");
  EXPECT_EQ(value.expires, "4000-01-01T00:00:00Z");
  EXPECT_EQ(value.renew, std::nullopt);
}

TEST(WireValues, RA053_a_config_fragment_is_a_json_tree) {
  const PublicValue fragment{"config-fragment", R"({"a":[1,null,"x"]})", {}, {}, {}};
  EXPECT_TRUE(contains(encode(fragment), R"("value":{"a":[1,null,"x"]})"));
  EXPECT_EQ(decode_public_value(encode(fragment)).value, fragment.value);
  EXPECT_EQ(decode_public_value(R"({"kind":"config-fragment","value":null})").value, "null");
  error_of(ErrorKind::invalid, [] { return decode_public_value(R"({"kind":"config-fragment"})"); });
  error_of(ErrorKind::invalid,
           [] { return decode_public_value(R"({"kind":"string","value":{"a":1}})"); });
}

TEST(WireValues, RA049_all_values_of_a_session) {
  EXPECT_EQ(encode(PublicValues{}), R"({"values":{}})");
  const auto values =
      decode_public_values(encode(PublicValues{{{"x", {"string", "1", {}, {}, {}}}}}));
  EXPECT_EQ(values.values.at("x").value, "1");
}

AdditionalData additional() {
  AdditionalData data;
  data.version = 4;
  data.session_encryption_key = wire_hash_a;
  data.cert_chain = "PEM";
  data.cas_version = "7.0.0";
  return data;
}

TEST(WireAttest, RA061_report_both_ways) {
  AttestationReport report;
  report.evidence = {"sgx-dcap", std::string("\0quote", 6), {{"tcb_info", "{}"}}};
  report.additional_data = additional();
  report.additional_data.owner_certificate_chain = "OWNER";
  report.report_data_preimage = report_data_preimage(report.additional_data, "nonce");
  const auto read = decode_attestation_report(encode(report));
  EXPECT_EQ(read.evidence, report.evidence);
  EXPECT_EQ(read.additional_data.cert_chain, "PEM");
  EXPECT_EQ(read.additional_data.owner_certificate_chain, "OWNER");
  EXPECT_EQ(report_data_preimage(read.additional_data, "nonce"), report.report_data_preimage);
}

TEST(WireAttest, RA063_preimage_covers_what_the_client_does_not_know) {
  AttestationReport report;
  report.additional_data = additional();
  std::string json = encode(report);
  const std::string marker = R"("non_critical":{)";
  json.insert(json.find(marker) + marker.size(), R"("added_later":{"x":[1,2]},)");
  const auto read = decode_attestation_report(json);
  EXPECT_EQ(read.additional_data.other.at("added_later"), R"({"x":[1,2]})");
  EXPECT_TRUE(
      contains(report_data_preimage(read.additional_data, "n"), R"("added_later":{"x":[1,2]})"));
}

TEST(WireAttest, RA063_preimage_is_canonical_and_holds_the_nonce_as_hex) {
  EXPECT_EQ(
      report_data_preimage(additional(), "\x01\xff"),
      R"({"additional_data":{"critical":{"injected_database_key":false,"provisioned":true},)"
      R"("non_critical":{"cas_version":"7.0.0","cert_chain":"PEM","session_encryption_key":")" +
          wire_hash_a + R"("},"version":4},"nonce":"01ff"})");
}

TEST(WireAttest, RA061_unknown_critical_members_are_kept_by_name) {
  AttestationReport report;
  report.additional_data = additional();
  std::string json = encode(report);
  const std::string marker = R"("critical":{)";
  json.insert(json.find(marker) + marker.size(), R"("debug_port":true,)");
  EXPECT_EQ(decode_attestation_report(json).additional_data.unknown_critical,
            std::vector<std::string>{"debug_port"});
}

TEST(WireAttest, RA064_evidence_none_is_explicit_and_empty) {
  AttestationReport report;
  report.additional_data = additional();
  EXPECT_TRUE(contains(encode(report), R"("evidence":{"type":"none"})"));
  report.evidence.quote = "x";
  error_of(ErrorKind::invalid, [&] { return decode_attestation_report(encode(report)); });
  report.evidence = {"sgx-dcap", "", {}};
  error_of(ErrorKind::invalid, [&] { return decode_attestation_report(encode(report)); });
  report.evidence = {"magic", "x", {}};
  error_of(ErrorKind::invalid, [&] { return decode_attestation_report(encode(report)); });
}

TEST(WireAttest, RA062_version_negotiation) {
  EXPECT_EQ(negotiated_report_version(std::nullopt), 1);
  EXPECT_EQ(negotiated_report_version(2), 2);
  EXPECT_EQ(negotiated_report_version(99), newest_report_version);
  EXPECT_EQ(negotiated_report_version(-1), 1);
}

TEST(WireAttest, RA061_nonce_has_at_least_16_bytes) {
  const auto request = decode_attest_request(encode(AttestRequest{std::string(16, 'n'), 3}));
  EXPECT_EQ(request.nonce, std::string(16, 'n'));
  EXPECT_EQ(request.version, 3);
  error_of(ErrorKind::invalid, [] {
    return decode_attest_request(encode(AttestRequest{std::string(15, 'n'), {}}));
  });
  error_of(ErrorKind::invalid, [] {
    return decode_attest_request(R"({"nonce":"00112233445566778899aabbccddeeff","versoin":1})");
  });
}

TEST(WireHealth, RA060_RA065_version_and_health) {
  const auto version = decode_version(encode(Version{"7.0.0", "abc", {"0.2", "0.3.12"}}));
  EXPECT_EQ(version.language.back(), "0.3.12");
  EXPECT_TRUE(version.extensions.empty());
  EXPECT_EQ(decode_version(encode(Version{"7", "", {}, {"tee/1"}})).extensions.at(0), "tee/1");
  Health health;
  health.healthy = health.provisioned = true;
  health.audit_log_sequence_number = 7;
  health.audit_log_state = "degraded";
  health.audit_log_lost = 3;
  const auto read = decode_health(encode(health));
  EXPECT_TRUE(read.healthy);
  EXPECT_FALSE(read.database_writable);
  EXPECT_EQ(read.audit_log_sequence_number, 7U);
  EXPECT_EQ(read.audit_log_state, "degraded");
  EXPECT_EQ(read.audit_log_lost, 3U);
  error_of(ErrorKind::invalid, [] {
    return decode_health(R"({"state":"FINE","provisioned":true,"database":{"writable":true}})");
  });
}

}  // namespace
}  // namespace sconectl::cas
