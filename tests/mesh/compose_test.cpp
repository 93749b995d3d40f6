// The compose file (docs/compose.md).
#include "sconectl/mesh/compose.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/chart_values.hpp"
#include "mesh/joining.hpp"
#include "support/matchers.hpp"

namespace sconectl::mesh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

std::string program(const std::string& name, const std::string& environment = "  local: []\n") {
  return "apiVersion: scone/5.8\nkind: genservice\nenvironment:\n" + environment +
         "build:\n  name: " + name + "\n  kind: python\n  to: repo/" + name +
         ":1\n  pwd: /app\n  command: python3 app.py\n";
}

/// A service that knows where another one is.
std::string client_of(const std::string& name, const std::string& other) {
  return program(
      name, fmt::format("  local:\n    - {{name: PEER, value: '{{{{RELEASE}}}}-{}:80'}}\n", other));
}

struct Written {
  yaml::Value file;
  std::string text;
  std::string errors;
  std::string warnings;

  /// The value at a path of keys and indices in the file.
  [[nodiscard]] yaml::Value at(const std::vector<std::string>& path) const {
    yaml::Value value = file;
    for (const std::string& key : path) {
      if (value.is_sequence()) {
        value = value.items().at(std::stoul(key));
      } else {
        const yaml::Value* found = value.find(key);
        if (found == nullptr) return {};
        value = *found;
      }
    }
    return value;
  }
  [[nodiscard]] std::vector<std::string> keys(const std::vector<std::string>& path) const {
    std::vector<std::string> result;
    for (const yaml::Entry& entry : at(path).entries()) result.push_back(entry.key);
    return result;
  }
  [[nodiscard]] std::vector<std::string> texts(const std::vector<std::string>& path) const {
    std::vector<std::string> result;
    for (const yaml::Value& item : at(path).items()) result.push_back(item.text());
    return result;
  }
};

constexpr const char* socket = "/home/user/.sconectl/containers/cas.sock";

/// `env` are sections of the mesh, `more` further fields of it.
Written written(const std::vector<std::string>& services, const std::string& env = "",
                const std::string& more = "", const std::string& cas_socket = socket,
                const std::string& cas = "127.0.0.1") {
  std::vector<image::Facts> facts;
  std::string list;
  for (const std::string& text : services) {
    facts.push_back(facts_of(text));
    list += fmt::format("  - {{name: {0}, image: 'repo/{0}:1'}}\n", facts.back().name);
  }
  Options options = test_options();
  options.cas_address = cas;
  Joined joined;
  join(joined,
       fmt::format("apiVersion: scone/5.8\nkind: mesh\ncas:\n  - name: cas\n    cas_url: embedded\n"
                   "policy:\n  namespace: ns\nenv:\n  - service: global\n    env:\n"
                   "      - {{name: RELEASE, value: demo}}\n{}services:\n{}{}",
                   env, list, more),
       facts, {}, options);
  EXPECT_EQ(joined.errors, "");
  diag::Diagnostics out;
  Written result;
  result.text = compose(
      joined.application, joined.chart,
      {[](const ServiceInstance& one) { return "session_files/" + one.name + ".env"; }, cas_socket},
      out);
  result.file = yaml::parse_document("compose.yaml", result.text);
  for (const auto& d : out.all())
    (d.severity == diag::Severity::error ? result.errors : result.warnings) += d.line() + "\n";
  return result;
}

std::string section(const std::string& service, const std::string& variables) {
  return fmt::format("  - service: {}\n    env:\n{}", service, variables);
}

std::string variable(const std::string& name, const std::string& value) {
  return fmt::format("      - {{name: {}, value: '{}'}}\n", name, value);
}

std::string port_of(const std::string& service, const std::string& port) {
  return section(service, variable("APP_SERVICE_PORT", port));
}

TEST(Compose, keeps_the_token_in_the_environment_file) {
  Joined joined;
  join(joined,
       "apiVersion: scone/5.8\nkind: mesh\ncas:\n  - name: cas\n    cas_url: cas.example\n"
       "policy:\n  namespace: ns\nservices:\n  - name: web\n    image: repo/web:1\n",
       {facts_of(program("web"))});
  const std::string file = environment_file(joined.application, joined.application.services[0]);
  EXPECT_EQ(file,
            "SCONE_CONFIG_ID=ns/web/python3\nSCONE_CAS_ADDR=cas.example\nSCONE_CAS_KEY=CASKEYHASH\n"
            "SCONE_SERVICE_ACCESS_TOKEN=token-of-web\n");
  EXPECT_EQ(access_token_in(file, joined.application.cas_key), "token-of-web");
  EXPECT_EQ(access_token_in(file, "key-of-another-cas"), "");
  EXPECT_EQ(access_token_in("X=SCONE_SERVICE_ACCESS_TOKEN=1\n", ""), "");
  diag::Diagnostics out;
  const std::string text = compose(joined.application, joined.chart,
                                   {[](const ServiceInstance&) { return "web.env"; }, ""}, out);
  EXPECT_THAT(text, test::HasButNot("web.env", "token-of-web"));
}

TEST(Compose, services_are_called_as_their_hosts_and_meet_only_their_peers) {
  const Written file =
      written({client_of("web", "db"), program("db"), client_of("report", "db"), program("alone")});
  EXPECT_EQ(file.errors, "");
  EXPECT_THAT(file.keys({"services"}),
              ElementsAre("cas.relay", "demo-web", "demo-db", "demo-report", "demo-alone"));
  EXPECT_THAT(file.texts({"services", "demo-web", "networks"}), ElementsAre("web.db"));
  EXPECT_THAT(file.texts({"services", "demo-report", "networks"}), ElementsAre("db.report"));
  EXPECT_THAT(file.texts({"services", "demo-db", "networks"}), ElementsAre("web.db", "db.report"));
  EXPECT_THAT(file.texts({"services", "demo-alone", "networks"}), ElementsAre("alone"));
  EXPECT_THAT(file.keys({"networks"}), ElementsAre("web.db", "db.report", "alone"));
  for (const std::string& network : file.keys({"networks"}))
    EXPECT_EQ(file.at({"networks", network, "internal"}).text(), "true") << network;
  // Every service meets the relay, in a network that it has anyway.
  EXPECT_THAT(file.texts({"services", "cas.relay", "networks"}),
              UnorderedElementsAre("web.db", "db.report", "alone"));
}

TEST(Compose, who_is_connected_to_from_inside_only_has_no_port_outside) {
  const Written file = written({client_of("web", "db"), program("db")},
                               port_of("web", "8080") + port_of("db", "6379"));
  EXPECT_THAT(file.texts({"services", "demo-web", "ports"}), ElementsAre("127.0.0.1:8080:8080"));
  EXPECT_TRUE(file.at({"services", "demo-db", "ports"}).is_null());
  // A port needs a network that is not internal, and nobody else is in it.
  EXPECT_THAT(file.texts({"services", "demo-web", "networks"}), ElementsAre("web.db", "web"));
  EXPECT_EQ(file.at({"networks", "web", "internal"}).text(), "false");
  EXPECT_EQ(file.at({"networks", "web.db", "internal"}).text(), "true");
  EXPECT_THAT(file.texts({"services", "cas.relay", "networks"}), Not(testing::Contains("web")));
}

TEST(Compose, a_port_that_the_mesh_names_for_all_is_no_promise_of_each) {
  const Written file =
      written({program("a"), program("b")}, "      - {name: APP_SERVICE_PORT, value: 443}\n");
  EXPECT_EQ(file.errors, "");
  EXPECT_TRUE(file.at({"services", "demo-a", "ports"}).is_null());
}

TEST(Compose, the_type_of_the_service_says_where_it_is_reached) {
  const std::string values =
      "helm_extra_values:\n  db: {service: {type: NodePort, nodePort: 30379}}\n"
      "  web: {service: {type: LoadBalancer}}\n";
  const Written file = written({client_of("web", "db"), program("db")},
                               port_of("web", "8080") + port_of("db", "6379"), values);
  EXPECT_THAT(file.texts({"services", "demo-web", "ports"}), ElementsAre("8080:8080"));
  EXPECT_THAT(file.texts({"services", "demo-db", "ports"}), ElementsAre("30379:6379"));
}

TEST(Compose, refuses_what_can_not_share_a_port) {
  EXPECT_THAT(written({program("a"), program("b")}, port_of("a", "80") + port_of("b", "80")).errors,
              HasSubstr("services 'a' and 'b' both want port 80 of this machine"));
  EXPECT_THAT(
      written({program("a")}, port_of("a", "80"), "helm_extra_values:\n  a: {replicaCount: 2}\n")
          .errors,
      HasSubstr("2 containers can not share port 80"));
  const Written without_port =
      written({program("a")}, "", "helm_extra_values:\n  a: {replicaCount: 2}\n");
  EXPECT_EQ(without_port.errors, "");
  EXPECT_EQ(without_port.at({"services", "demo-a", "scale"}).text(), "2");
}

TEST(Compose, the_local_cas_is_reached_by_a_relay_without_rights) {
  const Written file = written({program("web")});
  EXPECT_EQ(file.errors, "");
  EXPECT_EQ(file.at({"services", "cas.relay", "image"}).text(), "repo/web:1");
  EXPECT_THAT(file.texts({"services", "cas.relay", "entrypoint"}),
              ElementsAre("/opt/sconectl/sconectl", "pod", "relay", "0.0.0.0:18765",
                          "/run/sconectl-cas/cas.sock"));
  EXPECT_THAT(file.texts({"services", "cas.relay", "volumes"}),
              ElementsAre("/home/user/.sconectl/containers:/run/sconectl-cas:ro"));
  EXPECT_EQ(file.at({"services", "cas.relay", "user"}).text(), "65532:65532");
  EXPECT_THAT(file.texts({"services", "cas.relay", "cap_drop"}), ElementsAre("ALL"));
  EXPECT_EQ(file.at({"services", "demo-web", "environment", "SCONE_CAS_ADDR"}).text(), "cas.relay");
  EXPECT_EQ(file.at({"services", "demo-web", "depends_on", "cas.relay", "condition"}).text(),
            "service_healthy");
}

TEST(Compose, another_cas_is_reached_at_its_address) {
  const Written file = written({client_of("web", "db"), program("db")}, "", "", "", "cas.example");
  EXPECT_EQ(file.errors, "");
  EXPECT_THAT(file.keys({"services"}), ElementsAre("demo-web", "demo-db"));
  EXPECT_TRUE(file.at({"services", "demo-web", "environment", "SCONE_CAS_ADDR"}).is_null());
  // There is a way out, and still none to services that are no peers.
  EXPECT_EQ(file.at({"networks", "web", "internal"}).text(), "false");
  EXPECT_EQ(file.at({"networks", "db", "internal"}).text(), "false");
  EXPECT_EQ(file.at({"networks", "web.db", "internal"}).text(), "true");
}

TEST(Compose, refuses_a_cas_that_containers_can_not_reach) {
  for (const char* address : {"127.0.0.1", "127.0.0.1:18800", "localhost", "[::1]:18765"})
    EXPECT_THAT(written({program("web")}, "", "", "", address).errors,
                HasSubstr(fmt::format("the CAS is at {}, which in a container means the container "
                                      "itself",
                                      address)));
  EXPECT_EQ(written({program("web")}, "", "", "", "host.docker.internal:18765").errors, "");
  EXPECT_THAT(written({program("web")}, "", "", "/a:b/cas.sock").errors, HasSubstr("'/a:b'"));
}

TEST(Compose, waits_as_the_mesh_says) {
  const std::string waits = variable("INIT_CONTAINER1_ENABLE", "true") +
                            variable("INIT_CONTAINER1", "demo-db") +
                            variable("INIT_CONTAINER1_PORT", "6379");
  const Written file = written({client_of("web", "db"), program("db")},
                               section("web", waits) + port_of("db", "6379"));
  EXPECT_EQ(file.errors + file.warnings, "");
  EXPECT_THAT(file.keys({"services", "demo-web", "depends_on"}),
              ElementsAre("cas.relay", "demo-db"));
  EXPECT_EQ(file.at({"services", "demo-web", "depends_on", "demo-db", "condition"}).text(),
            "service_healthy");
  EXPECT_THAT(file.texts({"services", "demo-db", "healthcheck", "test"}),
              ElementsAre("CMD", "/opt/sconectl/sconectl", "pod", "ready", "--port", "6379"));
  EXPECT_EQ(file.at({"services", "demo-db", "healthcheck", "interval"}).text(), "2s");
  EXPECT_EQ(file.at({"services", "demo-web", "healthcheck", "interval"}).text(), "10s");
  EXPECT_THAT(file.keys({"services", "demo-db", "depends_on"}), ElementsAre("cas.relay"));

  const Written elsewhere =
      written({program("web")}, section("web", variable("INIT_CONTAINER1_ENABLE", "true") +
                                                   variable("INIT_CONTAINER1", "db.example") +
                                                   variable("INIT_CONTAINER1_PORT", "1")));
  EXPECT_THAT(elsewhere.warnings, HasSubstr("waits for 'db.example', which is no service"));
}

TEST(Compose, refuses_services_that_wait_for_each_other) {
  const auto waits = [](const std::string& service, const std::string& other) {
    return section(service, variable("INIT_CONTAINER2_ENABLE", "true") +
                                variable("INIT_CONTAINER2", "demo-" + other) +
                                variable("INIT_CONTAINER2_PORT", "80"));
  };
  const std::vector<std::string> services = {program("a"), program("b"), program("c")};
  EXPECT_THAT(written(services, waits("a", "b") + waits("b", "c") + waits("c", "b")).errors,
              AllOf(HasSubstr("service 'b' waits for itself"), HasSubstr("service 'c' waits for"),
                    Not(HasSubstr("service 'a'"))));
  EXPECT_THAT(written(services, waits("a", "a")).errors, HasSubstr("service 'a' waits for itself"));
  EXPECT_EQ(written(services, waits("a", "b") + waits("b", "c")).errors, "");
}

TEST(Compose, keeps_the_limits_of_the_pod) {
  const Written file =
      written({program("web")}, "",
              "helm_extra_values:\n  web:\n    resources: {limits: {memory: 100Mi, cpu: 250m}}\n"
              "    extraEnv: [{name: SCONE_LOG, value: debug}, {name: PRICE, value: '5$'}, {name: "
              "NODE, valueFrom: {fieldRef: {}}}]\n"
              "    nodeSelector: {disk: ssd}\n    imagePullPolicy: Never\n");
  EXPECT_EQ(file.errors, "");
  const auto of_web = [&](const std::string& key) {
    return file.at({"services", "demo-web", key});
  };
  EXPECT_EQ(of_web("user").text(), "65532:65532");
  EXPECT_EQ(of_web("read_only").text(), "true");
  EXPECT_THAT(file.texts({"services", "demo-web", "cap_drop"}), ElementsAre("ALL"));
  EXPECT_THAT(file.texts({"services", "demo-web", "security_opt"}),
              ElementsAre("no-new-privileges"));
  EXPECT_THAT(file.texts({"services", "demo-web", "tmpfs"}),
              ElementsAre("/tmp:size=64m,mode=1777"));
  EXPECT_EQ(of_web("mem_limit").text(), "104857600");
  EXPECT_EQ(of_web("cpus").text(), "0.250");
  EXPECT_EQ(of_web("restart").text(), "unless-stopped");
  EXPECT_EQ(of_web("stop_grace_period").text(), "30s");
  EXPECT_EQ(file.at({"services", "demo-web", "environment", "SCONE_LOG"}).text(), "debug");
  const Written usual = written({program("web")});
  EXPECT_TRUE(usual.at({"services", "demo-web", "cpus"}).is_null());
  EXPECT_EQ(usual.at({"services", "demo-web", "mem_limit"}).text(), "1073741824");
  // A '$' would begin a variable of compose.
  EXPECT_EQ(file.at({"services", "demo-web", "environment", "PRICE"}).text(), "5$$");
  EXPECT_THAT(file.warnings, AllOf(HasSubstr("variable 'NODE' of 'extraEnv'"),
                                   HasSubstr("a compose file has nothing like 'nodeSelector'"),
                                   Not(HasSubstr("imagePullPolicy"))));
}

TEST(Compose, a_program_that_ends_is_not_always_started_again) {
  const auto restart = [](const std::string& policy) {
    const std::string values =
        policy.empty() ? "" : "helm_extra_values:\n  a: {jobs: {restartPolicy: " + policy + "}}\n";
    return written({program("a")}, "", values).at({"services", "demo-a", "restart"}).text();
  };
  EXPECT_EQ(restart(""), "unless-stopped");
  EXPECT_EQ(restart("Always"), "unless-stopped");
  EXPECT_EQ(restart("OnFailure"), "on-failure");
  EXPECT_EQ(restart("Never"), "no");
  const Written file =
      written({program("a", "  local: [{name: restartPolicy, value: OnFailure}]\n")});
  EXPECT_EQ(file.at({"services", "demo-a", "restart"}).text(), "on-failure");
}

TEST(Compose, without_a_release_all_share_a_network_as_nobody_knows_who_talks_to_whom) {
  std::vector<image::Facts> facts = {facts_of(program("a")), facts_of(program("b"))};
  Joined joined;
  join(joined,
       "apiVersion: scone/5.8\nkind: mesh\ncas:\n  - {name: cas, cas_url: embedded}\n"
       "policy:\n  namespace: ns\nservices:\n  - {name: a, image: 'repo/a:1'}\n"
       "  - {name: b, image: 'repo/b:1'}\n",
       facts);
  diag::Diagnostics out;
  const std::string text = compose(joined.application, joined.chart,
                                   {[](const ServiceInstance&) { return "f"; }, socket}, out);
  const yaml::Value file = yaml::parse_document("compose.yaml", text);
  ASSERT_NE(file.find("networks"), nullptr);
  ASSERT_EQ(file.find("networks")->entries().size(), 1U);
  EXPECT_EQ(file.find("networks")->entries()[0].key, "any_service");
  EXPECT_NE(file.find("services")->find("a"), nullptr);
}

TEST(Compose, refuses_a_token_that_compose_reads_differently) {
  for (const std::string token : {"a$b-is-a-token", "quoted\"token", "it's-a-token",
                                  "a token of mine", "token#comment", "back\\slash-token"}) {
    Joined joined;
    join(joined,
         "apiVersion: scone/5.8\nkind: mesh\ncas:\n  - {name: cas, cas_url: embedded}\n"
         "policy:\n  namespace: ns\nservices:\n  - {name: web, image: 'repo/web:1'}\n",
         {facts_of(program("web"))});
    joined.application.services[0].access_token = token;
    diag::Diagnostics out;
    const std::string text = compose(joined.application, joined.chart,
                                     {[](const ServiceInstance&) { return "f"; }, socket}, out);
    ASSERT_TRUE(out.has_errors()) << token;
    EXPECT_THAT(out.all().front().text,
                test::HasButNot("would not read SCONE_SERVICE_ACCESS_TOKEN", token));
    EXPECT_THAT(text, test::HasButNot("services:", token));
  }
}

TEST(ChartValues, quantities_of_kubernetes) {
  EXPECT_EQ(bytes_of("64Mi"), 67108864U);
  EXPECT_EQ(bytes_of("1G"), 1'000'000'000U);
  EXPECT_EQ(bytes_of("17"), 17U);
  for (const char* wrong : {"", "Mi", "1.5Gi", "1mi", "-1", "10000000000Ti", "1 Gi"})
    EXPECT_EQ(bytes_of(wrong), std::nullopt) << wrong;
  EXPECT_EQ(processors_of("2"), "2");
  EXPECT_EQ(processors_of("1.5"), "1.5");
  EXPECT_EQ(processors_of("1500m"), "1.500");
  for (const char* wrong : {"", "m", "1.", "-1", "1e3", "two"})
    EXPECT_EQ(processors_of(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace sconectl::mesh
