// Why services were refused, for who may read their sessions (RA-092).
#include "casd/provisioning/denials.hpp"

#include <regex>

#include "casd/service_fixture.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using casd::Denials;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class DenialTest : public ServiceClient {
 protected:
  /// The id in what a service was told.
  static std::string id_in(const Answer& answer) {
    std::smatch found;
    const std::string told = answer.messages();
    EXPECT_TRUE(std::regex_search(told, found, std::regex("denial ([0-9a-f]{16}): .* explain \\1")))
        << told;
    return found.empty() ? "" : found[1].str();
  }
  Answer explained(const std::string& id, const Client& who) {
    return get("/v1/denials/" + id, who.peer());
  }
  const std::string token = "0123456789abcdef0123456789abcdef";
  const std::string demanding_token =
      "services: [{name: py, command: x}]\n"
      "security: {attestation: {mode: none}, service_access_token: " +
      token + "}\n";
};

TEST_F(DenialTest, RA092_who_may_read_the_session_learns_what_the_service_is_not_told) {
  const auto hash = created(session("a", demanding_token), alice.peer());
  const auto got = fetch("a/py", "another token that is long enough");
  refused(got, 403, "the service access token is wrong or missing");
  const auto id = id_in(got.answer);
  const auto answer = explained(id, alice);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto denial = cas::decode_denial(answer.body);
  EXPECT_EQ(denial.id, id);
  EXPECT_EQ(denial.session, "a");
  EXPECT_EQ(denial.service, "py");
  EXPECT_EQ(denial.version, hash);
  EXPECT_EQ(denial.step, "token");
  ASSERT_EQ(denial.reasons.size(), 1U);
  EXPECT_EQ(denial.reasons[0].text, "its service access token is not the session's");
  EXPECT_THAT(denial.reasons[0].change, HasSubstr("SCONE_SERVICE_ACCESS_TOKEN"));
  EXPECT_THAT(denial.reasons[0].weakens, IsEmpty());
  EXPECT_THAT(answer.body, HasButNot("its service access token", token));
  EXPECT_THAT(log(), HasSubstr("denial=" + id));
}

TEST_F(DenialTest, RA092_a_missing_token_is_told_from_a_wrong_one) {
  created(session("a", demanding_token), alice.peer());
  const auto denial = cas::decode_denial(explained(id_in(fetch("a/py").answer), alice).body);
  EXPECT_EQ(denial.reasons.at(0).text, "it has no service access token");
}

TEST_F(DenialTest, RA092_evidence_that_is_missing_is_said_with_the_demand) {
  created(session("a", "services: [{name: py, command: x, attestation: [{mrenclave: " +
                           std::string(64, 'a') + "}]}]\n"),
          alice.peer());
  const auto denial = cas::decode_denial(explained(id_in(fetch("a/py").answer), alice).body);
  EXPECT_EQ(denial.step, "evidence");
  EXPECT_THAT(denial.reasons.at(0).text, HasSubstr("the service has no evidence"));
  EXPECT_THAT(denial.reasons.at(0).change, HasSubstr("security.attestation.mode: none"));
  EXPECT_THAT(denial.reasons.at(0).weakens, HasSubstr("everybody who reaches the CAS"));
}

TEST_F(DenialTest, RA092_a_service_that_the_session_has_not_is_named) {
  created(session("a", "services: [{name: py, command: x}]\n" + none), alice.peer());
  const auto denial = cas::decode_denial(explained(id_in(fetch("a/java").answer), alice).body);
  EXPECT_EQ(denial.service, "java");
  EXPECT_THAT(denial.reasons.at(0).text, HasSubstr("has no service 'java'"));
  EXPECT_THAT(denial.reasons.at(0).change, HasSubstr("one of its services: py"));
}

TEST_F(DenialTest, RA092_what_is_missing_elsewhere_is_no_wrong_service) {
  created(session("b", "secrets: [{name: s, kind: ascii, value: v, export: {session: a}}]\n"),
          alice.peer());
  created(session("a",
                  "secrets: [{name: s, import: {session: b, secret: s}}]\n"
                  "services: [{name: py, command: x, environment: {S: $$SCONE::s$$}}]\n" +
                      none),
          alice.peer());
  ASSERT_EQ(ask("DELETE", "/v1/sessions/b", "", alice.peer()).status, 409);
  ASSERT_EQ(ask("DELETE", "/v1/sessions/b?force=true", "", alice.peer()).status, 200);
  const auto got = fetch("a/py");
  ASSERT_NE(got.answer.status, 200);
  const auto denial = cas::decode_denial(explained(id_in(got.answer), alice).body);
  EXPECT_EQ(denial.step, "other");
  EXPECT_THAT(denial.reasons.at(0).change, IsEmpty());
}

TEST_F(DenialTest, RA092_nobody_else_learns_it) {
  created(session("a", demanding_token), alice.peer());
  const auto id = id_in(fetch("a/py").answer);
  EXPECT_EQ(explained(id, bob).status, 403);
  EXPECT_EQ(get("/v1/denials/" + id).status, 401);
  EXPECT_EQ(explained(std::string(16, '0'), alice).status, 404);
  EXPECT_EQ(explained("", alice).status, 404);
  EXPECT_EQ(explained(id + "/x", alice).status, 404);
}

TEST_F(DenialTest, RA092_a_session_that_is_not_there_is_denied_alike) {
  created(session("a", demanding_token), alice.peer());
  const auto there = fetch("a/py", token + "x").answer;
  const auto not_there = fetch("b/py", token + "x").answer;
  EXPECT_EQ(without_denial_id(there), without_denial_id(not_there));
  EXPECT_EQ(there.status, not_there.status);
  EXPECT_EQ(explained(id_in(not_there), alice).status, 404);
}

TEST_F(DenialTest, RA092_a_deleted_session_leaves_none_to_the_next_one_of_its_name) {
  created(session("a", demanding_token), alice.peer());
  const auto id = id_in(fetch("a/py").answer);
  ASSERT_EQ(ask("DELETE", "/v1/sessions/a", "", alice.peer()).status, 200);
  created(session("a", demanding_token), bob.peer());
  EXPECT_EQ(explained(id, bob).status, 404);
}

cas::DenialInfo denial_of(const std::string& session) {
  cas::DenialInfo denial;
  denial.id = Denials::make_id();
  denial.session = session;
  return denial;
}

TEST(Denials, the_newest_of_a_session_are_kept_and_others_lose_nothing_by_it) {
  Denials denials;
  const auto quiet = denial_of("quiet");
  denials.note(quiet);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i <= Denials::most_of_session; ++i) {
    auto denial = denial_of("loud");
    ids.push_back(denial.id);
    denials.note(std::move(denial));
  }
  EXPECT_FALSE(denials.find(ids.front()).has_value());
  EXPECT_TRUE(denials.find(ids.at(1)).has_value());
  EXPECT_TRUE(denials.find(ids.back()).has_value());
  EXPECT_TRUE(denials.find(quiet.id).has_value());
}

TEST(Denials, the_session_that_was_refused_longest_ago_is_forgotten_first) {
  Denials denials;
  const auto first = denial_of("0");
  const auto second = denial_of("1");
  denials.note(first);
  denials.note(second);
  for (std::size_t i = 2; i < Denials::most_sessions; ++i)
    denials.note(denial_of(std::to_string(i)));
  denials.note(denial_of("0"));
  denials.note(denial_of("one more"));
  EXPECT_TRUE(denials.find(first.id).has_value());
  EXPECT_FALSE(denials.find(second.id).has_value());
}

TEST(Denials, hostile_sessions_take_a_bounded_part_of_the_memory) {
  Denials denials;
  std::string newest;
  for (std::size_t i = 0; i < 2000; ++i) {
    auto denial = denial_of(std::to_string(i % 100));
    newest = denial.id;
    denial.service = std::string(5'000, 's');
    denial.reasons.assign(16, {std::string(5'000, 't'), std::string(5'000, 'c'), ""});
    denials.note(std::move(denial));
  }
  const auto found = denials.find(newest);
  ASSERT_TRUE(found.has_value());
  EXPECT_LT(found->reasons.at(15).text.size(), 2100U);
  EXPECT_LT(denials.bytes(), Denials::most_bytes);
  EXPECT_GT(denials.bytes(), Denials::most_bytes / 2);
  for (std::size_t i = 0; i < 100; ++i) denials.forget(std::to_string(i));
  EXPECT_EQ(denials.bytes(), 0U);
}

TEST(Denials, a_machine_is_said_with_its_name) {
  attest::Objection objection{"platforms: x is not among them", {}, {}};
  objection.platform = "INTEL_QE_ID:x";
  EXPECT_EQ(casd::reason_of(objection, "").change,
            "add to the platforms of the service: INTEL_QE_ID:x");
}

TEST(Denials, a_tolerance_is_said_with_what_the_session_gives_up) {
  const auto reason =
      casd::reason_of({"it runs in debug mode", {session::Tolerance::debug_mode}, {}}, "");
  EXPECT_EQ(reason.change, "add to security.attestation.tolerate: debug-mode");
  EXPECT_THAT(reason.weakens, HasSubstr("can read the memory"));
  const auto advisory = casd::reason_of({"INTEL-SA-1 applies", {}, {"INTEL-SA-1"}}, "");
  EXPECT_EQ(advisory.change, "add to security.attestation.ignore_advisories: INTEL-SA-1");
  EXPECT_THAT(advisory.weakens, Not(IsEmpty()));
  EXPECT_THAT(casd::reason_of({"the platform is Revoked", {}, {}}, "x").change, IsEmpty());
  for (const auto word : text::all_words<session::Tolerance>())
    EXPECT_THAT(
        casd::reason_of({"x", {*text::from_word<session::Tolerance>(word)}, {}}, "").weakens,
        Not(IsEmpty()))
        << word;
}

}  // namespace
}  // namespace sconectl::test
