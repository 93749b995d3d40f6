#include "sconectl/image/plan_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "image/planning.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "support/memory_files.hpp"

namespace sconectl::image {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

class PlanText : public testing::Test {
 protected:
  PlanText() {
    files_.put("/target/Dockerfile", plan_.dockerfile);
    files_.put("/target/context/app/web.py", "print()", 0644);
    files_.put("/target/context/sconectl", "launcher", 0755);
    files_.make_directories("/target/context/app/empty", 0755);
    files_.make_link("web.py", "/target/context/app/link");
  }

  std::string text() {
    FileHashes hashes(files_);
    return plan_text(plan_, files_, "/target", hashes);
  }

  test::MemoryFiles files_;
  BuildPlan plan_ =
      planned(manifest_with("  copy: [web.py]\n"), {{"web.py", {Source::Kind::file, "print()"}}})
          .plan;
};

TEST_F(PlanText, names_the_image_its_steps_and_every_file_by_its_hash) {
  const Json json = Json::parse(text());
  EXPECT_EQ(json["name"], plan_.name);
  EXPECT_EQ(json["image"], plan_.reference);
  EXPECT_EQ(json["base"], plan_.recipe.base);
  EXPECT_EQ(json["runtime"], "native");
  EXPECT_THAT(json["dockerfile"]["001"].get<std::string>(), StartsWith("# Made by sconectl"));
  EXPECT_EQ(json["context"]["app/web.py"],
            "644 sha256:" + crypto::hex(crypto::view(crypto::sha256("print()"))));
  EXPECT_THAT(json["context"]["sconectl"].get<std::string>(), StartsWith("755 sha256:"));
  EXPECT_EQ(json["context"]["app/link"], "link to web.py");
  EXPECT_EQ(json["context"]["app/empty/"], "directory");
  EXPECT_EQ(json["context"].size(), 4);
  EXPECT_EQ(text(), text());
}

TEST_F(PlanText, what_is_otherwise_is_named_with_both_sides) {
  const std::string before = text();
  EXPECT_THAT(plan_differences(before, text()), ElementsAre());
  files_.put("/target/context/app/web.py", "print(1)", 0755);
  files_.remove_tree("/target/context/app/link");
  files_.put("/target/context/app/new.py", "");
  plan_.recipe.base = "python:3.13-slim";
  const auto differences = plan_differences(before, text());
  EXPECT_THAT(differences, ElementsAre("base: python:3.13-slim, in the plan python:3-slim",
                                       "context/app/link: nothing, in the plan link to web.py",
                                       StartsWith("context/app/new.py: 644 sha256:"),
                                       StartsWith("context/app/web.py: 755 sha256:")));
  EXPECT_THAT(differences[2], HasSubstr(", in the plan nothing"));
}

TEST_F(PlanText, a_document_of_several_is_read_back_and_does_not_depend_on_their_order) {
  const std::string one = text();
  plan_.name = "another";
  const std::string two = text();
  const std::string document = plan_document({one, two});
  EXPECT_EQ(plan_document({two, one}), document);
  const auto read = plans_in(document, "plan.json");
  EXPECT_EQ(read.size(), 2);
  EXPECT_THAT(plan_differences(read.at("another"), two), ElementsAre());
  EXPECT_THAT(plan_differences(read.at("another"), one), Contains(StartsWith("name: ")));
}

TEST_F(PlanText, what_is_no_plan_is_refused) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string(R"({"schema":"x"})"), deep,
        std::string(R"({"schema":"sconectl/v1/build-plan"})"),
        std::string(R"({"schema":"sconectl/v1/build-plan","services":[1]})"),
        std::string(
            R"({"schema":"sconectl/v1/build-plan","services":[{"name":"a"},{"name":"a"}]})")})
    EXPECT_THROW((void)plans_in(text, "plan.json"), diag::Error) << text.substr(0, 80);
}

}  // namespace
}  // namespace sconectl::image
