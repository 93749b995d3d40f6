// What the chart of a service takes from the mesh: its port, who connects to whom, when pods are
// replaced, and for which release it was made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "mesh/joining.hpp"
#include "mesh/peers.hpp"

namespace sconectl::mesh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string manifest(const std::string& name, const std::string& more) {
  return "apiVersion: scone/5.8\nkind: genservice\n" + more + "build:\n  name: " + name +
         "\n  kind: python\n  to: repo/" + name + ":1\n  command: python3 app.py\n";
}

std::string mesh_of(const std::string& env, const std::vector<std::string>& names) {
  std::string result =
      "apiVersion: scone/5.8\nkind: mesh\ncas:\n  - name: cas\n    cas_url: cas.example\n"
      "policy:\n  namespace: ns\nenv:\n  - service: global\n    env:\n      - {name: Z, value: "
      "z}\n" +
      env + "services:\n";
  for (const auto& name : names)
    result.append("  - name: ")
        .append(name)
        .append("\n    image: repo/")
        .append(name)
        .append(":1\n");
  return result;
}

struct Given {
  std::string env;
  std::vector<std::pair<std::string, std::string>> services;  ///< name, more of its manifest
  std::string release = "rel";
  std::vector<std::uint16_t> exposed = {};
};

void join(Joined& joined, const Given& given) {
  std::vector<image::Facts> facts;
  std::vector<std::string> names;
  for (const auto& [name, more] : given.services) {
    facts.push_back(facts_of(manifest(name, more)));
    facts.back().ports = given.exposed;
    names.push_back(name);
  }
  Options options = test_options();
  options.release = given.release;
  join(joined, mesh_of(given.env, names), facts, {}, options);
}

std::string value(const Joined& joined, const std::string& name, const std::string& key) {
  const auto values =
      yaml::parse_document("values.yaml", joined.chart.at("charts/" + name + "/values.yaml").text);
  const yaml::Value* found = &values;
  for (std::size_t at = 0; found != nullptr && at <= key.size();) {
    const auto end = std::min(key.find('.', at), key.size());
    found = found->find(key.substr(at, end - at));
    at = end + 1;
  }
  return found == nullptr ? "(none)" : found->text();
}

const std::string global_443 = "      - {name: APP_SERVICE_PORT, value: 443}\n";
const std::string own_8080 =
    "  - service: web\n    env:\n      - {name: APP_SERVICE_PORT, value: 8080}\n";
const std::string local_6379 =
    "environment:\n  local:\n    - {name: APP_SERVICE_PORT, value: 6379}\n";
const std::string reads_it = "environment:\n  global:\n    - {name: APP_SERVICE_PORT}\n";

TEST(ServicePort, what_the_image_declares_wins_over_what_all_services_get) {
  struct Case {
    Given given;
    std::string port;
    std::string listening;
  };
  const std::vector<Case> cases = {
      {{global_443, {{"web", local_6379}}}, "6379", "6379"},
      {{"", {{"web", local_6379}}}, "6379", "6379"},
      {{global_443 + own_8080, {{"web", ""}}, "rel", {5000}}, "8080", "8080"},
      {{global_443, {{"web", reads_it}}, "rel", {5000}}, "443", "443"},
      {{global_443, {{"web", ""}}, "rel", {5000, 6000}}, "5000", ""},
      {{global_443, {{"web", ""}}}, "443", ""},
      {{"", {{"web", ""}}}, "", ""},
      {{"      - {name: P, value: 77}\n",
        {{"web", "environment:\n  local:\n    - {name: APP_SERVICE_PORT, value: '{{P}}'}\n"}}},
       "77",
       "77"}};
  for (const auto& [given, port, listening] : cases) {
    Joined joined;
    join(joined, given);
    EXPECT_EQ(joined.errors, "");
    EXPECT_EQ(value(joined, "web", "service.port"), port);
    EXPECT_EQ(value(joined, "web", "probes.port"), listening);
  }
}

TEST(ServicePort, is_a_number_from_1_to_65535) {
  for (const char* port : {"http", "0", "65536", "-1", "80 ", "4_4", "٣"}) {
    Joined joined;
    join(joined,
         {"      - {name: APP_SERVICE_PORT, value: '" + std::string(port) + "'}\n", {{"web", ""}}});
    EXPECT_THAT(joined.errors, HasSubstr("a port is a number from 1 to 65535")) << port;
  }
}

std::vector<std::string> edges(const Joined& joined) {
  std::vector<std::string> result;
  const auto& services = joined.application.services;
  const auto all = peers(joined.application);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const std::size_t to : all[i].to)
      result.push_back(services[i].name + ">" + services[to].name);
    if (all[i].to_any) result.push_back(services[i].name + ">*");
  }
  return result;
}

TEST(Peers, follow_from_the_hosts_that_a_service_is_told) {
  const auto told = [](const std::string& host) {
    return "environment:\n  local:\n    - {name: H, value: '" + host + "'}\n";
  };
  const auto found = [&](const std::string& host, const std::string& release = "rel") {
    Joined joined;
    join(joined, {"", {{"web", told(host)}, {"db", ""}, {"db-2", ""}}, release});
    return edges(joined);
  };
  EXPECT_THAT(found("rel-db"), ElementsAre("web>db"));
  EXPECT_THAT(found("postgres://u@rel-db:5432/x"), ElementsAre("web>db"));
  EXPECT_THAT(found("rel-db.ns.svc"), ElementsAre("web>db"));
  EXPECT_THAT(found("rel-db-2"), ElementsAre("web>db-2"));
  EXPECT_THAT(found("other-rel-db"), ElementsAre());
  EXPECT_THAT(found("x.rel-db"), ElementsAre());
  EXPECT_THAT(found("rel-web"), ElementsAre());
  // Without a release nobody knows what hosts are called.
  EXPECT_THAT(found("rel-db", ""), ElementsAre("web>*", "db>*", "db-2>*"));
}

// Redis lets in the client whose name the mesh says, which is in the certificate that is made for
// it: it does not connect there, and the client is not closed to others for that.
TEST(Peers, a_name_in_certificates_tells_of_no_connection) {
  const std::string certificate =
      "environment:\n  global:\n    - {name: client}\nsecrets:\n  global:\n"
      "    - {name: ca_key, kind: private-key}\n"
      "    - {name: ca, kind: x509-ca, private_key: ca_key, common_name: '{{client}}'}\n";
  const Given given{
      "      - {name: client, value: rel-web}\n      - {name: host, value: rel-db}\n",
      {{"web", "environment:\n  global:\n    - {name: host}\n"}, {"db", certificate}}};
  Joined joined;
  join(joined, given);
  ASSERT_EQ(joined.errors, "");
  const std::vector<Peers> found = peers(joined.application);
  EXPECT_THAT(found[0].from, ElementsAre());
  EXPECT_THAT(found[1].from, ElementsAre(0U));
  EXPECT_THAT(found[1].to, ElementsAre(0U)) << "it may, all the same";
}

TEST(Peers, become_the_rules_of_the_network_policy) {
  Joined joined;
  join(joined, {global_443,
                {{"web", "environment:\n  local:\n    - {name: H, value: rel-db}\n"}, {"db", ""}}});
  EXPECT_THAT(joined.chart.at("charts/web/values.yaml").text,
              HasSubstr("from: []\n  to: [{service: db, port: \"443\"}]"));
  EXPECT_THAT(joined.chart.at("charts/db/values.yaml").text, HasSubstr("from: [web]\n  to: []"));
}

TEST(Peers, that_are_not_known_close_no_way) {
  Joined joined;
  join(joined, {global_443, {{"web", ""}, {"db", ""}}, ""});
  for (const char* name : {"web", "db"})
    EXPECT_THAT(joined.chart.at("charts/" + std::string(name) + "/values.yaml").text,
                HasSubstr("from: []\n  to: [{service: '*'}]"));
  // An image made by others may connect to a service that has known peers.
  Joined mixed;
  join(mixed, {global_443,
               {{"web", "environment:\n  local:\n    - {name: H, value: rel-db}\n"},
                {"db", ""},
                {"other", ""}}});
  mixed.application.services[2].facts.own = false;
  const auto all = peers(mixed.application);
  EXPECT_THAT(all[1].from, ElementsAre(0, 2));
  EXPECT_THAT(all[0].from, ElementsAre());
}

/// Each host is looked up, not each service in each text.
TEST(Peers, of_many_services_take_time_in_proportion) {
  const auto seconds = [](int count) {
    Application application;
    application.release = "rel";
    for (int i = 0; i < count; ++i) {
      ServiceInstance service;
      service.kubernetes_name = "s" + std::to_string(i);
      service.facts.own = true;
      service.command = "run --next rel-s" + std::to_string((i + 1) % count);
      application.services.push_back(std::move(service));
    }
    const std::clock_t begin = std::clock();
    EXPECT_EQ(peers(application)[0].to.size(), 1U);
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  };
  EXPECT_LT(seconds(20'000), 40 * std::max(seconds(2'000), 0.001));
}

TEST(Revision, changes_with_what_the_service_is_given_and_with_nothing_else) {
  const std::string secrets =
      "secrets:\n  global:\n    - {name: key, kind: private-key}\n"
      "    - {name: crt, kind: x509, private_key: key, common_name: @}\n";
  const auto revisions = [&](const std::string& env, const std::string& common_name,
                             const std::string& release = "rel") {
    std::string shared = secrets;
    shared.replace(shared.find('@'), 1, common_name);
    Joined joined;
    join(joined, {env,
                  {{"web", shared + "environment:\n  global:\n    - {name: X}\n  local:\n    - "
                                    "{name: C, value: $$SCONE::crt$$}\n"},
                   {"other", ""}},
                  release});
    EXPECT_EQ(joined.errors, "");
    return std::pair(value(joined, "web", "scone.revision"),
                     value(joined, "other", "scone.revision"));
  };
  const std::string x1 = "      - {name: X, value: one}\n";
  const auto first = revisions(x1, "a");
  EXPECT_EQ(first.first.size(), 16U);
  EXPECT_EQ(revisions(x1, "a"), first);
  EXPECT_EQ(revisions(x1, "a", "another-release"), first);
  const auto variable = revisions("      - {name: X, value: two}\n", "a");
  EXPECT_NE(variable.first, first.first);
  EXPECT_EQ(variable.second, first.second);
  const auto secret = revisions(x1, "b");
  EXPECT_NE(secret.first, first.first);
  EXPECT_EQ(secret.second, first.second);
}

TEST(Release, is_checked_at_the_installation_where_hosts_are_called_after_it) {
  const auto check = [](const std::string& host, const std::string& release) {
    Joined joined;
    join(joined,
         {"",
          {{"web", "environment:\n  local:\n    - {name: H, value: " + host + "}\n"}, {"db", ""}},
          release});
    const auto found = joined.chart.find("templates/checks.yaml");
    return found == joined.chart.end() ? "" : found->second.text;
  };
  EXPECT_THAT(check("rel-db", "rel"), HasSubstr("ne .Release.Name \"rel\""));
  EXPECT_EQ(check("elsewhere", "rel"), "");
  EXPECT_EQ(check("rel-db", ""), "");
}

TEST(PinnedImage, is_what_the_registry_had_when_the_mesh_was_applied) {
  auto facts = facts_of(manifest("web", ""));
  const auto image = [&](const std::string& digest) {
    facts.digest = digest;
    Joined joined;
    join(joined, mesh_of("", {"web"}), {facts});
    return value(joined, "web", "image");
  };
  EXPECT_EQ(image(""), "repo/web:1");
  EXPECT_EQ(image("repo/web@sha256:0a"), "repo/web:1@sha256:0a");
}

}  // namespace
}  // namespace sconectl::mesh
