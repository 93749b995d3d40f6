#include "sconectl/image/facts.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "image/planning.hpp"
#include "image/policy_texts.hpp"
#include "sconectl/diag/error.hpp"
#include "support/repository.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

const std::string rich =
    "apiVersion: scone/5.8\nkind: genservice\n"
    "environment:\n  local:\n  - {name: A, value: '$$SCONE::s$$'}\n  - {name: A, value: later}\n"
    "  global:\n  - {name: NEEDED}\n  - {name: PORT, value: 80}\n"
    "injection_files:\n- {path: /f, content: \"{{PORT}}\\n\"}\n"
    "- {path: /open, content: x, permission: 0o644}\n"
    "secrets:\n  import: [other]\n  global:\n  - {name: s, kind: ascii, size: 10}\n"
    "  - {name: t, kind: ascii, value: \"a: b # c\\n\"}\n"
    "build:\n  name: web\n  kind: python\n  to: r/web:1\n  command: python3 web.py\n"
    "  host_path: [/h]\n";

std::string facts_refusal(const SconeFolder& folder) {
  try {
    (void)facts_from(folder, "img:1");
  } catch (const diag::Error& error) {
    std::string text = error.text();
    for (const auto& diagnostic : error.diagnostics()) text += diagnostic.line();
    return text;
  }
  return "";
}

TEST(Facts, EV063_what_was_measured_comes_back) {
  Facts made = planned(rich).plan.facts;
  EXPECT_EQ(facts_from(scone_folder(made), "r/web:1").enclave, std::nullopt);
  made.enclave = {std::string(64, 'a'), std::string(64, 'b'), 65535, 2, true};
  EXPECT_EQ(facts_from(scone_folder(made), "r/web:1").enclave, made.enclave);
}

TEST(Facts, come_back_from_the_folder_of_a_plan) {
  const Facts made = planned(rich).plan.facts;
  const Facts read = facts_from(scone_folder(made), "r/web:1");
  EXPECT_TRUE(read.own);
  EXPECT_EQ(read.name, "web");
  EXPECT_EQ(read.runtime, Runtime::native);
  EXPECT_EQ(read.mode, Mode::production);
  EXPECT_EQ(read.command, "python3 web.py");
  EXPECT_EQ(read.pwd, "/");
  ASSERT_EQ(read.local.size(), 1U);
  EXPECT_EQ(read.local[0].value, "later");
  ASSERT_EQ(read.global.size(), 2U);
  EXPECT_EQ(read.global[0].fallback, std::nullopt);
  EXPECT_EQ(read.global[1].fallback, "80");
  EXPECT_EQ(read.injection_files.at(0).content, "{{PORT}}\n");
  EXPECT_EQ(read.injection_files.at(0).permission, std::nullopt);
  EXPECT_EQ(read.injection_files.at(1).permission, 0644U);
  EXPECT_EQ(read.imports, std::vector<std::string>{"other"});
  EXPECT_EQ(read.host_paths, std::vector<std::string>{"/h"});
  EXPECT_EQ(read.binaries, std::vector<std::string>{"python3"});
  EXPECT_EQ(read.chart, made.chart);
  EXPECT_EQ(read.policy.secrets, made.policy.secrets);
  ASSERT_FALSE(read.defaults.empty());
  EXPECT_EQ(read.defaults.back().name, "PORT");
  EXPECT_EQ(scone_folder(read), scone_folder(made));
}

TEST(Facts, secrets_are_yaml_with_typed_numbers_and_quoted_text) {
  const auto list = yaml::parse_document("s", planned(rich).plan.facts.policy.secrets);
  EXPECT_EQ(list.items().at(0).find("size")->text(), "10");
  EXPECT_TRUE(list.items().at(0).find("size")->plain());
  EXPECT_EQ(list.items().at(1).find("value")->text(), "a: b # c\n");
}

TEST(Facts, folder_without_chart_or_policy_is_refused) {
  EXPECT_NE(facts_refusal({}).find("has no chart under /scone/charts"), std::string::npos);
  EXPECT_NE(facts_refusal({{"charts/x/Chart.yaml", ""}}).find("has neither"), std::string::npos);
  EXPECT_NE(facts_refusal({{"charts/x/a", ""}, {"charts/y/a", ""}}).find("more than one chart"),
            std::string::npos);
}

TEST(Facts, damaged_or_future_service_json_is_refused) {
  SconeFolder folder = scone_folder(planned(rich).plan.facts);
  folder["policy/service.json"] = "{\"format\": 2}";
  EXPECT_NE(facts_refusal(folder).find("build it again"), std::string::npos);
  for (const char* text : {"", "[]", "{}", "{\"format\": 1}", "{\"format\": 1, \"name\": 3}"}) {
    folder["policy/service.json"] = text;
    EXPECT_NE(facts_refusal(folder).find("can not be read"), std::string::npos) << text;
  }
}

TEST(Facts, SL246_a_permission_that_is_none_is_refused) {
  SconeFolder folder = scone_folder(planned(rich).plan.facts);
  std::string& text = folder.at("policy/service.json");
  const auto at = text.find("0o644");
  ASSERT_NE(at, std::string::npos) << text;
  text.replace(at, 5, "0o7777");
  EXPECT_NE(facts_refusal(folder).find("'0o7777', which is no file mode"), std::string::npos)
      << facts_refusal(folder);
}

TEST(Facts, an_enclave_of_an_image_is_one_that_can_be) {
  Facts facts = planned(rich).plan.facts;
  facts.enclave = EnclaveIdentity{std::string(64, 'a'), std::string(64, 'b'), 7, 3, false};
  const SconeFolder folder = scone_folder(facts);
  const auto with = [&](const std::string& from, const std::string& to) {
    SconeFolder changed = folder;
    std::string& text = changed.at("policy/service.json");
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << text;
    text.replace(at, from.size(), to);
    return facts_refusal(changed);
  };
  EXPECT_NE(with("\"isv_svn\": 3", "\"isv_svn\": 65536").find("'isv_svn'"), std::string::npos);
  EXPECT_NE(with("\"isv_svn\": 3", "\"isv_svn\": -1").find("'isv_svn'"), std::string::npos);
  EXPECT_NE(with("aaaa\"", "aaaA\"").find("'mr_enclave'"), std::string::npos);
  EXPECT_NE(with("bbbb\"", "\"").find("'mr_signer'"), std::string::npos);
}

TEST(Facts, slips_of_published_env_files_are_forgiven) {
  const auto variables =
      parse_env("env", "# c\n  - name: \"sgxEpcMem:\"\n    value: \"128\"\n  - name: x\n");
  ASSERT_EQ(variables.size(), 2U);
  EXPECT_EQ(variables[0].name, "sgxEpcMem");
  EXPECT_EQ(variables[1].value, "");
  EXPECT_TRUE(parse_env("env", "").empty());
  EXPECT_TRUE(parse_env("env", "# nothing\n").empty());
  EXPECT_THROW((void)parse_env("env", "name: x\n"), diag::Error);
}

SconeFolder folder_at(const fs::path& directory) {
  SconeFolder folder;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    folder[fs::relative(entry.path(), directory).generic_string()] = text.str();
  }
  return folder;
}

TEST(Facts, a_folder_made_by_others_is_accepted) {
  const Facts facts =
      facts_from(folder_at(test::source_directory() / "tests/samples/scone-folder"), "db:1");
  EXPECT_FALSE(facts.own);
  EXPECT_EQ(facts.name, "db");
  EXPECT_EQ(facts.binaries, std::vector<std::string>{"/usr/bin/db"});
  EXPECT_TRUE(facts.chart.contains("values.yaml.template"));
  EXPECT_TRUE(facts.chart.contains("templates/deployment.yaml"));
  EXPECT_EQ(facts.policy.config_fragments.size(), 3U);
  EXPECT_NE(facts.policy.template_policy.find("name: {{session}}"), std::string::npos);
  EXPECT_NE(facts.policy.secrets.find("- {{db_fqdn}}"), std::string::npos);
  ASSERT_EQ(facts.defaults.size(), 2U);
  EXPECT_EQ(facts.defaults[0].name, "sgxEpcMem");
  EXPECT_EQ(facts.defaults[0].value, "128");
}

TEST(Facts, a_published_folder_made_by_others_is_accepted) {
  const fs::path part = "templates/neardata-eu+scone-artifacts/minio-scone";
  NEEDS_CORPUS(part);
  const fs::path image = test::corpus(part);
  const SconeFolder folder = folder_at(image);
  const Facts facts = facts_from(folder, "minio:1");
  EXPECT_FALSE(facts.own);
  EXPECT_EQ(facts.name, "minio-scone");
  EXPECT_EQ(facts.binaries, std::vector<std::string>{"/usr/bin/minio"});
  EXPECT_TRUE(facts.chart.contains("values.yaml.template"));
  EXPECT_TRUE(facts.chart.contains("templates/deployment.yaml"));
  EXPECT_EQ(facts.policy.config_fragments.size(), 3U);
  EXPECT_NE(facts.policy.template_policy.find("name: {{session}}"), std::string::npos);
  EXPECT_NE(facts.policy.secrets.find("- {{minio_fqdn}}"), std::string::npos);
  EXPECT_EQ(facts.defaults.at(0).name, "sgxEpcMem");
}

}  // namespace
}  // namespace sconectl::image
