// The built-in chart as real Helm sees it: rendered through both stages, linted and templated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "image/planning.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/render/render.hpp"
#include "support/real_tool.hpp"

namespace sconectl::image {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;

namespace fs = std::filesystem;

/// Helm on PATH, or where the set-up script of the examples puts it; "" if there is none.
std::string helm() {
  static const std::string found = [] {
    if (test::run_tool({"helm", "version"}).status == 0) return std::string("helm");
    const char* home = std::getenv("HOME");
    const fs::path kept = fs::path(home == nullptr ? "" : home) / ".cache/sconectl/bin/helm";
    return fs::exists(kept) ? kept.string() : std::string();
  }();
  return found;
}

/// A chart directory made from a manifest, the way image and mesh make it together.
class Chart {
 public:
  Chart(const std::string& manifest, Runtime runtime, std::map<std::string, std::string> mesh)
      : files_(host::system_files()), directory_(*files_, "sconectl-chart-") {
    PlanOptions options = native();
    options.runtime = runtime;
    const Facts facts = planned(manifest, {}, options).plan.facts;
    render::Variables variables;
    for (const auto& variable : facts.defaults) variables.set(variable.name, variable.value);
    variables.set("image_name", "r/web:1");
    variables.set("image_reference", "r/web:1");
    variables.set("session_revision", "0123456789abcdef");
    variables.set("listening_port", "");
    variables.set_yaml("ingress_services", "[]");
    variables.set_yaml("egress_services", "[]");
    variables.set("session", "ns/web");
    variables.set("cas_service_name", "python3");
    variables.set("cas.cas.cas_url", "cas.default");
    variables.set("command", "python3");
    for (const auto& [name, value] : mesh) variables.set(name, value);
    diag::Diagnostics out;
    host::Tree tree;
    for (const auto& [path, text] : facts.chart) {
      const bool values = path == "values.yaml.template";
      tree[values ? "values.yaml" : path].bytes =
          values ? render::render(text, variables, render::Dialect::handlebars, {}, out) : text;
    }
    out.throw_if_errors();
    files_->replace_tree(path(), tree);
  }

  [[nodiscard]] std::string path() const { return directory_.path() / "web"; }

  /// Helm's answer; a failure fails the test.
  [[nodiscard]] std::string run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), helm());
    const test::ToolResult result = test::run_tool(arguments);
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    return result.out;
  }
  /// The objects of `helm template`, by kind.
  [[nodiscard]] std::map<std::string, yaml::Value> objects(
      const std::vector<std::string>& set = {}) const {
    std::vector<std::string> arguments = {"template", "rel", path()};
    for (const std::string& value : set)
      arguments.insert(arguments.end(),
                       {value.ends_with("=true") ? "--set" : "--set-string", value});
    diag::Diagnostics out;
    std::map<std::string, yaml::Value> result;
    for (const auto& object : yaml::parse_documents("helm", run(arguments), out))
      if (object.is_mapping()) result.emplace(object.find("kind")->text(), object);
    EXPECT_FALSE(out.has_errors());
    return result;
  }

 private:
  std::unique_ptr<host::Files> files_;
  host::TemporaryDirectory directory_;
};

const yaml::Value& container(const yaml::Value& deployment) {
  return deployment.find("spec")->find("template")->find("spec")->find("containers")->items().at(0);
}

std::string environment_names(const yaml::Value& deployment) {
  std::string names;
  for (const yaml::Value& variable : container(deployment).find("env")->items())
    names += variable.find("name")->text() + " ";
  return names;
}

class BuiltInChart : public testing::Test {
 protected:
  void SetUp() override {
    if (helm().empty()) GTEST_SKIP() << "helm is not installed";
  }
};

TEST_F(BuiltInChart, passes_helm_lint_strict_for_every_runtime) {
  for (const Runtime runtime : {Runtime::native, Runtime::gramine, Runtime::scone}) {
    const Chart plain(manifest_with(""), runtime, {});
    (void)plain.run({"lint", "--strict", plain.path()});
    const Chart with_port(manifest_with(""), runtime,
                          {{"APP_SERVICE_PORT", "443"}, {"imagePullSecrets", "sconeapps"}});
    (void)with_port.run({"lint", "--strict", with_port.path()});
  }
}

TEST_F(BuiltInChart, native_asks_for_no_sgx_and_names_no_command) {
  const Chart chart(manifest_with(""), Runtime::native, {});
  const auto objects = chart.objects();
  EXPECT_THAT(objects, testing::ElementsAre(Key("Deployment"), Key("NetworkPolicy"),
                                            Key("PodDisruptionBudget"), Key("ServiceAccount")));
  const yaml::Value& deployment = objects.at("Deployment");
  EXPECT_EQ(deployment.find("metadata")->find("name")->text(), "rel-web");
  EXPECT_EQ(container(deployment).find("name")->text(), "api");
  EXPECT_EQ(container(deployment).find("command"), nullptr);
  EXPECT_EQ(container(deployment).find("resources")->find("limits")->find("sgx.k8s.io/sgx"),
            nullptr);
  EXPECT_EQ(container(deployment).find("ports"), nullptr);
  const yaml::Value& pod = *deployment.find("spec")->find("template")->find("spec");
  EXPECT_EQ(pod.find("nodeSelector"), nullptr);
  EXPECT_EQ(pod.find("imagePullSecrets")->items().at(0).find("name")->text(), "sconeapps");
  EXPECT_EQ(pod.find("automountServiceAccountToken")->text(), "false");
  EXPECT_EQ(pod.find("securityContext")->find("runAsNonRoot")->text(), "true");
  EXPECT_EQ(pod.find("initContainers"), nullptr);
  EXPECT_EQ(environment_names(deployment),
            "SCONE_CONFIG_ID SCONE_CAS_ADDR SCONE_LAS_ADDR SCONE_LOG SCONE_VERSION "
            "SCONE_EDMM_MODE ");
}

TEST_F(BuiltInChart, native_takes_key_and_token_of_the_cas) {
  const Chart chart(manifest_with(""), Runtime::native, {});
  const auto own = chart.objects({"scone.cas_key=KEY", "scone.service_access_token=TOKEN"});
  EXPECT_NE(
      environment_names(own.at("Deployment")).find("SCONE_CAS_KEY SCONE_SERVICE_ACCESS_TOKEN "),
      std::string::npos);
  EXPECT_EQ(own.at("Secret").find("stringData")->find("SCONE_SERVICE_ACCESS_TOKEN")->text(),
            "TOKEN");
  for (const yaml::Value& variable : container(own.at("Deployment")).find("env")->items()) {
    const yaml::Value* value = variable.find("value");
    EXPECT_TRUE(value == nullptr || value->text() != "TOKEN");
  }
  const auto named = chart.objects({"scone.service_access_token_secret=theirs"});
  EXPECT_THAT(named, AllOf(Contains(Key("Deployment")), Not(Contains(Key("Secret")))));
  EXPECT_NE(environment_names(named.at("Deployment")).find("SCONE_SERVICE_ACCESS_TOKEN"),
            std::string::npos);
}

TEST_F(BuiltInChart, scone_asks_for_sgx_and_a_node_with_las) {
  const Chart chart(manifest_with(""), Runtime::scone, {{"APP_SERVICE_PORT", "443"}});
  const auto objects = chart.objects({"scone.service_access_token=TOKEN"});
  EXPECT_THAT(objects, AllOf(Contains(Key("Deployment")), Not(Contains(Key("Secret")))));
  const yaml::Value& deployment = objects.at("Deployment");
  EXPECT_EQ(container(deployment).find("command")->items().at(0).text(), "python3");
  EXPECT_EQ(container(deployment).find("resources")->find("limits")->find("sgx.k8s.io/sgx")->text(),
            "1");
  const yaml::Value& pod = *deployment.find("spec")->find("template")->find("spec");
  EXPECT_EQ(pod.find("nodeSelector")->find("las.scontain.com/ok")->text(), "true");
  const yaml::Value& service = objects.at("Service");
  EXPECT_EQ(service.find("metadata")->find("name")->text(), "rel-web");
  EXPECT_EQ(service.find("spec")->find("ports")->items().at(0).find("port")->text(), "443");
  EXPECT_EQ(service.find("spec")->find("selector")->find("app.kubernetes.io/name")->text(), "web");
}

TEST_F(BuiltInChart, waits_for_other_services) {
  const std::string manifest =
      "apiVersion: scone/5.8\nkind: genservice\nenvironment:\n  local:\n"
      "  - {name: INIT_CONTAINER1_ENABLE, value: 'true'}\n"
      "  - {name: INIT_CONTAINER1, value: '{{REDIS_HOST}}'}\n"
      "  - {name: INIT_CONTAINER1_PORT, value: 6379}\n"
      "build: {name: web, kind: python, to: r/web:1, command: python3 web.py}\n";
  const Chart chart(manifest, Runtime::native, {{"REDIS_HOST", "rel-redis"}});
  (void)chart.run({"lint", "--strict", chart.path()});
  const auto objects = chart.objects();
  const yaml::Value& pod = *objects.at("Deployment").find("spec")->find("template")->find("spec");
  const auto& waits = pod.find("initContainers")->items();
  ASSERT_EQ(waits.size(), 1U);
  EXPECT_EQ(waits[0].find("command")->items().at(3).text(), "rel-redis:6379");
  const Chart enclave(manifest, Runtime::scone, {{"REDIS_HOST", "rel-redis"}});
  const auto others = enclave.objects();
  const yaml::Value& wait = others.at("Deployment")
                                .find("spec")
                                ->find("template")
                                ->find("spec")
                                ->find("initContainers")
                                ->items()
                                .at(0);
  EXPECT_EQ(wait.find("env")->items().at(0).find("value")->text(), "rel-redis");
  EXPECT_EQ(wait.find("env")->items().at(1).find("value")->text(), "6379");
}

TEST_F(BuiltInChart, mesh_variables_set_what_is_waited_for) {
  const Chart chart(manifest_with(""), Runtime::native,
                    {{"INIT_CONTAINER2_ENABLE", "true"},
                     {"INIT_CONTAINER2", "rel-db"},
                     {"INIT_CONTAINER2_PORT", "3306"}});
  const auto objects = chart.objects();
  const yaml::Value& pod = *objects.at("Deployment").find("spec")->find("template")->find("spec");
  ASSERT_NE(pod.find("initContainers"), nullptr);
  EXPECT_EQ(pod.find("initContainers")->items().at(0).find("command")->items().at(3).text(),
            "rel-db:3306");
}

std::string sgx_limits(const Chart& chart, const std::vector<std::string>& set) {
  const auto objects = chart.objects(set);
  const yaml::Value& limits =
      *container(objects.at("Deployment")).find("resources")->find("limits");
  std::string result;
  for (const yaml::Entry& entry : limits.entries())
    if (entry.key.find('/') != std::string::npos)
      result += entry.key + "=" + entry.value.text() + " ";
  return result;
}

TEST_F(BuiltInChart, R08_X19_memory_of_enclaves_in_every_name_and_unit) {
  const Chart chart(manifest_with(""), Runtime::scone, {});
  EXPECT_EQ(sgx_limits(chart, {}), "sgx.k8s.io/sgx=1 ");
  EXPECT_EQ(sgx_limits(chart, {"useSGXDevPlugin=disabled"}), "");
  EXPECT_EQ(sgx_limits(chart, {"useSGXDevPlugin=azure", "sgxEpcMem=10"}),
            "sgx.intel.com/epc=10Mi ");
  EXPECT_EQ(sgx_limits(chart, {"useSGXDevPlugin=azure", "sgxEpcMem=10Mi"}),
            "sgx.intel.com/epc=10Mi ");
  EXPECT_EQ(sgx_limits(chart, {"useSGXDevPlugin=azure", "sgxEpcMem=1Gi"}),
            "sgx.intel.com/epc=1Gi ");
  const std::string old = "sgxEpcResource=kubernetes.azure.com/sgx_epc_mem_in_MiB";
  EXPECT_EQ(sgx_limits(chart, {"useSGXDevPlugin=azure", "sgxEpcMem=10Mi", old}),
            "kubernetes.azure.com/sgx_epc_mem_in_MiB=10 ");
  EXPECT_EQ(sgx_limits(chart, {"useSGXDevPlugin=azure", "sgxEpcMem=2Gi", old}),
            "kubernetes.azure.com/sgx_epc_mem_in_MiB=2048 ");
  EXPECT_EQ(sgx_limits(chart, {"useSGXDevPlugin=intel"}),
            "sgx.intel.com/enclave=1 sgx.intel.com/epc=128Mi sgx.intel.com/provision=1 ");
  EXPECT_NE(test::run_tool({helm(), "template", "rel", chart.path(), "--set-string",
                            "useSGXDevPlugin=azure,sgxEpcMem="})
                .status,
            0);
}

TEST_F(BuiltInChart, the_aesm_of_the_node_is_mounted_where_programs_look_for_it) {
  const Chart chart(manifest_with(""), Runtime::scone, {});
  const auto pod_of = [](const auto& objects) {
    return *objects.at("Deployment").find("spec")->find("template")->find("spec");
  };
  EXPECT_EQ(pod_of(chart.objects()).find("volumes"), nullptr);
  const auto objects =
      chart.objects({"externalAesmd.enabled=true", "externalAesmd.path=/run/aesm"});
  const yaml::Value pod = pod_of(objects);
  const yaml::Value& volume = pod.find("volumes")->items().at(0);
  EXPECT_EQ(volume.find("hostPath")->find("path")->text(), "/run/aesm");
  const yaml::Value& program = container(objects.at("Deployment"));
  EXPECT_EQ(program.find("volumeMounts")->items().at(0).find("mountPath")->text(),
            "/var/run/aesmd");
  EXPECT_EQ(program.find("volumeMounts")->items().at(0).find("name")->text(),
            volume.find("name")->text());
  std::string told;
  for (const yaml::Value& variable : program.find("env")->items())
    if (variable.find("name")->text() == "SGX_AESM_ADDR") told = variable.find("value")->text();
  EXPECT_EQ(told, "1");
}

TEST_F(BuiltInChart, refuses_values_that_are_wrong_or_unknown) {
  const Chart chart(manifest_with(""), Runtime::native, {{"APP_SERVICE_PORT", "443"}});
  for (const char* value :
       {"service.port=70000", "service.port=0", "service.port=http", "replicaCount=-1",
        "runtime=sgx", "imagePulPolicy=Always", "service.type=Loadbalancer", "scone.cass=x",
        "service.loadBalancerIP=10.0.0.1", "drainSeconds=601", "probes.port=x",
        "serviceAccount.creat=true", "networkPolicy.to[0].port=1"}) {
    const auto result = test::run_tool({helm(), "template", "rel", chart.path(), "--set", value});
    EXPECT_NE(result.status, 0) << value;
  }
  for (const char* value :
       {"service.port=65535", "service.type=LoadBalancer", "service.type=NodePort",
        "autoscaling.enabled=true", "ingress.enabled=true,ingress.hosts[0].host=a.example",
        "service.type=LoadBalancer,service.loadBalancerIP=10.0.0.1",
        "podDisruptionBudget.enabled=false", "networkPolicy.enabled=false",
        "serviceAccount.create=false", "probes.enabled=false"})
    (void)chart.run({"template", "rel", chart.path(), "--set", value});
}

}  // namespace
}  // namespace sconectl::image
