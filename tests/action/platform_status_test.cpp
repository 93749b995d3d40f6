// The status of CAS, LAS and SGXPlugin objects.
#include "sconectl/action/platform_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/cas/wire.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/host/files.hpp"
#include "support/fake_api_server.hpp"
#include "support/fake_system.hpp"
#include "support/loopback_http.hpp"

namespace sconectl::action {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class PlatformStatusTest : public testing::Test {
 protected:
  static kubernetes::Cluster cluster() {
    kubernetes::Cluster result;
    result.server = "https://api:6443";
    return result;
  }
  /// Looks once, as often as it is called.
  void look(const CasKeys& keys = {}) {
    PlatformStatus status(machine.system, config, platform, keys);
    status.look();
  }
  json status(const std::string& plural, const std::string& name_space, const std::string& name) {
    return api.object(plural, name_space, name).value("status", json::object());
  }
  static std::string reason(const json& status) {
    return status.contains("conditions") ? status["conditions"][0].value("reason", "") : "";
  }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "platform-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data"}, cas_clock};
  test::LoopbackHttp http{service, "cas.scone-system"};
  test::FakeApiServer api{http};
  test::FakeSystem machine{api};
  cas::ConfigFile config{machine.files, "/home/user/.cas/config.json"};
  kubernetes::ApiServer server{api, machine.files, cluster()};
  kubernetes::Platform platform{server};
};

TEST(Judged, a_daemon_set_is_ready_everywhere_or_not_healthy) {
  using State = kubernetes::DaemonSetState;
  EXPECT_TRUE(judged(State{3, 3}).healthy);
  for (const State& state : {State{3, 2}, State{3, 0}, State{0, 0}, State{-1, -1}, State{0, 5}})
    EXPECT_FALSE(judged(state).healthy) << state.desired << " " << state.ready;
  EXPECT_FALSE(judged(std::nullopt).healthy);
  EXPECT_EQ(judged(State{3, 2}).message, "ready on 2 of 3 nodes");
}

TEST_F(PlatformStatusTest, a_cas_is_healthy_when_it_says_so) {
  api.apply("cas", "scone-system", "cas", {{"image", "x"}});
  look({{"cas.scone-system", service.key_hash()}});
  const json found = status("cas", "scone-system", "cas");
  EXPECT_EQ(found.value("state", ""), "HEALTHY");
  EXPECT_EQ(reason(found), "Ready");
  EXPECT_EQ(found.at("observedGeneration"), 1);
  EXPECT_EQ(found.size(), 3U) << found;  // conditions are the third; there is no hash
  const int version = api.version();
  machine.clock.advance(std::chrono::hours(1));
  look({{"cas.scone-system", service.key_hash()}});
  EXPECT_EQ(api.version(), version);
  EXPECT_EQ(api.count("PATCH"), 1U);
}

TEST_F(PlatformStatusTest, a_changed_reason_or_generation_is_written) {
  api.apply("sgxplugins", "", "sgx", json::object());
  look();
  api.apply("sgxplugins", "", "sgx", {{"daemonSet", {{"namespace", "a"}, {"name", "b"}}}});
  api.daemon_sets["a/b"] = {{"desiredNumberScheduled", 1}, {"numberReady", 1}};
  look();  // HEALTHY as before, for another reason
  EXPECT_EQ(reason(status("sgxplugins", "", "sgx")), "Ready");
  EXPECT_EQ(status("sgxplugins", "", "sgx").at("observedGeneration"), 2);
  EXPECT_EQ(api.count("PATCH"), 2U);
}

/// A CAS that answers, and not well.
class SickCas final : public host::Http {
 public:
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest&, const host::Tls&) override {
    host::HttpResponse response;
    response.status = 200;
    response.body = cas::encode(cas::Health{});
    return response;
  }
};

TEST_F(PlatformStatusTest, a_cas_that_says_that_it_is_not_healthy_is_believed) {
  SickCas sick;
  test::FakeApiServer sick_api(sick);
  test::FakeSystem other(sick_api);
  cas::ConfigFile none{other.files, "/home/user/.cas/config.json"};
  kubernetes::ApiServer sick_server{sick_api, other.files, cluster()};
  kubernetes::Platform sick_platform{sick_server};
  sick_api.apply("cas", "scone-system", "cas", json::object());
  PlatformStatus(other.system, none, sick_platform, {}).look();
  const json found = sick_api.object("cas", "scone-system", "cas").at("status");
  EXPECT_EQ(found.at("state"), "UNHEALTHY");
  EXPECT_EQ(reason(found), "NotHealthy");
}

TEST_F(PlatformStatusTest, a_cas_whose_key_nobody_named_is_told_apart) {
  api.apply("cas", "scone-system", "cas", json::object());
  look();
  EXPECT_EQ(reason(status("cas", "scone-system", "cas")), "ReadyUnverified");
  EXPECT_EQ(status("cas", "scone-system", "cas").at("state"), "HEALTHY");
  look({{"cas.scone-system", "46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt"}});
  EXPECT_EQ(status("cas", "scone-system", "cas").at("state"), "UNHEALTHY");
  EXPECT_EQ(reason(status("cas", "scone-system", "cas")), "AnotherKey");
}

TEST_F(PlatformStatusTest, a_cas_that_does_not_answer_is_unhealthy) {
  api.apply("cas", "elsewhere", "cas", json::object());
  api.apply("cas", "scone-system", "cas", {{"service", {{"clientPort", 99999}}}});
  look();
  EXPECT_EQ(status("cas", "elsewhere", "cas").at("state"), "UNHEALTHY");
  EXPECT_EQ(reason(status("cas", "elsewhere", "cas")), "NoAnswer");
  EXPECT_EQ(status("cas", "scone-system", "cas").at("state"), "UNHEALTHY");
  EXPECT_EQ(api.passed_on["cas.scone-system"], 0);
}

TEST_F(PlatformStatusTest, only_the_service_of_the_object_is_contacted) {
  api.apply("cas", "apps", "cas", {{"address", "https://metadata.internal"}, {"casAddress", "x"}});
  look();
  EXPECT_EQ(api.passed_on, (std::map<std::string, int>{{"cas.apps", 1}}));
}

TEST_F(PlatformStatusTest, las_and_plugin_are_as_healthy_as_their_daemon_set) {
  api.apply("las", "", "las", {{"daemonSet", {{"namespace", "sys"}, {"name", "las"}}}});
  api.apply("sgxplugins", "", "sgx", json::object());
  api.daemon_sets["sys/las"] = {{"desiredNumberScheduled", 2}, {"numberReady", 1}};
  look();
  EXPECT_EQ(status("las", "", "las").at("state"), "UNHEALTHY");
  EXPECT_EQ(reason(status("las", "", "las")), "NotReady");
  EXPECT_EQ(status("sgxplugins", "", "sgx").at("state"), "HEALTHY");
  EXPECT_EQ(reason(status("sgxplugins", "", "sgx")), "NothingToRun");
  api.daemon_sets["sys/las"]["numberReady"] = 2;
  look();
  EXPECT_EQ(status("las", "", "las").at("state"), "HEALTHY");
  api.daemon_sets.clear();
  look();
  EXPECT_EQ(reason(status("las", "", "las")), "NoDaemonSet");
}

TEST_F(PlatformStatusTest, names_of_a_daemon_set_do_not_leave_their_place) {
  api.apply("las", "", "las", {{"daemonSet", {{"namespace", "../../../api"}, {"name", "x?y"}}}});
  look();
  EXPECT_EQ(reason(status("las", "", "las")), "NoDaemonSet");
  EXPECT_EQ(api.count("GET /apis/apps"), 0U);
}

TEST_F(PlatformStatusTest, it_looks_every_fifteen_seconds_and_says_a_fault_once) {
  PlatformStatus tested(machine.system, config, platform, {});
  tested.look();
  const std::size_t first = api.requests.size();
  tested.look();
  EXPECT_EQ(api.requests.size(), first);
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j)
      api.failures.push_back(
          {.status = 403, .headers = {}, .body = R"({"message":"no"})", .peer_chain = {}});
    machine.clock.advance(std::chrono::seconds(15));
    EXPECT_NO_THROW(tested.look());
  }
  EXPECT_EQ(api.requests.size(), first + 9);
  EXPECT_THAT(machine.warnings, HasSubstr("when asked to list cas: no"));
  EXPECT_EQ(std::count(machine.warnings.begin(), machine.warnings.end(), '\n'), 3);
}

TEST_F(PlatformStatusTest, an_interrupt_ends_a_look) {
  api.apply("cas", "scone-system", "cas", json::object());
  const auto interrupt = [](const std::string&, const std::string&) {
    throw diag::Error(diag::ErrorKind::interrupted, "interrupted");
  };
  api.before = interrupt;
  EXPECT_THROW(look(), diag::Error);
  api.before = nullptr;
  api.before_others = interrupt;  // while the CAS is asked
  EXPECT_THROW(look(), diag::Error);
  EXPECT_EQ(status("cas", "scone-system", "cas"), json::object());
}

TEST_F(PlatformStatusTest, the_controller_runs_until_an_interrupt_or_an_error) {
  kubernetes::Policies policies(server, std::nullopt);
  Controller controller(machine.system, config, policies, nullptr, {});
  PlatformStatus status(machine.system, config, platform, {});
  api.before = [&](const std::string&, const std::string&) {
    if (api.requests.size() > 20) throw diag::Error(diag::ErrorKind::interrupted, "interrupted");
  };
  EXPECT_NO_THROW(run_controller(controller, &status));
  EXPECT_EQ(api.count("GET /apis/base.scone.cloud/v1beta1/las"), 1U);
  EXPECT_NO_THROW(run_controller(controller, nullptr));
  api.before = nullptr;
  api.failures.push_back({.status = 403, .headers = {}, .body = "", .peer_chain = {}});
  EXPECT_THROW(run_controller(controller, nullptr), diag::Error);
}

TEST_F(PlatformStatusTest, a_cluster_without_these_kinds_is_left_alone) {
  for (int i = 0; i < 3; ++i)
    api.failures.push_back({.status = 404, .headers = {}, .body = "", .peer_chain = {}});
  look();
  EXPECT_EQ(machine.warnings, "");
  EXPECT_EQ(api.requests.size(), 3U);
}

}  // namespace
}  // namespace sconectl::action
