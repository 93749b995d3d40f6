// Cost belongs to the one who causes it: what a request may take (docs/cas.md, "Bounds").
#include <gmock/gmock.h>

#include "casd/published_metrics.hpp"
#include "casd/service_fixture.hpp"
#include "sconectl/session/parse.hpp"
#include "support/property.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;

class Bounds : public ServiceClient {};

TEST_F(Bounds, a_refused_upload_answers_a_hundred_mistakes_and_how_many_more) {
  std::string text = session("s", "services:\n");
  const std::size_t size = test::under_sanitizers ? 100'000 : 3'900'000;
  while (text.size() < size) text += "- {nam: a}\n";
  const auto answer = upload(text, alice.peer());
  EXPECT_EQ(answer.status, 400);
  EXPECT_LT(answer.body.size(), 100'000U);
  EXPECT_EQ(answer.json().at("msg").size(), 101U);
  EXPECT_THAT(answer.json().at("msg").back().get<std::string>(),
              testing::MatchesRegex("error: … and [0-9]+ more errors"));
}

TEST_F(Bounds, a_long_word_does_not_come_back_as_a_long_reply) {
  const auto answer = upload(session("s", std::string(3'000'000, 'x') + ": 1\n"), alice.peer());
  EXPECT_EQ(answer.status, 400);
  EXPECT_LT(answer.body.size(), 10'000U);
}

TEST_F(Bounds, warnings_of_an_upload_are_counted_too) {
  std::string secrets = "secrets:\n";
  for (int i = 0; i < 300; ++i)
    secrets += "- {name: s" + std::to_string(i) + ", import: {session: /nobody, secret: x}}\n";
  const auto answer = upload(session("s", secrets), alice.peer());
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_LE(answer.json().at("warnings").size(), 101U);
  EXPECT_THAT(answer.json().at("warnings").back().get<std::string>(), HasSubstr("more"));
}

/// Lists in one line are written one item on a line: three bytes become more than ten.
std::string that_grows(std::size_t bytes) {
  std::string text = session("s", "secrets:\n");
  for (int i = 0; text.size() < bytes; ++i)
    text += "- {name: a" + std::to_string(i) + ", kind: ascii}\n";
  return text;
}

TEST_F(Bounds, what_is_accepted_can_be_read_again) {
  if (test::under_sanitizers) GTEST_SKIP() << "takes long under sanitizers; preset release does it";
  const auto large = upload(that_grows(3'900'000), alice.peer());
  EXPECT_EQ(large.status, 400) << large.body.substr(0, 200);
  EXPECT_THAT(large.messages(), HasSubstr("bytes as it is stored; at most 4194304 are possible"));
  EXPECT_EQ(get("/v1/sessions/s", alice.peer()).status, 404);
  created(session("s", "secrets: [{name: a, kind: ascii, value: '" + std::string(4'100'000, 'x') +
                           "'}]\n"),
          alice.peer());
  reopen();
  EXPECT_EQ(get("/v1/sessions/s", alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/sessions/s", bob.peer()).status, 403) << "its policy was read";
}

TEST_F(Bounds, a_session_check_judges_the_stored_form_as_well) {
  if (test::under_sanitizers) GTEST_SKIP() << "takes long under sanitizers; preset release does it";
  const auto answer = ask("POST", "/v1/session_checks", that_grows(3'900'000), alice.peer());
  EXPECT_EQ(answer.status, 400) << answer.body.substr(0, 200);
}

TEST_F(Bounds, what_former_versions_stored_can_be_read) {
  const std::string text = session(
      "s", "secrets: [{name: a, kind: ascii, value: '" + std::string(5'000'000, 'x') + "'}]\n");
  EXPECT_THROW((void)session::parse_text("s", text), diag::Error);
  EXPECT_EQ(session::parse_stored("s", text).name, "s");
}

/// A secret of a megabyte that is asked for a hundred times.
TEST_F(Bounds, values_that_one_request_gets) {
  std::string places;
  for (int i = 0; i < 100; ++i) places += "$$SCONE::big$$";
  const std::string big = "secrets: [{name: big, kind: ascii, value: '" +
                          std::string(1'000'000, 'x') + "', export_public: true}]\n";
  created(session("s", none + big + "services: [{name: a, command: x, environment: {A: '" + places +
                           "', B: $$SCONE::big$$}}]\n"),
          alice.peer());
  refused(fetch("s/a"), 403, "the values that are asked for at once have more than 8388608 bytes");
}

TEST_F(Bounds, public_values_of_one_request) {
  created(
      session("from", "secrets: [{name: x, kind: ascii, value: '" + std::string(1'000'000, 'x') +
                          "', export_public: true, export: {session: /to}}]\n"),
      alice.peer());
  std::string imports = "secrets:\n";
  for (int i = 0; i < 50; ++i)
    imports += "- {name: y" + std::to_string(i) +
               ", import: {session: /from, secret: x}, export_public: true}\n";
  created(session("to", imports), alice.peer());
  EXPECT_EQ(get("/v1/values/session=to,secret=y1").status, 200);
  const auto all = get("/v1/values/session=to");
  EXPECT_EQ(all.status, 403);
  EXPECT_LT(all.body.size(), 1'000U);
}

TEST_F(Bounds, many_public_values_are_not_read_by_threads_that_serve) {
  const auto with = [](int count) {
    std::string text = session("s" + std::to_string(count), "secrets:\n");
    for (int i = 0; i < count; ++i)
      text += "- {name: a" + std::to_string(i) + ", kind: ascii, value: x, export_public: true}\n";
    return text;
  };
  created(with(16), alice.peer());
  created(with(17), alice.peer());
  EXPECT_TRUE(service->handle_at_once({"GET", "/v1/values/session=s16"}));
  EXPECT_FALSE(service->handle_at_once({"GET", "/v1/values/session=s17"}));
  EXPECT_EQ(get("/v1/values/session=s17").json().at("values").size(), 17U);
}

TEST_F(Bounds, SL145_a_certificate_lives_a_minute_at_least) {
  const auto made =
      upload(session("s",
                     "secrets:\n- {name: k, kind: private-key}\n- {name: c, kind: x509-ca, "
                     "private_key: k, valid_for: 1s, export_public: true}\n"),
             alice.peer());
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(made.body, HasSubstr("secret 'c': its certificate lives 60 seconds"));
  const auto value = [&] { return get("/v1/values/session=s,secret=c").json().at("value"); };
  const auto first = value();
  clock.advance(std::chrono::seconds(35));
  EXPECT_EQ(value(), first);
  clock.advance(std::chrono::seconds(30));
  EXPECT_NE(value(), first);
}

TEST_F(Bounds, versions_that_one_address_stores_in_an_hour) {
  versions_per_address = 2;
  reopen();
  const auto from = [&](const std::string& source, const Client& client, const std::string& name) {
    auto peer = client.peer();
    peer.source = source;
    return upload(session(name), peer);
  };
  EXPECT_EQ(from("10.0.0.1", alice, "a").status, 201);
  EXPECT_EQ(from("10.0.0.1", bob, "b").status, 201);
  const auto third = from("10.0.0.1", Client("carol"), "c");
  EXPECT_EQ(third.status, 429);
  EXPECT_THAT(third.messages(), HasSubstr("this address has stored as many"));
  EXPECT_EQ(from("10.0.0.2", alice, "c").status, 201);
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(from("10.0.0.1", alice, "d").status, 201);
}

TEST_F(Bounds, CC009_sessions_that_there_are) {
  max_sessions = 2;
  reopen();
  const auto first = created(session("a"), alice.peer());
  created(session("a/b"), alice.peer());
  const auto third = upload(session("c"), bob.peer());
  EXPECT_EQ(third.status, 403);
  EXPECT_THAT(third.messages(), HasSubstr("this CAS has as many sessions as it may have (2)"));
  EXPECT_EQ(get("/v1/sessions/c", bob.peer()).status, 404);
  // Versions are no sessions.
  std::string before = first;
  for (int i = 0; i < 3; ++i)
    before = created(
        session("a", "predecessor: " + before + "\nsecrets: [{name: x, kind: ascii, value: '" +
                         std::to_string(i) + "'}]\n"),
        alice.peer());
  EXPECT_EQ(upload(session("c"), bob.peer()).status, 403);
  EXPECT_EQ(ask("DELETE", "/v1/sessions/a/b", "", alice.peer()).status, 200);
  EXPECT_EQ(upload(session("c"), alice.peer()).status, 201);
  EXPECT_EQ(upload(session("d"), alice.peer()).status, 403);
}

TEST_F(Bounds, CC009_the_root_is_not_counted_and_what_is_there_stays) {
  for (const auto* name : {"a", "b", "c"}) created(session(name), alice.peer());
  max_sessions = 1;
  reopen();
  EXPECT_EQ(get("/v1/sessions/c", alice.peer()).status, 200);
  EXPECT_EQ(upload(session("d"), alice.peer()).status, 403);
  const auto hash = get("/v1/sessions/a", alice.peer()).hash();
  EXPECT_EQ(upload(session("a", "predecessor: " + hash +
                                    "\nsecrets: [{name: x, kind: ascii, value: v}]\n"),
                   alice.peer())
                .status,
            201);
  data = directory.path() / "empty";
  reopen();
  created(session("/", "predecessor: " + get("/v1/session_hashes/").hash() +
                           "\naccess_policy: {read: [ANY], update: [CREATOR], create_sessions: "
                           "[ANY]}\n"),
          alice.peer());
  created(session("a"), alice.peer());
  EXPECT_EQ(upload(session("b"), alice.peer()).status, 403);
}

TEST_F(Bounds, CC009_requests_of_one_address) {
  requests_per_second = 3;
  reopen();
  const auto refused = [&](const std::string& source, const std::string& target = "/v1/version") {
    return service->refuse_too_many(source, target);
  };
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(refused("10.0.0.1"));
  const auto answer = refused("10.0.0.1");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 429);
  EXPECT_THAT(answer->headers, testing::Contains(testing::Pair("Retry-After", "1")));
  EXPECT_THAT(answer->body, HasSubstr("this address sends too many requests"));
  EXPECT_FALSE(refused("10.0.0.2"));
  for (const auto* health : {"/v1/health", "/v1/health/live", "/v1/health/ready?x=y"})
    EXPECT_FALSE(refused("10.0.0.1", health)) << health;
  for (const auto* other : {"/v1/health/live/..", "/v1/healthy", "/v1/version?/v1/health", "", "?"})
    EXPECT_TRUE(refused("10.0.0.1", other)) << other;
  // A third of a second brings one of them.
  clock.advance(std::chrono::milliseconds(334));
  EXPECT_FALSE(refused("10.0.0.1"));
  EXPECT_TRUE(refused("10.0.0.1"));
  const auto metrics = published_by(*service);
  EXPECT_EQ(metrics["requests_throttled_total"], 7);
  EXPECT_EQ(metrics["refusals_total{reason=\"rate_limited\"}"], 7);
  std::string lines = log();
  EXPECT_NE(lines.find("an address sends too many requests source=10.0.0.1"), std::string::npos);
  EXPECT_EQ(lines.find("too many requests"), lines.rfind("too many requests")) << lines;
}

TEST_F(Bounds, CC009_without_a_bound_nobody_is_counted) {
  for (int i = 0; i < 10'000; ++i) ASSERT_FALSE(service->refuse_too_many("", "/v1/version"));
}

TEST_F(Bounds, keys_that_are_made_for_one_session) {
  const auto keys = [](int count, const std::string& type) {
    std::string text = session("s", "secrets:\n");
    for (int i = 0; i < count; ++i)
      text += "- {name: k" + std::to_string(i) + ", kind: private-key, key_type: " + type + "}\n";
    return text;
  };
  const auto rsa = upload(keys(17, "RSA-2048"), alice.peer());
  EXPECT_EQ(rsa.status, 400);
  EXPECT_THAT(rsa.messages(), HasSubstr("has 17 RSA keys that the CAS has to make; at most 16"));
  const auto others = upload(keys(513, "P-256"), alice.peer());
  EXPECT_EQ(others.status, 400);
  EXPECT_THAT(others.messages(), HasSubstr("at most 512"));
  created(keys(512, "P-256"), alice.peer());
}

}  // namespace
}  // namespace sconectl::test
