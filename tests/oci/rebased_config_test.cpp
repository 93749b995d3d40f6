#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/config.hpp"

namespace sconectl::oci {
namespace {

using Json = nlohmann::json;

std::string id(char digit) {
  return "sha256:" + std::string(64, digit);
}

/// A base of one layer with this `config`.
std::string base_of(char layer, const Json& config) {
  Json json = {{"architecture", "amd64"}, {"os", "linux"}, {"created", "2020-01-01T00:00:00Z"}};
  json["config"] = config;
  json["rootfs"] = {{"type", "layers"}, {"diff_ids", Json::array({id(layer)})}};
  json["history"] = Json::array({Json{{"created_by", std::string("base ") + layer}}});
  return json.dump();
}

std::string built_on(const std::string& base) {
  ConfigChanges changes;
  changes.layers = {{id('e'), "sconectl apply: application"},
                    {id('f'), "sconectl apply: launcher"}};
  changes.labels = {{"ours", "1"}};
  changes.directory = "/app";
  changes.entrypoint = std::vector<std::string>{"/opt/launcher"};
  changes.command.emplace();
  changes.created = "1970-01-01T00:00:01Z";
  return derive_config(base, changes, "r/app");
}

Json old_start() {
  return {{"Env", {"PATH=/bin", "VERSION=3.11", "GONE=1"}},
          {"Cmd", Json::array({"python3"})},
          {"OnBuild", nullptr},
          {"StopSignal", "SIGQUIT"},
          {"Labels", {{"of", "old"}, {"both", "1"}}}};
}

Json new_start() {
  return {{"Env", {"PATH=/bin:/opt/bin", "MORE=1", "VERSION=3.13"}},
          {"Cmd", Json::array({"sh"})},
          {"Labels", {{"of", "new"}, {"both", "1"}, {"more", "2"}}},
          {"OnBuild", nullptr},
          {"Volumes", {{"/data", Json::object()}}}};
}

TEST(rebased_config, it_is_what_building_on_the_new_base_gives) {
  const std::string before = base_of('a', old_start());
  const std::string after = base_of('b', new_start());
  const std::string made = rebased_config(built_on(before), before, after, "r/app");
  EXPECT_EQ(made, built_on(after));
  EXPECT_EQ(rebased_config(built_on(before), before, after, "r/app"), made);
}

TEST(rebased_config, there_and_back_it_is_the_same) {
  const std::string before = base_of('a', old_start());
  const std::string after = base_of('b', new_start());
  const std::string image = built_on(before);
  const std::string there = rebased_config(image, before, after, "r/app");
  EXPECT_EQ(nlohmann::json::parse(rebased_config(there, after, before, "r/app")),
            nlohmann::json::parse(image));
  EXPECT_EQ(nlohmann::json::parse(rebased_config(image, before, before, "r/app")),
            nlohmann::json::parse(image));
}

TEST(rebased_config, what_the_image_says_itself_stays) {
  const std::string before = base_of('a', old_start());
  Json image = Json::parse(built_on(before));
  image["config"]["Env"] = {"PATH=/mine", "VERSION=3.11", "OWN=1"};  // GONE was taken out
  image["config"]["Labels"]["of"] = "the image";
  image["config"]["StopSignal"] = "SIGTERM";
  const auto config =
      Json::parse(rebased_config(image.dump(), before, base_of('b', new_start()), "r"))["config"];
  EXPECT_THAT(config["Env"].get<std::vector<std::string>>(),
              testing::ElementsAre("PATH=/mine", "MORE=1", "VERSION=3.13", "OWN=1"));
  EXPECT_EQ(config["Labels"]["of"], "the image");
  EXPECT_EQ(config["StopSignal"], "SIGTERM");
}

TEST(rebased_config, layers_and_history_are_the_new_base_s_and_its_own) {
  const std::string before = base_of('a', old_start());
  const auto json =
      Json::parse(rebased_config(built_on(before), before, base_of('b', new_start()), "r/app"));
  EXPECT_EQ(json["rootfs"]["diff_ids"], Json::array({id('b'), id('e'), id('f')}));
  EXPECT_EQ(json["history"].size(), 3);
  EXPECT_EQ(json["history"][0]["created_by"], "base b");
  EXPECT_EQ(json["history"][2]["created_by"], "sconectl apply: launcher");
}

TEST(rebased_config, an_image_on_another_base_is_refused) {
  const std::string before = base_of('a', old_start());
  const std::string other = base_of('c', old_start());
  EXPECT_THROW((void)rebased_config(built_on(before), other, before, "r/app"), diag::Error);
  // More layers than the image has.
  EXPECT_THROW((void)rebased_config(before, built_on(before), other, "r/app"), diag::Error);
  EXPECT_THROW((void)rebased_config("x", before, other, "r/app"), diag::Error);
}

TEST(rebased_config, damaged_members_are_nobody_s_reason_to_fall) {
  const std::string before = base_of('a', {{"Env", 7}, {"Labels", "x"}});
  const std::string after = base_of('b', {{"Env", Json::array({1, 2})}, {"Labels", Json::array()}});
  const auto json = Json::parse(rebased_config(built_on(before), before, after, "r/app"));
  EXPECT_EQ(json["config"]["Labels"]["ours"], "1");
  EXPECT_EQ(json["config"].value("Env", Json("gone")), "gone") << json;
}

}  // namespace
}  // namespace sconectl::oci
