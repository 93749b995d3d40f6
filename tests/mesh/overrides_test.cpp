// `apply --set` and `--values` (docs/kubernetes.md).
#include "sconectl/mesh/overrides.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/joining.hpp"
#include "mesh/value_schema.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/write.hpp"
#include "support/matchers.hpp"

namespace sconectl::mesh {
namespace {

using testing::HasSubstr;

constexpr const char* overridden_service =
    "apiVersion: scone/5.8\nkind: genservice\nenvironment: {local: []}\n"
    "build: {name: server, kind: python, to: 'repo/server:1', pwd: /app, command: "
    "python3 a.py}\n";

constexpr const char* overridden_mesh =
    "apiVersion: scone/5.8\nkind: mesh\ncas: [{name: cas, cas_url: cas.example}]\n"
    "policy: {namespace: ns}\nservices: [{name: web, image: 'repo/server:1'}]\n"
    "helm_extra_values: {web: {replicaCount: 2, drainSeconds: 7}}\n"
    "helm: [web.terminationGracePeriodSeconds=40]\n";

Joined overridden(const std::vector<yaml::Value>& overrides) {
  Options options = test_options();
  options.overrides = overrides;
  Joined joined;
  join(joined, overridden_mesh, {facts_of(overridden_service)}, {}, options);
  return joined;
}

Joined set(const std::string& assignment) {
  return overridden({assigned_value(assignment)});
}

std::string web_values(const Joined& joined) {
  const auto values = yaml::parse_document("values.yaml", joined.chart.at("values.yaml").text);
  const yaml::Value* web = values.find("web");
  return web == nullptr ? "" : yaml::write(yaml::Node::from(*web).on_one_line());
}

std::string as_yaml(const std::string& assignment) {
  return yaml::write(yaml::Node::from(assigned_value(assignment)).on_one_line());
}

TEST(Overrides, an_assignment_is_a_mapping) {
  EXPECT_EQ(as_yaml("web.replicaCount=3"), "{web: {replicaCount: 3}}\n");
  EXPECT_EQ(as_yaml("web.probes.enabled=false"), "{web: {probes: {enabled: false}}}\n");
  EXPECT_EQ(as_yaml("web.podAnnotations.example\\.com/a=b=c"),
            "{web: {podAnnotations: {example.com/a: b=c}}}\n");
  EXPECT_EQ(as_yaml("web.ingress=null"), "{web: {ingress: null}}\n");
  EXPECT_EQ(as_yaml("web.tolerations=[{key: a}]"), "{web: {tolerations: [{key: a}]}}\n");
  EXPECT_EQ(as_yaml("web.image=repo/x:1"), "{web: {image: 'repo/x:1'}}\n");
  EXPECT_EQ(as_yaml("web.service.port=\"80\""), "{web: {service: {port: \"80\"}}}\n");
  EXPECT_EQ(as_yaml("web.nameOverride="), "{web: {nameOverride: \"\"}}\n");
  // What a reader of YAML 1.1 would take for a truth value stays text.
  EXPECT_EQ(as_yaml("web.nameOverride=yes"), "{web: {nameOverride: \"yes\"}}\n");
}

TEST(Overrides, refuses_what_is_no_assignment) {
  for (const char* wrong : {"", "web", "=3", "web..x=1", ".web=1", "web.=1"}) {
    try {
      (void)assigned_value(wrong);
      ADD_FAILURE() << wrong;
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::usage);
    }
  }
}

TEST(Overrides, a_token_does_not_belong_on_a_command_line) {
  for (const char* assignment : {"web.scone.service_access_token=abcdefghijklmnop",
                                 "web.scone={service_access_token: abcdefghijklmnop}",
                                 "web={scone: {cas: a, service_access_token: abcdefghijklmnop}}"}) {
    try {
      (void)assigned_value(assignment);
      FAIL() << assignment;
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::usage);
      EXPECT_THAT(error.text(), test::HasButNot("every user of this machine", "abcdefghijklmnop"));
    }
  }
  EXPECT_EQ(set("web.scone.service_access_token_secret=mine").errors, "");
}

TEST(Overrides, win_over_what_the_mesh_says_and_the_last_one_over_the_others) {
  EXPECT_THAT(web_values(overridden({})),
              AllOf(HasSubstr("replicaCount: 2"), HasSubstr("drainSeconds: 7"),
                    HasSubstr("terminationGracePeriodSeconds: 40")));
  const Joined joined =
      overridden({yaml::parse_document("more.yaml",
                                       "web: {replicaCount: 4, terminationGracePeriodSeconds: 50}"),
                  assigned_value("web.replicaCount=5")});
  EXPECT_EQ(joined.errors, "");
  EXPECT_THAT(web_values(joined), AllOf(HasSubstr("replicaCount: 5"), HasSubstr("drainSeconds: 7"),
                                        HasSubstr("terminationGracePeriodSeconds: 50")));
  // They may hold anything.
  EXPECT_TRUE(joined.chart.at("values.yaml").secret);
}

TEST(Overrides, names_that_are_not_there_are_errors_with_the_nearest_one) {
  EXPECT_EQ(set("wbe.replicaCount=3").errors,
            "--set wbe.replicaCount: error: the mesh has no service 'wbe'; did you mean 'web'?\n");
  EXPECT_EQ(set("web.replicaCont=3").errors,
            "--set web.replicaCont: error: the chart has no value 'web.replicaCont'; did you mean "
            "'replicaCount'?\n");
  EXPECT_EQ(overridden({yaml::parse_document("more.yaml", "web:\n  service: {prot: 80}\n")}).errors,
            "more.yaml:2:13: error: the chart has no value 'web.service.prot'; did you mean "
            "'port'?\n");
  // By the name of the chart in the image, too, and for all charts.
  EXPECT_EQ(set("server.replicaCount=3").errors, "");
  EXPECT_EQ(set("global.anything=3").errors, "");
}

TEST(Overrides, of_a_service_whose_image_is_not_known_are_left_out_with_it) {
  Options options = test_options();
  options.overrides = {assigned_value("later.replicaCount=3")};
  Joined joined;
  const std::string two = std::string(overridden_mesh)
                              .replace(std::string(overridden_mesh).find("services: ["), 11,
                                       "services: [{name: later, image: 'repo/later:1'}, ");
  join(joined, two, {facts_of(overridden_service)}, {}, options);
  EXPECT_EQ(joined.errors, "");
}

TEST(Overrides, values_of_another_form_are_errors) {
  const std::pair<const char*, const char*> cases[] = {
      {"web.replicaCount=three", "'web.replicaCount' must be of type integer"},
      {"web.replicaCount=-1", "'web.replicaCount' must be 0 or more"},
      {"web.replicaCount=1.5", "must be of type integer"},
      {"web.drainSeconds=601", "must be 600 or less"},
      {"web.service.port=70000", "'web.service.port' has another form (a number from 1 to 65535"},
      {"web.service.port=\"070\"", "'web.service.port' has another form"},
      {"web.service.type=External", "must be one of ClusterIP, NodePort, LoadBalancer"},
      {"web.probes.enabled=yes", "must be of type boolean"},
      {"web.probes.enabled=\"true\"", "must be of type boolean"},
      {"web.image=", "'web.image' must not be empty"},
      {"web.image=a b", "'web.image' must match"},
      {"web.memoryDirectories=[tmp]", "'web.memoryDirectories[0]' must match ^/"},
      {"web.ingress.hosts=[{host: a, pahts: []}]",
       "the chart has no value 'web.ingress.hosts[0].pahts'; did you mean 'paths'?"},
      {"web.podLabels.a=1", "'web.podLabels.a' must be of type string"},
      {"web.extraEnv=text", "must be of type array"},
      {"web=3", "'web' must be of type object"},
      {"web.podLabels.a b=c", "'web.podLabels.a b' must match"},
      {"web.jobs.restartPolicy=Sometimes", "must be one of Always, OnFailure, Never"},
  };
  for (const auto& [assignment, text] : cases)
    EXPECT_THAT(set(assignment).errors, HasSubstr(text)) << assignment;
  for (const char* good :
       {"web.replicaCount=0", "web.service.port=80", "web.service.port=\"80\"",
        "web.service.port=", "web.sgxEpcMem=16Mi", "web.initContainers.container1.enabled=true",
        "web.podDisruptionBudget.maxUnavailable=50%", "web.podLabels.a=\"1\"", "web.ingress=null",
        "web.extraEnv=[{name: A, value: b}]", "web.affinity={}"})
    EXPECT_EQ(set(good).errors, "") << good;
}

TEST(Overrides, schemas_of_others_may_be_odd) {
  const auto errors = [](const std::string& schema, const std::string& value) {
    diag::Diagnostics out;
    judge_values_by(yaml::parse_document("schema", schema), yaml::parse_document("values", value),
                    "a", out);
    return out.errors();
  };
  const std::string itself = R"({"$ref": "#/definitions/x",
    "definitions": {"x": {"anyOf": [{"$ref": "#/definitions/x"}]}}})";
  EXPECT_EQ(errors(itself, "1"), 0U);
  EXPECT_EQ(errors(R"j({"pattern": "(?<name>x)"})j", "text"), 0U);
  EXPECT_EQ(errors(R"({"$ref": "https://example.com/schema"})", "text"), 0U);
  EXPECT_EQ(errors(R"({"properties": {"b": {"type": "string"}}})", "{b: 1, c: 2}"), 1U);
  EXPECT_EQ(errors("text", "text"), 0U);
}

TEST(Overrides, a_long_text_does_not_exhaust_the_stack) {
  EXPECT_EQ(set("web.image=" + std::string(1'000'000, 'a')).errors, "");
  EXPECT_THAT(set("web.replicaCount=" + std::string(1'000'000, '1')).errors,
              HasSubstr("must be of type integer"));
}

TEST(Overrides, a_chart_without_a_schema_says_what_it_does_not_read) {
  Options options = test_options();
  options.overrides = {assigned_value("web.nobodyReadsThis=1"),
                       assigned_value("web.replicaCount=1")};
  image::Facts facts = facts_of(overridden_service);
  facts.chart.erase("values.schema.json");
  Joined joined;
  join(joined, overridden_mesh, {facts}, {}, options);
  EXPECT_EQ(joined.errors, "");
  EXPECT_THAT(joined.warnings,
              test::HasButNot("'nobodyReadsThis' has no effect", "'replicaCount'"));
}

}  // namespace
}  // namespace sconectl::mesh
