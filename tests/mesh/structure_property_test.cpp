// What a user writes into a value never becomes structure: whatever stands in one scalar of a
// manifest, it is refused, or chart, sessions, compose file, environment file and Dockerfile have
// the same nodes and lines as with a plain word.
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "mesh/joining.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/mesh/compose.hpp"
#include "sconectl/session/write.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/yaml/write.hpp"
#include "support/property.hpp"

namespace sconectl::mesh {
namespace {

constexpr int documents = test::property_documents;

const std::string service_text = R"(apiVersion: scone/5.8
kind: genservice
environment:
  local:
    - {name: API_PASSWORD, value: "$$SCONE::password$$"}
    - {name: SERVICE_PORT, value: "443"}
    - {name: INIT_CONTAINER1, value: db}
  global:
    - {name: API_USER, value: somebody}
secrets:
  global:
    - {name: password, kind: ascii, size: 10}
    - {name: fixed, kind: ascii, value: text}
injection_files:
  - {path: /etc/app.conf, content: "user={{API_USER}}"}
build:
  name: app
  kind: python
  to: r/app:1
  pwd: /python
  command: python3 print_env.py
  copy: [print_env.py]
)";

const std::string mesh_text = R"(apiVersion: scone/5.8
kind: mesh
cas:
  - {name: cas, cas_url: cas.example, cas_key: "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"}
policy: {namespace: demo}
env:
  - service: global
    env:
      - {name: API_USER, value: myself}
      - {name: imagePullSecrets, value: sconeapps}
      - {name: RELEASE, value: rel}
      - {name: APP_SERVICE_PORT, value: "443"}
  - service: helm
    env:
      - {name: SCONE_LOG, value: error}
helm_extra_values: {app: {note: text, list: [a, b]}}
services:
  - {name: app, image: "r/app:1"}
)";

/// The scalars of a tree that are values, in order.
void collect(yaml::Node& node, std::vector<yaml::Node*>& found) {
  if (auto* const entries = node.entries()) {
    for (auto& [key, value] : *entries) collect(value, found);
  } else if (const auto* const items = node.items()) {
    for (const yaml::Node& item : *items) collect(const_cast<yaml::Node&>(item), found);
  } else {
    found.push_back(&node);
  }
}

void outline(const yaml::Value& value, std::string& shape) {
  if (value.is_mapping()) {
    shape += '{';
    for (const auto& entry : value.entries()) outline(entry.value, shape);
    shape += '}';
  } else if (value.is_sequence()) {
    shape += '[';
    for (const auto& item : value.items()) outline(item, shape);
    shape += ']';
  } else {
    shape += '.';
  }
}

std::string shape_of(const std::string& name, const std::string& text) {
  std::string shape = name + " ";
  for (const auto& document : [&] {
         diag::Diagnostics out;
         auto result = yaml::parse_documents(name, text, out);
         out.throw_if_errors();
         return result;
       }())
    outline(document, shape);
  return shape + "\n";
}

/// The shapes of everything that is made; nothing where the documents are refused.
std::optional<std::string> shapes(const std::string& service, const std::string& mesh) try {
  const image::BuildPlan plan = plan_of(service, {}, image::Runtime::native,
                                        {{"print_env.py", {image::Source::Kind::file, ""}}});
  if (plan.dockerfile.empty()) return std::nullopt;
  Joined joined;
  join(joined, mesh, {plan.facts});
  if (!joined.errors.empty()) return std::nullopt;
  std::set<std::string_view> instructions;
  for (const std::string_view line : text::lines(plan.dockerfile))
    instructions.insert(line.substr(0, line.find(' ')));
  std::string result = fmt::format("Dockerfile {}\n", fmt::join(instructions, " "));
  for (const auto& session : joined.sessions) result += shape_of("session", session::text(session));
  for (const auto& [path, file] : joined.chart)
    if (path.ends_with("Chart.yaml") || path.ends_with("values.yaml"))
      result += shape_of(path.substr(path.rfind('/') + 1), file.text);
  diag::Diagnostics faults;
  result += shape_of("compose", compose(joined.application, joined.chart,
                                        {[](const ServiceInstance&) { return "f"; }, ""}, faults));
  for (const ServiceInstance& instance : joined.application.services) {
    const std::string lines = environment_file(joined.application, instance);
    result += fmt::format("env {}\n", std::count(lines.begin(), lines.end(), '\n'));
  }
  return result;
} catch (const diag::Error&) {
  return std::nullopt;
}

TEST(Structure, no_value_of_a_manifest_becomes_another_node) {
  const std::vector<std::string> pieces = {"\n",
                                           "\r\n",
                                           "- x",
                                           "k: v",
                                           ": ",
                                           "#",
                                           " # ",
                                           "\"",
                                           "'",
                                           "[",
                                           "]",
                                           "{a: b}",
                                           "{{",
                                           "}}",
                                           "{{API_USER}}",
                                           "a",
                                           "Z",
                                           "-",
                                           "--",
                                           "|\n  x",
                                           ">",
                                           "&a",
                                           "*a",
                                           "!!int",
                                           "%",
                                           "@",
                                           "`id`",
                                           "$(id)",
                                           "---\n",
                                           "...",
                                           "\t",
                                           " ",
                                           "\\",
                                           ",",
                                           "?",
                                           "\xC3\xBC",
                                           "\xE2\x80\xA8",
                                           "\xC2\x85",
                                           "~",
                                           "null",
                                           "true",
                                           "1",
                                           "=",
                                           "<<",
                                           "/",
                                           "..",
                                           ":1",
                                           "\nENV X=y",
                                           "\n- privileged: true"};
  std::mt19937 random(1);
  std::map<std::string, std::optional<std::string>> plain;  // by place
  int accepted = 0;
  for (int i = 0; i < documents; ++i) {
    std::string value;
    for (std::size_t n = 1 + random() % 4; n > 0; --n) value += pieces[random() % pieces.size()];
    yaml::Node service = yaml::Node::from(yaml::parse_document("service.yaml", service_text));
    yaml::Node mesh = yaml::Node::from(yaml::parse_document("mesh.yaml", mesh_text));
    std::vector<yaml::Node*> leaves;
    collect(service, leaves);
    collect(mesh, leaves);
    const std::size_t place = random() % leaves.size();
    const std::string before = leaves[place]->text() != nullptr ? *leaves[place]->text() : "";
    *leaves[place] = value;
    const auto hostile = shapes(yaml::write(service), yaml::write(mesh));
    if (!hostile) continue;
    ++accepted;
    auto [known, fresh] = plain.try_emplace(std::to_string(place));
    if (fresh) {
      *leaves[place] = "plainword";
      known->second = shapes(yaml::write(service), yaml::write(mesh));
      if (!known->second) known->second = shapes(service_text, mesh_text);
    }
    ASSERT_EQ(*hostile, known->second) << "instead of '" << before << "': '" << value << "'";
  }
  EXPECT_GT(accepted, documents / 10);
}

}  // namespace
}  // namespace sconectl::mesh
