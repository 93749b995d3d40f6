// The pods of a release.
#include "sconectl/kubernetes/pods.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "support/fake_api_server.hpp"
#include "support/fake_system.hpp"

namespace sconectl::kubernetes {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class PodsTest : public testing::Test {
 protected:
  static Cluster cluster() {
    Cluster result;
    result.server = "https://api:6443";
    return result;
  }
  static json pod(const std::string& phase = "Running") {
    return {{"metadata",
             {{"labels", {{"app.kubernetes.io/name", "web"}, {"app.kubernetes.io/instance", "r"}}},
              {"annotations", {{"sconectl/revision", "0123"}}}}},
            {"spec", {{"containers", {{{"image", "r/web:1"}}, {{"image", "side:1"}}}}}},
            {"status", {{"phase", phase}}}};
  }

  test::NoNetwork nobody;
  test::FakeApiServer api{nobody};
  test::MemoryFiles files;
  ApiServer server{api, files, cluster()};
};

TEST_F(PodsTest, those_that_run_or_will_are_listed_with_what_tells_them_apart) {
  api.pods["n/web-1"] = pod();
  api.pods["n/web-2"] = pod("Pending");
  api.pods["n/web-test"] = pod("Succeeded");
  api.pods["n/web-lost"] = pod("Failed");
  api.pods["m/web-3"] = pod();
  const auto pods = pods_of_release(server, "n", "r");
  ASSERT_EQ(pods.size(), 2U);
  EXPECT_EQ(pods[0].name, "web-1");
  EXPECT_EQ(pods[0].service, "web");
  EXPECT_EQ(pods[0].revision, "0123");
  EXPECT_THAT(pods[0].images, ElementsAre("r/web:1", "side:1"));
  EXPECT_EQ(pods[1].name, "web-2");
  EXPECT_THAT(api.requests.at(0), HasSubstr("labelSelector=app.kubernetes.io%2Finstance%3Dr"));
}

TEST_F(PodsTest, every_page_is_read) {
  for (int i = 0; i < 5; ++i) api.pods["n/web-" + std::to_string(i)] = pod();
  api.page = 2;
  EXPECT_EQ(pods_of_release(server, "n", "r").size(), 5U);
  EXPECT_EQ(api.requests.size(), 3U);
}

TEST_F(PodsTest, refusals_and_answers_without_sense_are_errors) {
  for (const int status : {403, 500, 404}) {
    api.failures.push_back({.status = status, .headers = {}, .body = "{}", .peer_chain = {}});
    EXPECT_THROW((void)pods_of_release(server, "n", "r"), diag::Error) << status;
  }
  for (const char* body : {"", "[]", "not json"}) {
    api.failures.push_back({.status = 200, .headers = {}, .body = body, .peer_chain = {}});
    EXPECT_THROW((void)pods_of_release(server, "n", "r"), diag::Error) << body;
  }
}

TEST_F(PodsTest, members_of_other_types_count_as_absent) {
  api.failures.push_back(
      {.status = 200,
       .headers = {},
       .body = R"({"items":[{"metadata":{"labels":[1],"annotations":3},"spec":"x"},7]})",
       .peer_chain = {}});
  const auto pods = pods_of_release(server, "n", "r");
  ASSERT_EQ(pods.size(), 2U);
  EXPECT_EQ(pods[0].service + pods[0].revision + pods[1].name, "");
  EXPECT_TRUE(pods[0].images.empty());
}

}  // namespace
}  // namespace sconectl::kubernetes
