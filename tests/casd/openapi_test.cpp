// docs/openapi.yaml describes the routes that there are, and no others: for each its ports, its
// query parameters, and whether a client certificate is needed.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <type_traits>

#include "casd/routes/route.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/yaml/parse.hpp"
#include "support/repository.hpp"

namespace sconectl::test {
namespace {

using namespace casd;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

/// What table and description say of one operation, as they are compared.
struct Operation {
  std::string method, path;
  std::set<std::string> ports, parameters;
  std::string certificate;

  /// Every path parameter is written {}.
  [[nodiscard]] std::string line() const {
    return fmt::format("{} {} | ports: {} | query: {} | certificate: {}", method, path,
                       fmt::join(ports, ", "), fmt::join(parameters, ", "), certificate);
  }
};

// ------------------------------------------------------------------------------------ the table

template <class Rule, class... Rules>
constexpr bool one_of = (std::is_same_v<Rule, Rules> || ...);

/// "optional" is what only a policy can say.
std::string certificate_for(const AccessRule& access) {
  return std::visit(
      [](const auto& rule) -> std::string {
        using Rule = std::decay_t<decltype(rule)>;
        if constexpr (std::is_same_v<Rule, ForOwner>)
          return rule.answer == nullptr ? "ignored" : "needed";
        else if constexpr (one_of<Rule, Public, ForNamespaceKey, ForAttestedService,
                                  ForLeaseHolder<cas::TagUpdate>,
                                  ForLeaseHolder<cas::SecretsRequest>,
                                  ForLeaseHolder<cas::ExitReport>>)
          return "ignored";
        else if constexpr (one_of<Rule, ForSessionChecker, ForPeerCas, ForAuditor, ForProvisioner>)
          return "needed";
        else
          return "optional";
      },
      access);
}

std::vector<std::string> served_operations() {
  std::vector<std::string> lines;
  for (const auto& route : routes()) {
    Operation operation;
    operation.method = text::lower(route.method);
    operation.path = route.path;
    if (route.path.ends_with('/')) operation.path += "{}";
    if (route.ports != Ports::enclave) operation.ports.insert("8081");
    if (route.ports != Ports::api) operation.ports.insert("18765");
    operation.parameters.insert(route.parameters.begin(), route.parameters.end());
    operation.parameters.insert("sign");  // RA-066: the router knows it
    operation.certificate = certificate_for(route.rule);
    lines.push_back(operation.line());
  }
  return lines;
}

// ------------------------------------------------------------------------------ the description

std::string description_text() {
  const std::ifstream file(source_directory() / "docs/openapi.yaml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A member that must be there.
const yaml::Value& member(const yaml::Value& object, std::string_view key) {
  const auto* found = object.find(key);
  if (found == nullptr) throw std::runtime_error(fmt::format("'{}' is missing", key));
  return *found;
}

/// Itself, or what "#/components/..." stands for.
const yaml::Value& resolved(const yaml::Value& document, const yaml::Value& value) {
  const auto* reference = value.find("$ref");
  if (reference == nullptr) return value;
  const yaml::Value* at = &document;
  for (const auto part : text::split(std::string_view(reference->text()).substr(2), '/'))
    at = &member(*at, part);
  return *at;
}

/// "/v1/sessions/{name}" -> "/v1/sessions/{}"; `parameter` becomes "name".
std::string without_name(const std::string& path, std::string& parameter) {
  const auto begin = path.find('{');
  if (begin == std::string::npos) return path;
  parameter = path.substr(begin + 1, path.find('}') - begin - 1);
  return path.substr(0, begin) + "{}" + path.substr(path.find('}') + 1);
}

std::string certificate_described(const yaml::Value& security) {
  std::set<std::string> words;
  for (const auto& way : security.items())
    words.insert(way.entries().empty() ? "nothing" : way.entries().front().key);
  if (words.empty()) return "ignored";
  if (words == std::set<std::string>{"clientCertificate"}) return "needed";
  if (words == std::set<std::string>{"clientCertificate", "nothing"}) return "optional";
  return fmt::format("{}", fmt::join(words, " or "));
}

class Description {
 public:
  explicit Description(std::string text)
      : document_(yaml::parse_document("openapi.yaml", std::move(text))) {
    for (const auto& path : member(document_, "paths").entries())
      for (const auto& entry : path.value.entries())
        if (entry.key != "servers" && entry.key != "parameters") add(path, entry);
  }

  std::vector<std::string> lines;

 private:
  void add(const yaml::Entry& path, const yaml::Entry& entry) {
    Operation operation;
    operation.method = entry.key;
    std::string expected, found;
    operation.path = without_name(path.key, expected);
    for (const auto& server : member(path.value, "servers").items()) {
      const auto& url = member(server, "url").text();
      operation.ports.insert(url.substr(url.rfind(':') + 1));
    }
    for (const auto* list : {path.value.find("parameters"), entry.value.find("parameters")}) {
      if (list == nullptr) continue;
      for (const auto& item : list->items()) {
        const auto& parameter = resolved(document_, item);
        const auto& place = member(parameter, "in").text();
        const auto& name = member(parameter, "name").text();
        if (place == "query") operation.parameters.insert(name);
        if (place == "path") found = name;
      }
    }
    if (found != expected) operation.path += " with the path parameter '" + found + "'";
    operation.certificate = certificate_described(member(entry.value, "security"));
    lines.push_back(operation.line());
  }

  yaml::Value document_;
};

// ------------------------------------------------------------------------------------- the tests

TEST(OpenApi, DescribesEveryRouteAndNothingElse) {
  EXPECT_THAT(Description(description_text()).lines,
              UnorderedElementsAreArray(served_operations()));
}

/// A piece of the description, and what it is changed to.
struct Change {
  std::string from, to;
};

class ChangedOpenApi : public ::testing::TestWithParam<Change> {};

TEST_P(ChangedOpenApi, IsNoticed) {
  auto text = description_text();
  const auto at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos) << GetParam().from;
  text.replace(at, GetParam().from.size(), GetParam().to);
  EXPECT_THAT(Description(text).lines, Not(UnorderedElementsAreArray(served_operations())));
}

INSTANTIATE_TEST_SUITE_P(
    OpenApi, ChangedOpenApi,
    ::testing::Values(Change{"\n  /v1/version:\n", "\n  /v1/versions:\n"},
                      Change{"\n  /v1/sessions/{name}:\n", "\n  /v1/sessions/name:\n"},
                      Change{"\n    delete:\n", "\n    patch:\n"},
                      Change{"- name: verbatim\n", "- name: literally\n"},
                      Change{"name: sign\n      in: query\n", "name: sign\n      in: header\n"},
                      Change{"https://localhost:18765", "https://localhost:8081"},
                      Change{"security: [{clientCertificate: []}]", "security: []"},
                      Change{"security: [{}, {clientCertificate: []}]",
                             "security: [{clientCertificate: []}]"}));

}  // namespace
}  // namespace sconectl::test
