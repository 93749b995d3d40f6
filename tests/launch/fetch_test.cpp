#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launch/fake_cas.hpp"

#include "sconectl/crypto/hpke.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/launch/launch.hpp"
#include "support/fixed_clock.hpp"
#include "support/matchers.hpp"

namespace sconectl::launch {
namespace {

using diag::Error;
using diag::ErrorKind;
using testing::HasSubstr;

class Fetch : public testing::Test {
 protected:
  Fetch() {
    cas_.configuration.argv = {"python3"};
    cas_.configuration.environment = {{"API_PASSWORD", "s3cret"}};
    cas_.configuration.pwd = "/";
    options_.config_id = "ns/app/python3";
    options_.address = {"cas", 18765};
  }
  void use_token(const std::string& token) {
    options_.access_token = crypto::Secret(token);
    cas_.token = token;
  }
  cas::Configuration fetch_it() {
    return fetch(options_, evidence_.get(), cas_, clock_,
                 [this](std::string_view line) { reports_.emplace_back(line); });
  }
  Error refusal() {
    try {
      (void)fetch_it();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorKind::failed, ""};
  }

  FakeCas cas_;
  test::FixedClock clock_;
  Options options_;
  std::unique_ptr<EvidenceSource> evidence_;
  std::vector<std::string> reports_;
};

TEST_F(Fetch, RA084_challenge_then_configuration) {
  use_token("hunter2");
  EXPECT_EQ(fetch_it(), cas_.configuration);
  ASSERT_EQ(cas_.requests.size(), 2U);
  EXPECT_EQ(cas_.requests[0].url, "https://cas:18765/v1/service/challenge");
  EXPECT_EQ(cas_.requests[1].url, "https://cas:18765/v1/service/config");
  EXPECT_TRUE(reports_.empty());
}

TEST_F(Fetch, the_token_itself_is_never_sent_nor_reported) {
  use_token("hunter2");
  cas_.unreachable = 1;
  (void)fetch_it();
  std::string sent;
  for (const auto& request : cas_.requests) sent += request.url + request.body;
  EXPECT_THAT(sent, test::HasButNot("access_token_proof", "hunter2"));
  std::string reported;
  for (const std::string& line : reports_) reported += line;
  EXPECT_THAT(reported, test::HasButNot("cas:18765", "hunter2"));
}

TEST_F(Fetch, RA085_a_cas_that_does_not_know_the_token_is_refused) {
  use_token("hunter2");
  cas_.spoil = [](cas::ConfigReply& reply) { reply.server_proof.reset(); };
  EXPECT_EQ(refusal().kind(), ErrorKind::refused);
  cas_.spoil = [](cas::ConfigReply& reply) { reply.config_proof.reset(); };
  EXPECT_EQ(refusal().kind(), ErrorKind::refused);
  cas_.spoil = [](cas::ConfigReply& reply) { (*reply.server_proof)[0] ^= 1; };
  EXPECT_EQ(refusal().kind(), ErrorKind::refused);
  cas_.spoil = [](cas::ConfigReply& reply) { std::swap(reply.server_proof, reply.config_proof); };
  EXPECT_EQ(refusal().kind(), ErrorKind::refused);
  cas_.spoil = {};
  EXPECT_NO_THROW((void)fetch_it());
}

TEST_F(Fetch, what_nobody_sees_at_the_ends_of_a_token_is_told_without_the_token) {
  cas_.status = 403;
  cas_.refusal = "the service access token is wrong";
  const std::pair<std::string, std::string> cases[] = {
      {"hunter2\n", "ends with a line break"},
      {"hunter2\r", "ends with a line break"},
      {" hunter2", "begins or ends with a blank"},
      {"\"hunter2\"", "stands in quotation marks"}};
  for (const auto& [token, oddity] : cases) {
    options_.access_token = crypto::Secret(token);
    EXPECT_THAT(refusal().causes().back(),
                test::HasButNot("SCONE_SERVICE_ACCESS_TOKEN " + oddity, "hunter2"));
  }
  options_.access_token = crypto::Secret("hunter2");
  EXPECT_THAT(refusal().causes().back(), test::HasButNot("is wrong", "SCONE_SERVICE_ACCESS_TOKEN"));
}

TEST_F(Fetch, RA085_another_configuration_under_the_right_proofs_is_refused) {
  use_token("hunter2");
  cas_.spoil = [](cas::ConfigReply& reply) { reply.sealed.back() ^= 1; };
  const Error error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_THAT(error.causes().back(), HasSubstr("did not prove"));
}

TEST_F(Fetch, a_reply_that_was_not_sealed_for_us_is_refused_without_a_token_too) {
  cas_.spoil = [](cas::ConfigReply& reply) { reply.sealed.back() ^= 1; };
  EXPECT_EQ(refusal().kind(), ErrorKind::refused);
}

TEST_F(Fetch, with_neither_key_nor_token_there_is_a_warning) {
  (void)fetch_it();
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_THAT(reports_[0], HasSubstr("warning: nothing proves that this is the right CAS"));
}

TEST_F(Fetch, the_pinned_key_is_checked_before_anything_is_sent) {
  options_.cas_key = cas_.identity.key_hash();
  EXPECT_EQ(fetch_it(), cas_.configuration);
  EXPECT_TRUE(reports_.empty());
  cas_.requests.clear();
  options_.cas_key = ServerIdentity().key_hash();
  EXPECT_EQ(refusal().kind(), ErrorKind::refused);
  EXPECT_TRUE(cas_.requests.empty());
  EXPECT_EQ(clock_.slept().count(), 0) << "another key will not become the right one by waiting";
}

TEST_F(Fetch, an_unreachable_cas_is_tried_again_with_longer_pauses) {
  use_token("t");
  cas_.unreachable = 3;
  EXPECT_EQ(fetch_it(), cas_.configuration);
  ASSERT_EQ(reports_.size(), 3U);
  EXPECT_EQ(reports_[1],
            "attempt 2 of 5: can not reach cas:18765: connection refused; trying again in 2 s");
  EXPECT_EQ(clock_.slept(), std::chrono::seconds(7));
}

TEST_F(Fetch, after_the_last_attempt_it_is_unavailable) {
  use_token("t");
  options_.attempts = 2;
  cas_.unreachable = 100;
  EXPECT_EQ(refusal().kind(), ErrorKind::unavailable);
  EXPECT_EQ(cas_.unreachable, 98);
}

TEST_F(Fetch, every_attempt_uses_a_fresh_key_and_nonce) {
  (void)fetch_it();
  (void)fetch_it();
  const auto first = cas::decode_config_request(cas_.requests[1].body);
  const auto second = cas::decode_config_request(cas_.requests[3].body);
  EXPECT_NE(first.public_key, second.public_key);
  EXPECT_NE(first.nonce, second.nonce);
}

TEST_F(Fetch, RA086_a_refusal_shows_the_reason_once_and_not_the_one_time_password) {
  options_.config_id = "ns/app/python3@123456";
  for (const int status : {400, 401, 403, 404, 500}) {
    cas_.status = status;
    cas_.refusal = cas::message::otp_invalid;
    const std::size_t before = cas_.requests.size();
    const Error error = refusal();
    EXPECT_EQ(error.kind(), ErrorKind::refused) << status;
    EXPECT_THAT(error.text(), test::HasButNot("'ns/app/python3'", "123456"));
    EXPECT_THAT(error.causes(), testing::Contains(cas_.refusal));
    EXPECT_EQ(cas_.requests.size(), before + 2) << "a refusal is not tried again";
  }
}

/// Says what it was asked about.
class Echo final : public EvidenceSource {
 public:
  cas::Evidence about(std::string_view report_data) override {
    if (broken) throw Error(ErrorKind::unavailable, "the machine has no evidence today");
    return {"tdx", "quote over " + std::string(report_data), {}, {}};
  }
  bool broken = false;
};

TEST_F(Fetch, XA010_evidence_is_about_this_attempt) {
  options_.cas_key = cas_.identity.key_hash();
  options_.config_id = "ns/app/python3@123456";
  evidence_ = std::make_unique<Echo>();
  EXPECT_EQ(fetch_it().argv, std::vector<std::string>{"python3"});
  ASSERT_EQ(cas_.evidence.size(), 1U);
  const auto& sent = cas_.evidence.front();
  EXPECT_EQ(sent.evidence.type, "tdx");
  const auto key = crypto::parse_key_hash(*options_.cas_key);
  EXPECT_EQ(sent.evidence.quote, "quote over " + cas::report_data(sent, crypto::view(*key)));
  auto other = sent;
  other.config_id = "ns/app/python3";
  EXPECT_EQ(cas::report_data(other, crypto::view(*key)),
            cas::report_data(sent, crypto::view(*key)));
  other.nonce[0] = static_cast<char>(other.nonce[0] ^ 1);
  EXPECT_NE(cas::report_data(other, crypto::view(*key)),
            cas::report_data(sent, crypto::view(*key)));
}

TEST_F(Fetch, a_machine_without_evidence_says_so) {
  options_.cas_key = cas_.identity.key_hash();
  auto broken = std::make_unique<Echo>();
  broken->broken = true;
  evidence_ = std::move(broken);
  EXPECT_EQ(fetch_it().argv, std::vector<std::string>{"python3"});
  EXPECT_EQ(cas_.evidence.front().evidence.type, "none");
  EXPECT_THAT(reports_, testing::ElementsAre("warning: the machine has no evidence today"));
  options_.evidence = EvidenceChoice::tsm;
  options_.attempts = 1;
  EXPECT_EQ(refusal().text(), "the machine has no evidence today");
}

TEST_F(Fetch, the_choice_of_evidence) {
  const auto chosen = [this] {
    return evidence_source(options_,
                           [this](std::string_view line) { reports_.emplace_back(line); });
  };
  options_.tsm_reports = "/nowhere/report";
  EXPECT_EQ(chosen(), nullptr);
  EXPECT_THAT(reports_, testing::IsEmpty());
  options_.tsm_reports = "/tmp";
  EXPECT_EQ(chosen(), nullptr);
  EXPECT_THAT(reports_, testing::ElementsAre(HasSubstr("set SCONE_CAS_KEY")));
  options_.cas_key = cas_.identity.key_hash();
  EXPECT_NE(chosen(), nullptr);
  options_.evidence = EvidenceChoice::none;
  EXPECT_EQ(chosen(), nullptr);
  options_.evidence = EvidenceChoice::tsm;
  EXPECT_NE(chosen(), nullptr);
  options_.cas_key.reset();
  EXPECT_THROW((void)chosen(), Error);
}

}  // namespace
}  // namespace sconectl::launch
