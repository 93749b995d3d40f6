// The service interface: proofs, sealing and the configuration.
#include "expect_error.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "support/matchers.hpp"

namespace sconectl::cas {
namespace {

using diag::ErrorKind;
using test::contains;
using test::error_of;

const std::string nonce(32, 'n');
const std::string key(32, 'k');

TEST(ServiceWire, RA084_request_both_ways) {
  ConfigRequest request;
  request.config_id = "a/b/python3@123456";
  request.nonce = nonce;
  request.public_key = key;
  request.access_token_proof = proof("token", ProofRole::client, nonce, key);
  const auto read = decode_config_request(encode(request));
  EXPECT_EQ(read.config_id, request.config_id);
  EXPECT_EQ(read.nonce, nonce);
  EXPECT_EQ(read.public_key, key);
  EXPECT_EQ(read.evidence.type, "none");
  EXPECT_EQ(read.access_token_proof, request.access_token_proof);
}

TEST(ServiceWire, RA088_evidence_and_proof_may_be_absent) {
  const auto read = decode_config_request(R"({"config_id":"s/x","nonce":")" + crypto::hex(nonce) +
                                          R"(","public_key":")" + crypto::hex(key) + R"("})");
  EXPECT_EQ(read.evidence, Evidence{});
  EXPECT_EQ(read.access_token_proof, std::nullopt);
}

TEST(ServiceWire, RA084_requests_are_strict) {
  const std::string good = encode(ConfigRequest{"s/x", nonce, {}, key, {}});
  EXPECT_NO_THROW((void)decode_config_request(good));
  std::string more = good;
  more.insert(1, R"("evidnce":null,)");
  EXPECT_TRUE(contains(error_of(ErrorKind::invalid, [&] { return decode_config_request(more); }),
                       "evidnce"));
  ConfigRequest bad{"", nonce, {}, key, {}};
  error_of(ErrorKind::invalid, [&] { return decode_config_request(encode(bad)); });
  bad = {std::string(2000, 'x'), nonce, {}, key, {}};
  error_of(ErrorKind::invalid, [&] { return decode_config_request(encode(bad)); });
  bad = {"s/x", nonce + "n", {}, key, {}};
  error_of(ErrorKind::invalid, [&] { return decode_config_request(encode(bad)); });
  bad = {"s/x", nonce, {}, "", {}};
  error_of(ErrorKind::invalid, [&] { return decode_config_request(encode(bad)); });
  bad = {"s/x", nonce, {}, key, "short"};
  error_of(ErrorKind::invalid, [&] { return decode_config_request(encode(bad)); });
}

TEST(ServiceWire, RA085_proofs_differ_by_role_token_nonce_key_and_seal) {
  const std::string client = proof("token", ProofRole::client, nonce, key);
  EXPECT_EQ(client.size(), proof_bytes);
  EXPECT_TRUE(proof_matches(client, proof("token", ProofRole::client, nonce, key)));
  for (const std::string& other :
       {proof("token", ProofRole::server, nonce, key),
        proof("Token", ProofRole::client, nonce, key), proof("token", ProofRole::client, key, key),
        proof("token", ProofRole::client, nonce, nonce),
        proof("token", ProofRole::client, nonce, key, "x"),
        proof("token", ProofRole::config, nonce, key)})
    EXPECT_FALSE(proof_matches(client, other));
  EXPECT_FALSE(proof_matches(client, ""));
  EXPECT_FALSE(proof_matches("", client));
}

// HMAC-SHA-256("token", "client" ‖ 32 x 'n' ‖ 32 x 'k'), calculated with the openssl command.
TEST(ServiceWire, RA085_known_answer) {
  EXPECT_EQ(crypto::hex(proof("token", ProofRole::client, nonce, key)),
            "d23a22e04dfa572c71e25147555d3d83b07d812491806e636e41c4223cf319b7");
}

TEST(ServiceWire, RA085_moving_bytes_between_fields_is_impossible) {
  EXPECT_THROW((void)proof("t", ProofRole::client, nonce + "k", key.substr(1)),
               std::invalid_argument);
  EXPECT_THROW((void)proof("t", ProofRole::client, "", ""), std::invalid_argument);
}

Configuration configuration() {
  Configuration result;
  result.argv = {"/usr/bin/python3", "-c", "\xff\xfe", ""};
  result.environment = {{"B", "2"}, {"A", std::string("x\n\"\\=y")}, {"E", ""}};
  result.pwd = "/work dir/\"x\"";
  result.files = {{"/etc/k \"y\"", std::string("\0\x01\xff", 3), 0400}, {"/e", "", 0777}};
  return result;
}

TEST(ServiceWire, RA084_configuration_keeps_every_byte_and_the_order) {
  const auto text = encode(configuration());
  EXPECT_EQ(decode_configuration(text.view()), configuration());
  EXPECT_EQ(decode_configuration(encode(Configuration{}).view()), Configuration{});
}

TEST(ServiceWire, RA084_sealed_configuration_opens_only_for_its_request) {
  const auto pair = crypto::generate_x25519();
  const ConfigRequest request{"s/x", nonce, {}, pair.public_key, {}};
  const auto plain = encode(configuration());
  ConfigReply reply;
  reply.sealed =
      crypto::hpke_seal(request.public_key, configuration_seal_info(request), "", plain.view());
  const ConfigReply read = decode_config_reply(encode(reply));
  EXPECT_THAT(encode(reply), test::HasButNot(crypto::base64(reply.sealed), crypto::base64("-c")));
  const auto opened =
      crypto::hpke_open(pair.private_key.view(), configuration_seal_info(request), "", read.sealed);
  EXPECT_EQ(decode_configuration(opened.view()), configuration());
  for (const ConfigRequest& other :
       {ConfigRequest{"s/y", nonce, {}, pair.public_key, {}},
        ConfigRequest{"s/x", std::string(32, 'm'), {}, pair.public_key, {}}})
    error_of(ErrorKind::refused, [&] {
      return crypto::hpke_open(pair.private_key.view(), configuration_seal_info(other), "",
                               read.sealed);
    });
}

TEST(ServiceWire, RA084_configuration_refuses_what_execve_can_not_take) {
  const auto with = [](auto change) {
    Configuration changed = configuration();
    change(changed);
    return error_of(ErrorKind::invalid,
                    [&] { return decode_configuration(encode(changed).view()); });
  };
  with([](Configuration& c) { c.argv.emplace_back("a\0b", 3); });
  with([](Configuration& c) { c.environment.push_back({"N", std::string("a\0b", 3)}); });
  with([](Configuration& c) { c.environment.push_back({"", "x"}); });
  with([](Configuration& c) { c.environment.push_back({"A=B", "x"}); });
  with([](Configuration& c) { c.environment.push_back({"A", "again"}); });
  with([](Configuration& c) { c.pwd = std::string("/\0x", 3); });
  with([](Configuration& c) { c.files[0].path = ""; });
  with([](Configuration& c) { c.files[0].mode = 04755; });
}

TEST(ServiceWire, RA084_errors_of_a_configuration_show_no_value) {
  for (const char* text :
       {R"({"argv":["S3CRET!"],"environment":[],"pwd":"/","files":[]})",
        R"({"argv":[],"environment":[{"name":"A","value":"S3CRET!"}],"pwd":"/","files":[]})",
        R"({"argv":[],"environment":[{"name":"A","value":"S3CRET! )"})
    EXPECT_THAT(error_of(ErrorKind::invalid, [&] { return decode_configuration(text); }),
                test::HasButNot("service configuration", "S3CRET"));
}

TEST(ServiceWire, XA010_the_published_example_of_report_data) {
  std::string counted;
  for (char c = 0; c < 32; ++c) counted += c;
  // The base point of P-256.
  const auto spki = crypto::unhex(
      "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d"
      "81"
      "2deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
  EXPECT_EQ(
      crypto::hex(report_data({.cas_key = std::string(32, '\x11'),
                               .nonce = counted,
                               .spki = spki.value(),
                               .config_id = "ns/app/web"})),
      "1699ed8fb5c7ab0cd2c4ade6be83891a15dcfd053fb089acf90c5f803d620e0eaa0948a9e81d1a8969a2c9d731"
      "f8c182dbe5d0eca9255ec50c0a9e4e135b5095");
}

TEST(ServiceWire, XA018_certificates_only_beside_a_report_of_sev_snp) {
  ConfigRequest request;
  request.config_id = "a/b";
  request.nonce = std::string(32, 'n');
  request.public_key = std::string(32, 'k');
  request.evidence = {"sev-snp", std::string(1184, 'r'), {}, "table"};
  EXPECT_EQ(decode_config_request(encode(request)).evidence, request.evidence);
  request.evidence.type = "tdx";
  EXPECT_THROW((void)decode_config_request(encode(request)), diag::Error);
  request.evidence = {"tdx", std::string(std::size_t{16} * 1024, 'q'), {}, {}};
  EXPECT_EQ(decode_config_request(encode(request)).evidence, request.evidence);
  request.evidence.quote += 'q';
  EXPECT_THROW((void)decode_config_request(encode(request)), diag::Error);
  request.evidence = {"sev-snp", "r", {}, std::string(std::size_t{64} * 1024 + 1, 'c')};
  EXPECT_THROW((void)decode_config_request(encode(request)), diag::Error);
}

}  // namespace
}  // namespace sconectl::cas
