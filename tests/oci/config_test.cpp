#include "sconectl/oci/config.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"

namespace sconectl::oci {
namespace {

const std::string diff_a = "sha256:" + std::string(64, 'a');
const std::string diff_b = "sha256:" + std::string(64, 'b');

std::string base_config() {
  return R"({"architecture":"amd64","os":"linux","created":"2020-01-01T00:00:00Z","container":"abc",)"
         R"("config":{"Env":["PATH=/bin","A=1"],"Cmd":["sh"],"User":"1000","Labels":{"old":"1"},)"
         R"("ExposedPorts":{"80/tcp":{}},"StopSignal":"SIGQUIT"},"rootfs":{"type":"layers","diff_ids":[")" +
         diff_a + R"("]},"history":[{"created_by":"base"}]})";
}

ConfigChanges changes() {
  return {{{diff_b, "sconectl apply: application"}},
          {{"new", "2"}},
          "/app",
          std::vector<std::string>{"/opt/x"},
          std::vector<std::string>{},
          rfc3339(86400)};
}

TEST(config, what_the_base_says_stays_and_what_is_changed_stands_on_top) {
  const auto json = nlohmann::json::parse(derive_config(base_config(), changes(), "r/a"));
  const auto& config = json["config"];
  EXPECT_EQ(config["Env"], (std::vector<std::string>{"PATH=/bin", "A=1"}));
  EXPECT_EQ(config["User"], "1000");
  EXPECT_EQ(config["StopSignal"], "SIGQUIT");
  EXPECT_EQ(config["WorkingDir"], "/app");
  EXPECT_EQ(config["Entrypoint"], std::vector<std::string>{"/opt/x"});
  EXPECT_EQ(config.value("Cmd", "gone"), "gone") << config;
  EXPECT_EQ(config["Labels"], (nlohmann::json{{"old", "1"}, {"new", "2"}}));
  EXPECT_EQ(json["rootfs"]["diff_ids"], (std::vector<std::string>{diff_a, diff_b}));
  EXPECT_EQ(json["history"].size(), 2);
  EXPECT_EQ(json["created"], "1970-01-02T00:00:00Z");
  EXPECT_EQ(json.value("container", "gone"), "gone") << json;
}

TEST(config, an_image_without_a_base_says_its_platform) {
  const std::string bytes = derive_config(std::nullopt, changes(), "scratch");
  const ConfigFacts facts = parse_config(bytes, "scratch");
  EXPECT_EQ(facts.diff_ids, std::vector<std::string>{diff_b});
  EXPECT_EQ(facts.labels.at("new"), "2");
  EXPECT_EQ(nlohmann::json::parse(bytes)["os"], "linux");
  EXPECT_EQ(derive_config(std::nullopt, changes(), "scratch"), bytes);
}

TEST(config, images_for_other_systems_and_damaged_ones_are_refused) {
  for (const char* text :
       {"x", R"({"os":"windows","rootfs":{"diff_ids":[]}})", R"({"os":"linux"})",
        R"({"rootfs":{"diff_ids":["sha256:1"]}})", R"({"rootfs":{"diff_ids":{}}})"})
    EXPECT_THROW((void)parse_config(text, "r/a"), diag::Error) << text;
}

TEST(config, times_are_utc) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(1'700'000'000), "2023-11-14T22:13:20Z");
}

}  // namespace
}  // namespace sconectl::oci
