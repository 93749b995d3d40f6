// What a running service and its CAS say to each other.
#include "expect_error.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::cas {
namespace {

using diag::ErrorKind;
using test::error_of;

const std::string lease_id(16, 'i');
const std::string lease_key(32, 'k');
const std::string tag_a(16, 'a');
const std::string tag_b(16, 'b');
const LeaseClaim claim{"a/b/py", lease_id};

TEST(RunningWire, RA084_tags_both_ways) {
  const TagUpdate update{claim, "v/\"ö", tag_a, tag_b};
  const auto read = decode_volume_tag(encode(update, lease_key));
  EXPECT_EQ(read.message.claim.service, "a/b/py");
  EXPECT_EQ(read.message.claim.lease, lease_id);
  EXPECT_EQ(read.message.volume, "v/\"ö");
  EXPECT_EQ(read.message.previous_tag, tag_a);
  EXPECT_EQ(read.message.tag, tag_b);
  EXPECT_EQ(read.proof, lease_proof(lease_key, read.message));

  const TagUpdate own{claim, {}, {}, tag_b};
  const auto read_own = decode_fspf_tag(encode(own, lease_key));
  EXPECT_EQ(read_own.message.volume, std::nullopt);
  EXPECT_EQ(read_own.message.previous_tag, std::nullopt);
  EXPECT_EQ(read_own.proof, lease_proof(lease_key, read_own.message));
}

TEST(RunningWire, RA084_a_proof_is_what_the_documentation_says) {
  const std::string text = R"({"lease":")" + crypto::hex(lease_id) +
                           R"(","service":"a/b/py","tag":")" + crypto::hex(tag_b) +
                           R"(","volume":"v"})";
  EXPECT_EQ(lease_proof(lease_key, TagUpdate{claim, "v", {}, tag_b}),
            crypto::view(crypto::hmac_sha256(lease_key, "/v1/service/volume_tag\n" + text)));
}

TEST(RunningWire, RA084_every_member_counts_in_a_proof) {
  const TagUpdate update{claim, "v", tag_a, tag_b};
  const auto proof = lease_proof(lease_key, update);
  auto changed = update;
  changed.claim.service = "a/b/px";
  EXPECT_NE(lease_proof(lease_key, changed), proof);
  changed = update;
  changed.claim.lease[0] = 'x';
  EXPECT_NE(lease_proof(lease_key, changed), proof);
  changed = update;
  changed.volume = "w";
  EXPECT_NE(lease_proof(lease_key, changed), proof);
  changed.volume = std::nullopt;
  EXPECT_NE(lease_proof(lease_key, changed), proof);
  changed = update;
  changed.previous_tag = std::nullopt;
  EXPECT_NE(lease_proof(lease_key, changed), proof);
  changed = update;
  changed.tag = tag_a;
  EXPECT_NE(lease_proof(lease_key, changed), proof);
  EXPECT_NE(lease_proof(std::string(32, 'l'), update), proof);

  const SecretsRequest asked{claim, SecretUse::file, {"x", "y:hex"}, std::string(32, 'p')};
  auto other = asked;
  other.use = SecretUse::program;
  EXPECT_NE(lease_proof(lease_key, other), lease_proof(lease_key, asked));
  other = asked;
  other.placeholders = {"x,y:hex"};
  EXPECT_NE(lease_proof(lease_key, other), lease_proof(lease_key, asked));
  other = asked;
  other.public_key[0] = 'q';
  EXPECT_NE(lease_proof(lease_key, other), lease_proof(lease_key, asked));
  EXPECT_NE(lease_proof(lease_key, ExitReport{claim, 1}),
            lease_proof(lease_key, ExitReport{claim, 2}));
}

TEST(RunningWire, SL248_secrets_both_ways) {
  const SecretsRequest asked{claim, SecretUse::program, {"x", "y:hex"}, std::string(32, 'p')};
  const auto read = decode_secrets_request(encode(asked, lease_key));
  EXPECT_EQ(read.message.use, SecretUse::program);
  EXPECT_EQ(read.message.placeholders, asked.placeholders);
  EXPECT_EQ(read.message.public_key, asked.public_key);
  EXPECT_EQ(read.proof, lease_proof(lease_key, read.message));
  const auto reply = decode_secrets_reply(encode(SecretsReply{"sealed", std::string(32, 'r')}));
  EXPECT_EQ(reply.sealed, "sealed");
  EXPECT_EQ(reply.proof, std::string(32, 'r'));
  std::vector<crypto::Secret> values;
  values.emplace_back(std::string_view("\0\xff", 2));
  values.emplace_back(std::string_view(""));
  const auto back = decode_values(encode_values(values).view());
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].view(), std::string_view("\0\xff", 2));
  EXPECT_EQ(back[1].view(), "");
  EXPECT_TRUE(decode_values(encode_values({}).view()).empty());
  for (const char* bad : {"", "{}", "[1]", "[\"*\"]", "[[]]"})
    error_of(ErrorKind::invalid, [&] { return decode_values(bad); });
}

TEST(RunningWire, RA084_tag_replies_both_ways) {
  EXPECT_EQ(decode_tag_reply(encode(TagReply{tag_a})).tag, tag_a);
  EXPECT_EQ(decode_tag_reply(encode(TagReply{})).tag, std::nullopt);
}

TEST(RunningWire, RA084_requests_are_strict) {
  const auto spoilt = [](std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  const auto good = encode(TagUpdate{claim, "v", tag_a, tag_b}, lease_key);
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"a/b/py", ""},
      {"a/b/py", std::string(2000, 's')},
      {"\"volume\":\"v\"", "\"volume\":\"\""},
      {"\"volume\":\"v\"", "\"volume\":1"},
      {crypto::hex(tag_b), "00"},
      {crypto::hex(lease_id), "xx"},
      {"\"tag\"", "\"tags\""},
      {"{", R"({"more":1,)"}};
  for (const auto& change : changes) {
    const auto bad = spoilt(good, change.first, change.second);
    error_of(ErrorKind::invalid, [&] { return decode_volume_tag(bad); });
  }
  error_of(ErrorKind::invalid, [&] { return decode_fspf_tag(good); });  // it names a volume
  const auto end = encode(ExitReport{claim, 255}, lease_key);
  EXPECT_EQ(decode_exit_report(end).message.status, 255U);
  error_of(ErrorKind::invalid, [&] { return decode_exit_report(spoilt(end, "255", "256")); });
  error_of(ErrorKind::invalid, [&] { return decode_exit_report(spoilt(end, "255", "-1")); });
  const auto asked =
      encode(SecretsRequest{claim, SecretUse::file, {"x"}, std::string(32, 'p')}, lease_key);
  error_of(ErrorKind::invalid,
           [&] { return decode_secrets_request(spoilt(asked, "\"file\"", "\"disk\"")); });
  error_of(ErrorKind::invalid,
           [&] { return decode_secrets_request(spoilt(asked, "[\"x\"]", "[1]")); });
}

TEST(RunningWire, RA084_a_configuration_says_what_a_service_comes_back_for) {
  Configuration configuration;
  configuration.argv = {"x"};
  configuration.pwd = "/";
  configuration.templates = {{"/etc/t", 0400}};
  ProtectedFileSystem volume;
  volume.name = "v";
  volume.path = "/v";
  volume.key = std::string(32, '\x01');
  volume.tags = {tag_a, tag_b};
  volume.update_policy = session::UpdatePolicy::ephemeral;
  volume.files = session::VolumeFiles::authenticated_only;
  configuration.volumes = {volume, volume};
  volume.name = "";
  configuration.fspf = volume;
  configuration.lease = Lease{lease_id, lease_key};
  EXPECT_EQ(decode_configuration(encode(configuration).view()), configuration);
  // What there is nothing of is not written: a runtime that knows none of it can read the rest.
  const Configuration plain;
  EXPECT_EQ(encode(plain).view(), R"({"argv":[],"environment":[],"pwd":"","files":[]})");
  const std::string text(encode(configuration).view());
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"ephemeral", "sometimes"},
                                                        {crypto::hex(tag_a), "00"},
                                                        {crypto::hex(volume.key), "00"},
                                                        {"\"path\":\"/v\"", "\"path\":\"\""},
                                                        {"\"mode\":256", "\"mode\":512"}}) {
    auto spoilt = text;
    ASSERT_NE(spoilt.find(from), std::string::npos) << from;
    spoilt.replace(spoilt.find(from), from.size(), to);
    error_of(ErrorKind::invalid, [&] { return decode_configuration(spoilt); });
  }
}

}  // namespace
}  // namespace sconectl::cas
