// `doctor`: the judgement as a pure function, and where its facts come from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/action/doctor.hpp"
#include "support/fake_system.hpp"

namespace sconectl::action {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

using List = std::vector<ResourceFacts>;

/// A machine on which nothing is missing.
DoctorFacts healthy() {
  DoctorFacts facts;
  facts.version = "0.1.0";
  facts.executable = "/usr/bin/sconectl";
  facts.on_path = facts.plugin_on_path = true;
  facts.engine = {"docker", "", true, "27.3.1", "1.47", "linux", "amd64", true, false, {}};
  facts.engine.trial = {TrialEnd::ran, "0123456789ab", ""};
  facts.cpu = {true, {"pni", "ssse3", "sse4_1", "sse4_2", "popcnt", "aes", "xsave", "rdrand"}, {}};
  facts.runtime = {"registry.scontain.com/sconectl", false,
                   "/home/user/.docker/config.json", "scone",
                   "docker has credentials",         ""};
  facts.cas = {"cas.scone-system", true, true, "1.0", ""};
  facts.state_file = {"/home/user/.cas/config.json", true, 0600, ""};
  facts.docker_config = {"/home/user/.docker/config.json", true, 0600, ""};
  facts.kube_config = {"/home/user/.kube/config", true, 0600, ""};
  facts.scone_directory = {"/home/user/.scone", true, 0700, ""};
  facts.kubectl = {true, "v1.34.1"};
  facts.helm = {true, "v3.8.0"};
  facts.envsubst.installed = true;
  facts.cluster = {true, "v1.34.4", true, {}, {}, {}};
  facts.cluster.las = List{{"las", "", "HEALTHY"}};
  facts.cluster.sgx_plugins = List{{"sgxplugin", "", "HEALTHY"}};
  facts.cluster.cas = List{{"cas", "scone-system", "HEALTHY"}};
  return facts;
}

DoctorOptions for_works(std::vector<Work> works) {
  DoctorOptions options;
  options.works = std::move(works);
  return options;
}
const DoctorOptions everything = for_works({Work::native, Work::kubernetes, Work::scone});

auto Is(const std::string& topic, Health health) {
  return AllOf(Field("topic", &Finding::topic, topic), Field("health", &Finding::health, health));
}
auto Is(const std::string& topic, Health health, const std::string& text) {
  return AllOf(Is(topic, health), Field("text", &Finding::text, HasSubstr(text)));
}

std::vector<std::string> topics_that_are(const std::vector<Finding>& findings, Health health) {
  std::vector<std::string> result;
  for (const Finding& finding : findings)
    if (finding.health == health) result.push_back(finding.topic);
  return result;
}

TEST(Diagnose, a_healthy_machine_has_nothing_to_mend) {
  const auto findings = diagnose(healthy(), everything);
  EXPECT_GT(findings.size(), 10U);
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.health, Health::ok) << finding.topic << ": " << finding.text;
    EXPECT_EQ(finding.fix, "") << finding.topic;
    EXPECT_NE(finding.text, "") << finding.topic;
  }
}

TEST(Diagnose, everything_that_is_not_ok_says_how_to_mend_it) {
  DoctorFacts nothing;
  nothing.state_file.fault = "broken";
  nothing.docker_config.fault = "broken";
  nothing.kube_config = {"/k", true, 0644, ""};
  nothing.scone_directory = {"/s", true, 0777, ""};
  nothing.cpu.known = true;
  nothing.cas.address = "cas";
  std::size_t bad = 0;
  for (const Finding& finding : diagnose(nothing, everything)) {
    if (finding.health == Health::ok) continue;
    ++bad;
    EXPECT_NE(finding.fix, "") << finding.topic << ": " << finding.text;
  }
  EXPECT_GE(bad, 10U);
}

TEST(Diagnose, a_cluster_is_demanded_only_for_kubernetes) {
  DoctorFacts facts = healthy();
  facts.kubectl = facts.helm = {};
  facts.cluster = {};
  EXPECT_THAT(topics_that_are(diagnose(facts, for_works({Work::native})), Health::missing),
              testing::IsEmpty());
  EXPECT_THAT(topics_that_are(diagnose(facts, for_works({Work::kubernetes})), Health::missing),
              testing::ElementsAre("kubectl", "helm"));
  facts.kubectl = {true, "v1.34.1"};
  EXPECT_THAT(topics_that_are(diagnose(facts, for_works({Work::kubernetes})), Health::missing),
              testing::ElementsAre("helm", "cluster"));
  facts.cluster = {true, "v1.34.4", false, {}, {}, {}};
  EXPECT_THAT(topics_that_are(diagnose(facts, for_works({Work::kubernetes})), Health::missing),
              testing::ElementsAre("helm", "access"));
}

TEST(Diagnose, the_plugin_of_kubectl_matters_where_there_is_kubectl) {
  DoctorFacts facts = healthy();
  facts.plugin_on_path = facts.on_path = false;
  EXPECT_THAT(topics_that_are(diagnose(facts, for_works({Work::native})), Health::warning),
              testing::ElementsAre("sconectl"));
  EXPECT_THAT(topics_that_are(diagnose(facts, for_works({Work::kubernetes})), Health::warning),
              testing::ElementsAre("sconectl", "kubectl-provision"));
}

TEST(Diagnose, versions_are_compared_as_numbers) {
  DoctorFacts facts = healthy();
  for (const auto& [version, health] : {std::pair{"v3.7.9", Health::missing},
                                        {"v3.8.0", Health::ok},
                                        {"v3.10.0+g1", Health::ok},
                                        {"v4.0.1", Health::ok},
                                        {"v2.99.0", Health::missing},
                                        {"", Health::warning},
                                        {"three", Health::warning},
                                        {"v99999999999.1", Health::warning}}) {
    facts.helm.version = version;
    EXPECT_THAT(diagnose(facts, everything), Contains(Is("helm", health))) << version;
  }
  for (const auto& [api, health] :
       {std::pair{"1.39", Health::missing}, {"1.40", Health::ok}, {"1.100", Health::ok}}) {
    facts.engine.api = api;
    EXPECT_THAT(diagnose(facts, everything), Contains(Is("container engine", health))) << api;
  }
}

TEST(Diagnose, an_engine_that_does_not_answer_is_missing_for_every_work) {
  DoctorFacts facts = healthy();
  facts.engine.answers = false;
  for (const Work work : {Work::native, Work::kubernetes, Work::scone}) {
    const auto findings = diagnose(facts, for_works({work}));
    EXPECT_THAT(findings, Contains(AllOf(Is("container engine", Health::missing),
                                         Field(&Finding::fix, HasSubstr("usermod -aG docker")))));
  }
  facts.engine.is_root = true;
  EXPECT_THAT(diagnose(facts, everything),
              Contains(AllOf(Is("container engine", Health::missing),
                             Field(&Finding::fix, HasSubstr("systemctl start docker")))));
  facts.engine.is_root = facts.engine.has_socket = false;
  EXPECT_THAT(diagnose(facts, everything),
              Contains(AllOf(Is("container engine", Health::missing),
                             Field(&Finding::fix, testing::StartsWith("start its daemon")))));
  facts.engine = {};
  EXPECT_THAT(diagnose(facts, everything),
              Contains(Is("container engine", Health::missing, "neither docker nor podman")));
  facts.engine.unknown = "rkt";
  EXPECT_THAT(diagnose(facts, everything),
              Contains(Is("container engine", Health::missing, "'rkt'")));
}

TEST(Diagnose, another_platform_is_told) {
  DoctorFacts facts = healthy();
  facts.engine.architecture = "arm64";
  EXPECT_THAT(diagnose(facts, everything),
              Contains(Is("platform", Health::warning, "linux/arm64")));
  facts.engine.os = "windows";
  EXPECT_THAT(diagnose(facts, everything), Contains(Is("platform", Health::missing)));
}

TEST(Diagnose, sgx_is_told_and_never_demanded) {
  DoctorFacts facts = healthy();
  EXPECT_THAT(diagnose(facts, everything), Contains(Is("SGX", Health::ok, "not there")));
  facts.cpu.flags.emplace_back("sgx");
  facts.cpu.devices = {"/dev/sgx_enclave"};
  EXPECT_THAT(diagnose(facts, everything),
              Contains(Is("SGX", Health::ok, "processor: yes; devices: /dev/sgx_enclave")));
}

TEST(Diagnose, lacking_features_of_the_processor_are_a_warning_for_scone) {
  DoctorFacts facts = healthy();
  facts.cpu.flags.erase(facts.cpu.flags.begin() + 1);
  EXPECT_THAT(diagnose(facts, for_works({Work::scone})),
              Contains(Is("processor", Health::warning, "lacks ssse3:")));
  EXPECT_THAT(topics_that_are(diagnose(facts, for_works({Work::native})), Health::warning),
              testing::IsEmpty());
}

TEST(Diagnose, base_images_need_credentials_unless_the_registry_may_be_open) {
  DoctorFacts facts = healthy();
  facts.runtime.credentials = "";
  EXPECT_THAT(diagnose(facts, for_works({Work::scone})),
              Contains(Is("base images", Health::missing, "registry.scontain.com/sconectl")));
  facts.runtime.repository = "127.0.0.1:5000/scone";
  facts.runtime.repository_set = true;
  EXPECT_THAT(diagnose(facts, for_works({Work::scone})),
              Contains(AllOf(Is("base images", Health::warning, "needs none"),
                             Field(&Finding::fix, "docker login 127.0.0.1:5000"))));
}

TEST(Diagnose, base_images_are_no_topic_where_nobody_set_them_up) {
  DoctorFacts facts = healthy();
  facts.runtime.credentials = "";
  const auto native = for_works({Work::native});
  EXPECT_THAT(topics_that_are(diagnose(facts, native), Health::warning), testing::IsEmpty());
  EXPECT_THAT(topics_that_are(diagnose(facts, native), Health::ok),
              AllOf(Contains("runtime"), testing::Not(Contains("base images"))));
  facts.runtime.repository_set = true;
  EXPECT_THAT(diagnose(facts, native), Contains(Is("base images", Health::warning)));
}

TEST(Diagnose, the_runtime_that_the_environment_chose_is_told_beside_auto) {
  DoctorFacts facts = healthy();
  const auto native = for_works({Work::native});
  for (const char* automatic : {"", "auto"}) {
    facts.runtime.chosen = automatic;
    EXPECT_THAT(diagnose(facts, native), Contains(Is("runtime", Health::ok, "'auto' is 'scone'")));
  }
  facts.runtime.chosen = "native";
  EXPECT_THAT(diagnose(facts, native),
              Contains(Is("runtime", Health::ok, "SCONECTL_RUNTIME is 'native'; 'auto' would be")));
}

TEST(Diagnose, platform_resources_have_to_say_healthy) {
  DoctorFacts facts = healthy();
  facts.cluster.las = List{{"las", "", "HEALTHY"}, {"las-2", "", "UNHEALTHY"}};
  facts.cluster.cas = List{{"cas", "scone-system", ""}, {"cas", "other", "HEALTHY"}};
  const auto kubernetes = diagnose(facts, for_works({Work::kubernetes}));
  EXPECT_THAT(kubernetes, Contains(Is("LAS", Health::warning, "las-2 is UNHEALTHY")));
  EXPECT_THAT(kubernetes, Contains(Is("CAS resources", Health::missing, "scone-system/cas is ")));
  EXPECT_THAT(diagnose(facts, everything), Contains(Is("LAS", Health::missing)));
  facts.cas.address = "cas.elsewhere";
  EXPECT_THAT(diagnose(facts, everything), Contains(Is("CAS resources", Health::warning)));
  facts.cluster.las = facts.cluster.sgx_plugins = std::nullopt;
  EXPECT_THAT(diagnose(facts, for_works({Work::kubernetes})), Contains(Is("LAS", Health::ok)));
  EXPECT_THAT(diagnose(facts, everything), Contains(Is("SGXPlugin", Health::missing)));
}

TEST(Diagnose, a_cas_that_was_asked_for_has_to_answer) {
  DoctorFacts facts = healthy();
  facts.cas = {"cas", true, false, "", "can not reach cas:8081"};
  DoctorOptions asked = for_works({Work::native});
  EXPECT_THAT(diagnose(facts, asked), Contains(Is("CAS", Health::warning, "can not reach")));
  asked.cas = "cas";
  EXPECT_THAT(diagnose(facts, asked), Contains(Is("CAS", Health::missing)));
  facts.cas.attested = false;
  EXPECT_THAT(diagnose(facts, asked), Contains(Is("CAS", Health::missing, "never attested")));
  facts.cas = {};
  EXPECT_THAT(diagnose(facts, for_works({Work::native})), Contains(Is("CAS", Health::ok)));
  EXPECT_THAT(diagnose(facts, for_works({Work::kubernetes})), Contains(Is("CAS", Health::warning)));
}

TEST(Diagnose, files_that_are_open_to_others_are_named_with_their_mode) {
  DoctorFacts facts = healthy();
  facts.docker_config.mode = 0644;
  facts.kube_config.mode = 0640;
  facts.scone_directory = {"/home/user/.scone", true, 0777, ""};
  const auto findings = diagnose(facts, everything);
  EXPECT_THAT(findings, Contains(Is("docker configuration", Health::warning, "mode 0644")));
  EXPECT_THAT(findings, Contains(Is("kubeconfig", Health::warning, "mode 0640")));
  EXPECT_THAT(findings, Contains(Is("~/.scone", Health::warning, "mode 0777")));
}

TEST(Diagnose, an_engine_that_runs_no_container_is_missing_with_its_reason) {
  DoctorFacts facts = healthy();
  facts.engine.trial = {TrialEnd::failed, "0123456789ab", "runc: operation not permitted"};
  EXPECT_THAT(diagnose(facts, for_works({Work::native})),
              Contains(Is("containers", Health::missing,
                          "can not run one of the image 0123456789ab, which is there: runc: "
                          "operation not permitted")));
  for (const TrialEnd end : {TrialEnd::no_image, TrialEnd::set_up, TrialEnd::ran}) {
    facts.engine.trial.end = end;
    EXPECT_THAT(diagnose(facts, for_works({Work::native})), Contains(Is("containers", Health::ok)));
  }
  facts.engine.trial.end = TrialEnd::untried;
  EXPECT_THAT(diagnose(facts, for_works({Work::native})),
              Not(Contains(Field(&Finding::topic, "containers"))));
}

constexpr const char* docker_json =
    R"({"Client":{"Version":"9"},"Server":{"Version":"20.10","ApiVersion":"1.41","Os":"linux","Arch":"amd64"}})";

class DoctorFactsTest : public testing::Test {
 protected:
  DoctorFactsTest() {
    for (const char* program : {"podman", "buildah", "kubectl-provision"})
      machine.processes.remove_program(program);
    machine.files.put("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu ssse3 sgx\nflags\t: x\n");
  }
  void docker_answers(const std::string& json, int status = 0) {
    machine.processes.always({"docker", "version", "--format", "{{json .}}"},
                             {status, 0, json, ""});
    machine.processes.always({"docker", "images", "--quiet", "--no-trunc"}, {0, 0, images, ""});
  }
  /// How a container ends that has our program mounted, and one that has not.
  void containers_end(int with_program, const std::string& err, int without = 127) {
    docker_answers(docker_json);
    std::vector<std::string> start = {
        "docker", "run", "--rm", "--network", "none", "--entrypoint", "/.sconectl-doctor"};
    std::vector<std::string> mounted = start;
    mounted.emplace_back("--mount");
    mounted.emplace_back("type=bind,source=/usr/bin/sconectl,target=/.sconectl-doctor,readonly");
    for (std::vector<std::string>* command : {&start, &mounted}) {
      command->push_back(image_id);
      command->emplace_back("version");
    }
    machine.processes.always(mounted, {with_program, 0, "sconectl 0.1.0", err});
    machine.processes.always(start, {without, 0, "", "no such file"});
  }
  void raw(const std::string& path, const std::string& json, int status = 0) {
    machine.processes.always({"kubectl", "get", "--raw", path, "--request-timeout=10s"},
                             {status, 0, json, "error: prose that decides nothing"});
  }
  DoctorFacts facts(const std::vector<Work>& works = {Work::native}) {
    DoctorOptions options = for_works(works);
    return doctor_facts(machine.system, config, options);
  }

  const std::string image_id = "sha256:" + std::string(64, 'c');
  std::string images;  ///< what docker lists
  test::FakeSystem machine;
  cas::ConfigFile config{machine.files, "/home/user/.cas/config.json"};
};

TEST_F(DoctorFactsTest, come_from_json_and_exit_statuses) {
  docker_answers(docker_json);
  machine.processes.always({"kubectl", "version", "--client", "-o", "json"},
                           {0, 0, R"({"clientVersion":{"gitVersion":"v1.34.1"}})", ""});
  machine.processes.always({"helm", "version", "--template", "{{.Version}}"},
                           {0, 0, "v3.19.0\n", "WARNING: kubeconfig is group-readable"});
  raw("/version", R"({"gitVersion":"v1.34.4"})");
  raw("/api/v1/namespaces/default/pods?limit=1", "{}");
  raw("/apis/base.scone.cloud/v1beta1/las",
      R"({"items":[{"metadata":{"name":"las"},"status":{"state":"HEALTHY"}}]})");
  raw("/apis/base.scone.cloud/v1beta1/sgxplugins", "", 1);
  raw("/apis/services.scone.cloud/v1beta1/cas", R"({"items":[]})");
  const DoctorFacts found = facts({Work::kubernetes});
  EXPECT_TRUE(found.engine.answers);
  EXPECT_EQ(found.engine.version + " " + found.engine.api, "20.10 1.41");
  EXPECT_EQ(found.cpu.flags, (std::vector<std::string>{"fpu", "ssse3", "sgx"}));
  EXPECT_EQ(found.kubectl.version, "v1.34.1");
  EXPECT_EQ(found.helm.version, "v3.19.0");
  EXPECT_TRUE(found.cluster.reachable);
  EXPECT_TRUE(found.cluster.shows_pods);
  ASSERT_TRUE(found.cluster.las);
  EXPECT_EQ(found.cluster.las->at(0).state, "HEALTHY");
  EXPECT_EQ(found.cluster.sgx_plugins, std::nullopt);
  ASSERT_TRUE(found.cluster.cas);
  EXPECT_TRUE(found.cluster.cas->empty());
  EXPECT_FALSE(found.plugin_on_path);
  EXPECT_EQ(machine.files.writes(), 0);
}

TEST_F(DoctorFactsTest, a_container_of_an_image_that_is_there_runs_this_program) {
  images = image_id + "\nsha256:" + std::string(64, 'd') + "\n";
  containers_end(0, "");
  const ContainerTrial trial = facts().engine.trial;
  EXPECT_EQ(trial.end, TrialEnd::ran);
  EXPECT_EQ(trial.image, std::string(12, 'c'));
  const auto& ran = machine.processes.ran();
  EXPECT_EQ(std::count_if(ran.begin(), ran.end(),
                          [](const host::Command& command) { return command.argv.at(1) == "run"; }),
            1);
}

TEST_F(DoctorFactsTest, an_engine_elsewhere_has_not_the_program_to_mount) {
  images = image_id + "\n";
  containers_end(125, "bind source path does not exist\nmore\n");
  EXPECT_EQ(facts().engine.trial.end, TrialEnd::set_up);
}

TEST_F(DoctorFactsTest, an_engine_that_can_make_none_is_told_with_its_first_line) {
  images = image_id + "\n";
  containers_end(126, "\n\x1b[31mrunc: operation not permitted\nmore\n", 126);
  const ContainerTrial trial = facts().engine.trial;
  EXPECT_EQ(trial.end, TrialEnd::failed);
  EXPECT_THAT(trial.fault, testing::EndsWith("runc: operation not permitted"));
  for (const char c : trial.fault) EXPECT_GE(c, ' ');
}

TEST_F(DoctorFactsTest, without_an_image_or_with_nonsense_for_one_nothing_is_run) {
  docker_answers(docker_json);
  EXPECT_EQ(facts().engine.trial.end, TrialEnd::no_image);
  for (const char* nonsense : {"--privileged\n", "sha256:short\n", "REPOSITORY TAG\n"}) {
    test::FakeSystem other;
    other.processes.always({"docker", "version"}, {0, 0, docker_json, ""});
    other.processes.always({"docker", "images"}, {0, 0, nonsense, ""});
    cas::ConfigFile none{other.files, "/home/user/.cas/config.json"};
    EXPECT_EQ(doctor_facts(other.system, none, for_works({Work::native})).engine.trial.end,
              TrialEnd::no_image)
        << nonsense;
  }
}

TEST_F(DoctorFactsTest, of_native_work_ask_no_cluster) {
  docker_answers(docker_json);
  (void)facts();
  for (const host::Command& command : machine.processes.ran())
    EXPECT_EQ(command.argv.at(0), "docker");
  EXPECT_FALSE(machine.processes.ran().empty());
}

TEST_F(DoctorFactsTest, a_client_without_its_daemon_does_not_answer) {
  docker_answers(R"({"Client":{"Version":"27"},"Server":null})", 0);
  EXPECT_FALSE(facts().engine.answers);
}

TEST_F(DoctorFactsTest, nonsense_of_other_programs_is_no_answer) {
  for (const char* nonsense : {"", "null", "[1]", "{\"Server\":7}", "{\"Server\":{\"Version\":7}}",
                               "Cannot connect to the Docker daemon", "{"}) {
    test::FakeSystem other;
    other.processes.always({"docker"}, {0, 0, nonsense, ""});
    cas::ConfigFile none(other.files, "/home/user/.cas/config.json");
    const auto found = doctor_facts(other.system, none, for_works({Work::native}));
    EXPECT_FALSE(found.engine.answers) << nonsense;
  }
  docker_answers(docker_json, 1);
  EXPECT_FALSE(facts().engine.answers);
}

TEST_F(DoctorFactsTest, what_others_print_can_not_move_the_cursor) {
  docker_answers("{\"Server\":{\"Version\":\"\\u001b[2J27\\u0007\",\"Os\":\"" +
                 std::string(500, 'x') + "\"}}");
  const auto found = facts();
  EXPECT_EQ(found.engine.version, "27");
  EXPECT_LE(found.engine.os.size(), 64U);
}

TEST_F(DoctorFactsTest, a_state_file_that_others_may_read_is_a_fault_and_not_an_error) {
  docker_answers(docker_json);
  (void)config.identity();
  machine.files.put("/home/user/.cas/config.json",
                    machine.files.read("/home/user/.cas/config.json", 1 << 20), 0644);
  cas::ConfigFile fresh(machine.files, "/home/user/.cas/config.json");
  const auto found = doctor_facts(machine.system, fresh, for_works({Work::native}));
  EXPECT_THAT(found.state_file.fault, HasSubstr("open to others"));
  EXPECT_THAT(diagnose(found, for_works({Work::native})),
              Contains(Is("state file", Health::missing)));
}

TEST_F(DoctorFactsTest, credentials_that_can_not_be_read_are_a_fault) {
  docker_answers(docker_json);
  machine.files.put("/home/user/.docker/config.json", "not JSON");
  const auto found = facts();
  EXPECT_THAT(found.docker_config.fault, HasSubstr("is not a JSON object"));
  EXPECT_THAT(diagnose(found, for_works({Work::native})),
              Contains(Is("docker configuration", Health::missing)));
}

TEST_F(DoctorFactsTest, an_engine_that_is_not_there_is_named) {
  machine.environment.variables["SCONECTL_ENGINE"] = "podman";
  EXPECT_EQ(facts().engine.unknown, "podman");
  machine.environment.variables["SCONECTL_ENGINE"] = "sh -c 'rm x'";
  EXPECT_EQ(facts().engine.unknown, "sh -c 'rm x'");
  EXPECT_TRUE(machine.processes.ran().empty());
}

TEST_F(DoctorFactsTest, the_runtime_is_the_one_that_apply_would_choose) {
  docker_answers(docker_json);
  EXPECT_EQ(facts().runtime.automatic, "native");
  machine.environment.variables["SCONECTL_REPO"] = "127.0.0.1:5000/scone";
  const auto found = facts();
  EXPECT_EQ(found.runtime.automatic, "scone");
  EXPECT_EQ(found.runtime.because, "SCONECTL_REPO is set");
  EXPECT_TRUE(found.runtime.repository_set);
}

}  // namespace
}  // namespace sconectl::action
