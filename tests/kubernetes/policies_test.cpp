// The client of the API server: what it sends, and hostile answers.
#include "sconectl/kubernetes/policies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "support/fake_api_server.hpp"
#include "support/memory_files.hpp"

namespace sconectl::kubernetes {
namespace {

using diag::ErrorKind;
using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class Nobody final : public host::Http {
 public:
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls&) override {
    throw diag::Error(ErrorKind::unavailable, "nobody is at " + request.url);
  }
};

class PoliciesTest : public testing::Test {
 protected:
  static Cluster cluster() {
    Cluster result;
    result.server = "https://api:6443";
    result.token_file = "/token";
    return result;
  }
  Policies policies(std::optional<std::string> name_space = std::nullopt) {
    return {server, std::move(name_space)};
  }
  void answer(int status, const std::string& body) {
    api.failures.push_back({.status = status, .headers = {}, .body = body, .peer_chain = {}});
  }
  static json spec() {
    return {{"casAddress", "https://cas"},
            {"policy", "name: x"},
            {"signatures", {{{"signer", "s"}, {"signature", "00"}}}}};
  }
  template <typename Call>
  static void expect_error(ErrorKind kind, Call call) {
    try {
      call();
      FAIL() << "no error";
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.text();
      std::string said = error.text();
      for (const std::string& cause : error.causes()) said += cause;
      for (const char c : said) EXPECT_GE(static_cast<unsigned char>(c), 0x20U) << said;
    }
  }

  Nobody nobody;
  test::FakeApiServer api{nobody};
  test::MemoryFiles files;
  ApiServer server{api, files, cluster()};
  PoliciesTest() { files.put("/token", "first\n"); }
};

TEST_F(PoliciesTest, list_reads_every_page) {
  for (const char* name : {"a", "b", "c", "d", "e"}) api.apply("signedpolicies", "n", name, spec());
  api.page = 2;
  const PolicyList list = policies().list(PolicyKind::signed_policy);
  std::vector<std::string> names;
  for (const Policy& policy : list.policies) names.push_back(policy.meta.name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(api.requests.size(), 3U);
  const Policy& first = list.policies.at(0);
  EXPECT_EQ(first.title(), "SignedPolicy n/a");
  EXPECT_EQ(first.meta.generation, 1);
  EXPECT_EQ(first.signatures.at(0).signature, "00");
  EXPECT_EQ(first.fault, "");
  EXPECT_FALSE(first.meta.being_deleted);
  api.mark_deleted("signedpolicies", "n", "a");
  EXPECT_TRUE(policies().list(PolicyKind::signed_policy).policies.at(0).meta.being_deleted);
}

TEST_F(PoliciesTest, the_token_is_read_for_each_request) {
  Policies tested = policies("apps");
  (void)tested.list(PolicyKind::encrypted_policy);
  EXPECT_THAT(api.headers, Contains(Pair("Authorization", "Bearer first")));
  EXPECT_THAT(api.requests.back(),
              HasSubstr("/apis/cas.scone.cloud/v1beta1/namespaces/apps/encryptedpolicies?"));
  files.put("/token", "second");
  (void)tested.watch(PolicyKind::encrypted_policy, "7", std::chrono::seconds(1));
  EXPECT_THAT(api.headers, Contains(Pair("Authorization", "Bearer second")));
  EXPECT_THAT(api.requests.back(), HasSubstr("resourceVersion=7"));
}

TEST_F(PoliciesTest, a_watch_tells_what_changed_and_where_it_is) {
  Policies tested = policies();
  api.apply("signedpolicies", "n", "a", spec());
  const std::string from = tested.list(PolicyKind::signed_policy).resource_version;
  api.apply("signedpolicies", "n", "b", spec());
  api.remove("signedpolicies", "n", "a");
  api.apply("encryptedpolicies", "n", "other", json::object());
  const Watched watched = tested.watch(PolicyKind::signed_policy, from, std::chrono::seconds(1));
  ASSERT_EQ(watched.events.size(), 2U);
  EXPECT_EQ(watched.events[0].policy.meta.name, "b");
  EXPECT_EQ(watched.events[0].type, PolicyEvent::Type::changed);
  EXPECT_EQ(watched.events[1].policy.meta.name, "a");
  EXPECT_EQ(watched.events[1].type, PolicyEvent::Type::deleted);
  // The bookmark counts what happened to others, too.
  EXPECT_EQ(watched.resource_version, std::to_string(api.version()));
  EXPECT_FALSE(watched.too_old);
}

TEST_F(PoliciesTest, a_version_that_is_forgotten_is_told) {
  Policies tested = policies();
  answer(410, R"({"message":"too old"})");
  EXPECT_TRUE(tested.watch(PolicyKind::signed_policy, "1", std::chrono::seconds(1)).too_old);
  api.compact();
  EXPECT_TRUE(tested.watch(PolicyKind::signed_policy, "1", std::chrono::seconds(1)).too_old);
  answer(410, "");
  expect_error(ErrorKind::unavailable, [&] { (void)tested.list(PolicyKind::signed_policy); });
}

TEST_F(PoliciesTest, refusals_and_faults_are_told_apart) {
  Policies tested = policies();
  for (const auto& [status, kind] : {std::pair{401, ErrorKind::unauthenticated},
                                     {403, ErrorKind::refused},
                                     {404, ErrorKind::unavailable},
                                     {429, ErrorKind::unavailable},
                                     {500, ErrorKind::unavailable},
                                     {503, ErrorKind::unavailable},
                                     {400, ErrorKind::failed},
                                     {302, ErrorKind::failed}}) {
    const auto list = [&] { (void)tested.list(PolicyKind::signed_policy); };
    const auto watch = [&] {
      (void)tested.watch(PolicyKind::signed_policy, "1", std::chrono::seconds(1));
    };
    answer(status, "{\"message\":\"\\u001b[2Jno\\r\\nHeader: x\"}");
    expect_error(kind, list);
    answer(status, "not JSON");
    expect_error(kind, watch);
  }
}

TEST_F(PoliciesTest, answers_that_make_no_sense_are_errors_and_nothing_worse) {
  Policies tested = policies();
  const std::string deep(100'000, '[');
  for (const std::string& body :
       {std::string(), std::string("null"), std::string("[]"), std::string("{"),
        std::string("{\"items\":7}"), std::string("{\"items\":{}}"), std::string("\xff\xfe"),
        "{\"items\":" + deep}) {
    answer(200, body);
    expect_error(ErrorKind::failed, [&] { (void)tested.list(PolicyKind::signed_policy); });
  }
  for (const std::string& body :
       {std::string("null"), std::string("{\"type\":\"ADDED\""), std::string("{\"type\":\"X\"}"),
        std::string("{}"), std::string("{\"type\":\"BOOKMARK\"}\n{\"type\":")}) {
    answer(200, body);
    expect_error(ErrorKind::failed, [&] {
      (void)tested.watch(PolicyKind::signed_policy, "1", std::chrono::seconds(1));
    });
  }
  answer(200, R"({"type":"ERROR","object":{"code":500,"message":"etcd is away"}})");
  expect_error(ErrorKind::unavailable, [&] {
    (void)tested.watch(PolicyKind::signed_policy, "1", std::chrono::seconds(1));
  });
  for (int i = 0; i < 2000; ++i) answer(200, R"({"metadata":{"continue":"more"},"items":[]})");
  expect_error(ErrorKind::failed, [&] { (void)tested.list(PolicyKind::signed_policy); });
}

TEST_F(PoliciesTest, names_that_would_leave_their_place_in_a_path_are_left_out) {
  json items = json::array();
  for (const char* name :
       {"../../secrets/x", "a/b", "a?b", "A", "", "..", "a b", "a%2fb", "a-z.09"})
    items.push_back({{"metadata", {{"name", name}, {"namespace", "n"}, {"resourceVersion", "1"}}},
                     {"spec", spec()}});
  items.push_back({{"metadata", {{"name", "x"}, {"namespace", "../n"}, {"resourceVersion", "1"}}}});
  items.push_back(7);
  items.push_back({{"metadata", "no"}});
  answer(200, json{{"metadata", {{"resourceVersion", "9"}}}, {"items", items}}.dump());
  const PolicyList list = policies().list(PolicyKind::signed_policy);
  ASSERT_EQ(list.policies.size(), 1U);
  EXPECT_EQ(list.policies[0].meta.name, "a-z.09");
  EXPECT_FALSE(list.policies[0].meta.being_deleted);
  EXPECT_EQ(list.left_out, 11U);
}

TEST_F(PoliciesTest, a_spec_that_is_not_as_its_schema_is_a_fault_of_the_object) {
  for (const json& broken : {json::object(), json{{"casAddress", 7}}, json("text"), json(nullptr),
                             json{{"casAddress", "c"}, {"policy", "p"}, {"signatures", "none"}}}) {
    api.apply("signedpolicies", "n", "a", broken);
    const PolicyList list = policies().list(PolicyKind::signed_policy);
    ASSERT_EQ(list.policies.size(), 1U);
    EXPECT_THAT(list.policies[0].fault, HasSubstr("spec.")) << broken;
  }
}

TEST_F(PoliciesTest, a_status_is_written_for_the_version_that_was_looked_at) {
  api.apply("signedpolicies", "n", "a", spec());
  Policies tested = policies();
  Policy policy = tested.list(PolicyKind::signed_policy).policies.at(0);
  PolicyStatus status;
  status.state = "UPLOADED";
  status.hash = "h";
  status.observed_generation = 1;
  status.conditions = {{"Ready", "True", "Uploaded", "said \xff", "2026-01-01T00:00:00Z", 1}};
  EXPECT_EQ(tested.write_status(policy, status), StatusWritten::written);
  EXPECT_THAT(api.headers, Contains(Pair("Content-Type", "application/merge-patch+json")));
  const Policy written = tested.list(PolicyKind::signed_policy).policies.at(0);
  EXPECT_EQ(written.status.state, "UPLOADED");
  ASSERT_NE(find_condition(written.status.conditions, "Ready"), nullptr);
  EXPECT_EQ(find_condition(written.status.conditions, "Ready")->reason, "Uploaded");
  EXPECT_EQ(tested.write_status(policy, status), StatusWritten::changed);
  api.remove("signedpolicies", "n", "a");
  EXPECT_EQ(tested.write_status(policy, status), StatusWritten::deleted);
  // An object of the same name that was made again is another one.
  api.apply("signedpolicies", "n", "a", spec());
  Policy again = tested.list(PolicyKind::signed_policy).policies.at(0);
  again.meta.uid = written.meta.uid;
  EXPECT_EQ(tested.write_status(again, status), StatusWritten::changed);
}

}  // namespace
}  // namespace sconectl::kubernetes
