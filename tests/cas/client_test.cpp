#include "sconectl/cas/client.hpp"

#include "chains.hpp"
#include "expect_error.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/write.hpp"
#include "scripted_http.hpp"
#include "support/fixed_clock.hpp"
#include "support/matchers.hpp"

namespace sconectl::cas {
namespace {

using diag::ErrorKind;
using test::contains;
using test::error_of;
using test::ours;
using test::theirs;

const std::string hash_a(64, 'a');

class ClientTest : public testing::Test {
 protected:
  ClientTest() { http.chain = ours().presented(); }

  Client client(Trust trust = ours().known(), int retries = 3) {
    return {http, clock, Peer{parse_address("mycas"), std::move(trust), std::nullopt, retries}};
  }
  std::string last_url() const { return http.sent.back().url; }

  test::ScriptedHttp http;
  test::FixedClock clock;
};

std::string session_reply(const std::string& yaml, const std::string& hash = "") {
  const auto session = session::parse_text("test", yaml);
  return encode(SessionText{yaml, hash.empty() ? session::hash(session) : hash, {}});
}

const std::string yaml_a =
    "name: a\nversion: 0.3.10\naccess_policy:\n  read: ANY\n  update: NONE\n";

TEST_F(ClientTest, RA025_yaml_and_signed_json_are_posted) {
  http.reply(201, encode(SessionAccepted{hash_a, {"w"}}));
  const auto accepted = client().create_session(yaml_a);
  EXPECT_EQ(accepted.hash, hash_a);
  EXPECT_EQ(accepted.warnings, std::vector<std::string>{"w"});
  EXPECT_EQ(http.sent[0].method, "POST");
  EXPECT_EQ(last_url(), "https://mycas:8081/v1/sessions");
  EXPECT_EQ(http.sent[0].body, yaml_a);
  http.reply(201, encode(SessionAccepted{hash_a, {}}));
  client().create_session(R"({"session":"x","signatures":[]})");
  EXPECT_EQ(http.sent[1].method, "POST");
}

TEST_F(ClientTest, RA026_encrypted_json_is_put) {
  http.reply(201, encode(SessionAccepted{hash_a, {}}));
  client().create_session(R"({"encrypted_session":"AAAA","encryption_key":"00"})");
  EXPECT_EQ(http.sent[0].method, "PUT");
  EXPECT_EQ(last_url(), "https://mycas:8081/v1/encrypted_sessions");
}

TEST_F(ClientTest, CL016_another_key_than_the_pinned_one_stops_before_anything_is_sent) {
  http.chain = theirs().presented();
  const auto text =
      error_of(ErrorKind::refused, [&] { return client().create_session("secret: text"); });
  EXPECT_TRUE(contains(text, ours().key_hash())) << text;
  EXPECT_TRUE(contains(text, theirs().key_hash())) << text;
  EXPECT_TRUE(http.sent.empty());
  EXPECT_EQ(http.attempts, 1);  // and there is no retry
}

TEST_F(ClientTest, CL015_without_verification_any_key_will_do) {
  http.chain = theirs().presented();
  http.reply(200, encode(Version{"7.0.0", "", {}}));
  EXPECT_EQ(client(TrustAny{}).version().version, "7.0.0");
}

TEST_F(ClientTest, CL016_a_key_hash_alone_can_be_pinned) {
  http.reply(200, encode(Challenge{std::string(32, 'n')}));
  EXPECT_EQ(client(PinnedKey{ours().key_hash()}).service_challenge().nonce, std::string(32, 'n'));
  error_of(ErrorKind::refused,
           [&] { return client(PinnedKey{theirs().key_hash()}).service_challenge(); });
  EXPECT_EQ(http.sent.size(), 1U);
}

TEST_F(ClientTest, CL012_network_errors_are_retried_with_growing_pauses) {
  http.break_connection();
  http.break_connection();
  http.reply(200, encode(Version{"7.0.0", "", {}}));
  EXPECT_EQ(client().version().version, "7.0.0");
  EXPECT_EQ(http.attempts, 3);
  EXPECT_EQ(clock.slept(), std::chrono::milliseconds(300));
}

TEST_F(ClientTest, CL012_retries_end_and_zero_means_none) {
  for (int i = 0; i < 10; ++i) http.break_connection();
  const auto text = error_of(ErrorKind::unavailable, [&] { return client().version(); });
  EXPECT_EQ(http.attempts, 4);
  EXPECT_TRUE(contains(text, "https://mycas:8081/")) << text;
  EXPECT_TRUE(contains(text, "connection refused")) << text;
  error_of(ErrorKind::unavailable, [&] { return client(ours().known(), 0).version(); });
  EXPECT_EQ(http.attempts, 5);
}

TEST_F(ClientTest, CL012_never_after_an_answer) {
  for (const int status : {400, 401, 403, 404, 409, 429, 500, 501, 503, 302, 101}) {
    http.answers.clear();
    http.reply(status, encode(ErrorBody{{"outer", "cause"}, "1"}));
    const int before = http.attempts;
    const auto text = error_of(error_kind(status), [&] { return client().version(); });
    EXPECT_EQ(http.attempts, before + 1);
    EXPECT_TRUE(contains(text, "outer\ncause")) << text;
    EXPECT_TRUE(contains(text, std::to_string(status))) << text;
  }
}

TEST_F(ClientTest, RA011_error_bodies_that_make_no_sense_keep_the_status) {
  for (const char* body : {"", "<html>", "[]", R"({"msg":[]})"}) {
    http.reply(409, body);
    EXPECT_TRUE(contains(error_of(ErrorKind::conflict, [&] { return client().version(); }),
                         "not in the form of a CAS"));
  }
}

TEST_F(ClientTest, RA011_texts_of_a_cas_can_not_steer_the_terminal) {
  http.reply(403, encode(ErrorBody{{"a\x1b[2Jb\rc\x07" + std::string(10'000, 'x')}, "1"}));
  const auto text = error_of(ErrorKind::refused, [&] { return client().version(); });
  EXPECT_THAT(text, test::HasButNot("[2Jb", "\x1b"));
  EXPECT_THAT(text, test::HasButNot("xxxx", "\r"));
  EXPECT_LT(text.size(), 5000U);
}

TEST_F(ClientTest, RA025_replies_that_make_no_sense_are_the_failure_of_the_cas) {
  for (const char* body : {"", "ok", R"({"hash":"short"})"}) {
    http.reply(201, body);
    error_of(ErrorKind::failed, [&] { return client().create_session(yaml_a); });
  }
}

TEST_F(ClientTest, CL074_read_recomputes_the_hash) {
  http.reply(200, session_reply(yaml_a));
  EXPECT_EQ(client().read_session("a").session, yaml_a);
  EXPECT_EQ(last_url(), "https://mycas:8081/v1/sessions/a");
  http.reply(200, session_reply(yaml_a, hash_a));
  EXPECT_TRUE(contains(error_of(ErrorKind::refused, [&] { return client().read_session("a"); }),
                       "tampering"));
}

TEST_F(ClientTest, CL074_another_session_or_version_is_refused) {
  http.reply(200, session_reply(yaml_a));
  EXPECT_TRUE(contains(error_of(ErrorKind::refused, [&] { return client().read_session("b"); }),
                       "another session"));
  http.reply(200, session_reply(yaml_a));
  EXPECT_TRUE(
      contains(error_of(ErrorKind::refused, [&] { return client().read_session("a", hash_a); }),
               "another version"));
  EXPECT_EQ(last_url(), "https://mycas:8081/v1/sessions/a?hash=" + hash_a);
  http.reply(200, encode(SessionText{"not: a session", hash_a, {}}));
  error_of(ErrorKind::failed, [&] { return client().read_session("a"); });
}

TEST_F(ClientTest, CL075_a_missing_session_is_not_found) {
  http.reply(404, encode(ErrorBody{{"Session not found"}, "1"}));
  error_of(ErrorKind::not_found, [&] { return client().read_session("a"); });
}

TEST_F(ClientTest, RA030_RA035_names_in_paths) {
  http.reply(404, "");
  error_of(ErrorKind::not_found, [&] { return client().history("/a/b~c"); });
  EXPECT_EQ(last_url(), "https://mycas:8081/v1/session_history/a/b~c");
  http.reply(404, "");
  error_of(ErrorKind::not_found, [&] { return client().read_session("/"); });
  EXPECT_EQ(last_url(), "https://mycas:8081/v1/sessions/%2F");
  http.reply(404, "");
  error_of(ErrorKind::not_found, [&] { return client().read_session("a?hash=b#c d"); });
  EXPECT_EQ(last_url(), "https://mycas:8081/v1/sessions/a%3Fhash%3Db%23c%20d");
}

TEST_F(ClientTest, CL070_hash_endpoint_with_reading_as_fallback) {
  http.reply(200, encode(HashReply{hash_a, true}));
  EXPECT_EQ(client().session_hash("a").hash, hash_a);
  http.reply(404, R"({"msg":["no such path"]})");
  http.reply(200, session_reply(yaml_a));
  EXPECT_EQ(client().session_hash("a").hash, session::hash(session::parse_text("x", yaml_a)));
  http.reply(404, encode(ErrorBody{{"x", "Session not found"}, "1"}));
  const int before = http.attempts;
  error_of(ErrorKind::not_found, [&] { return client().session_hash("a"); });
  EXPECT_EQ(http.attempts, before + 1);
}

TEST_F(ClientTest, RA032_list_follows_pages) {
  http.reply(200, encode(SessionList{"a", {"a/b"}, "a/b"}));
  http.reply(200, encode(SessionList{"a", {"a/c"}, std::nullopt}));
  EXPECT_EQ(client().list("a").sessions, (std::vector<std::string>{"a/b", "a/c"}));
  EXPECT_EQ(last_url(), "https://mycas:8081/v1/sessions?namespace=a&after=a/b");
}

TEST_F(ClientTest, RA032_a_list_without_end_is_cut_off) {
  http.otherwise = [](const host::HttpRequest&) {
    return host::HttpResponse{200, {}, encode(SessionList{"a", {}, "again"}), {}};
  };
  EXPECT_TRUE(
      contains(error_of(ErrorKind::failed, [&] { return client().list("a"); }), "without an end"));
  EXPECT_LE(http.attempts, 3);
}

TEST_F(ClientTest, RA048_RA052_values) {
  http.reply(200, encode(PublicValue{"string", "42", {}, {}, {}}));
  EXPECT_EQ(client().value({"a/b", "s", {}}).value, "42");
  EXPECT_EQ(last_url(), "https://mycas:8081/v1/values/session=a/b,secret=s");
  http.reply(200, encode(PublicValues{}));
  EXPECT_TRUE(client().values({"a", {}, {}}).values.empty());
}

TEST_F(ClientTest, RA061_attest_returns_the_report_with_the_connection) {
  AttestationReport report;
  report.additional_data.session_encryption_key = std::string(64, 'e');
  report.additional_data.cert_chain = ours().reported();
  const std::string nonce(16, '\x01');
  report.report_data_preimage = report_data_preimage(report.additional_data, nonce);
  http.reply(200, encode(report));
  const Attested attested = client(TrustAny{}).attest(nonce);
  EXPECT_EQ(last_url(),
            "https://mycas:8081/v1/attest?nonce=01010101010101010101010101010101"
            "&version=4");
  EXPECT_EQ(attested.peer_chain, ours().presented());
  AttestOptions options;
  options.cas_key_hash = ours().key_hash();
  EXPECT_EQ(trusted_cas(attested, options, nullptr, nullptr).url, "https://mycas:8081/");
}

TEST_F(ClientTest, CL017_client_certificate_only_with_an_identity) {
  http.reply(200, encode(Version{"1", "", {}}));
  http.reply(200, encode(Version{"1", "", {}}));
  (void)client().version();
  Client known(http, clock, Peer{parse_address("mycas"), ours().known(), make_identity(), 0});
  (void)known.version();
  EXPECT_EQ(http.with_certificate, (std::vector<bool>{false, true}));
}

TEST_F(ClientTest, RA084_service_configuration) {
  http.reply(200, encode(ConfigReply{std::nullopt, "sealed", std::nullopt}));
  const ConfigRequest request{"s/x", std::string(32, 'n'), {}, std::string(32, 'k'), {}};
  EXPECT_EQ(client().service_config(request).sealed, "sealed");
  EXPECT_EQ(decode_config_request(http.sent[0].body).config_id, "s/x");
}

}  // namespace
}  // namespace sconectl::cas
