#include "sconectl/image/rebase.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/name.hpp"

namespace sconectl::image {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using Json = nlohmann::json;

std::string digest(char digit) {
  return "sha256:" + std::string(64, digit);
}

oci::Descriptor layer(char digit) {
  return {"application/vnd.docker.image.rootfs.diff.tar.gzip", digest(digit), 10};
}

oci::ResolvedImage base(char digit, const Json& start = Json::object()) {
  oci::ResolvedImage result;
  result.digest = digest(digit);
  result.manifest.layers = {layer(digit)};
  result.config = Json{{"architecture", oci::this_platform().architecture},
                       {"os", "linux"},
                       {"config", start},
                       {"rootfs", {{"type", "layers"}, {"diff_ids", Json::array({digest(digit)})}}}}
                      .dump();
  return result;
}

/// Two layers, e and f.
oci::ResolvedImage built_on(const oci::ResolvedImage& below) {
  oci::ConfigChanges changes;
  changes.layers = {{digest('e'), "sconectl apply: application"},
                    {digest('f'), "sconectl apply: launcher"}};
  changes.directory = "/app";
  changes.created = "1970-01-01T00:00:01Z";
  oci::ResolvedImage result;
  result.digest = digest('9');
  result.manifest = below.manifest;
  result.manifest.layers.push_back(layer('e'));
  result.manifest.layers.push_back(layer('f'));
  result.manifest.annotations = {{std::string(oci::base_name_annotation), "r/old:1"},
                                 {"somebody.else", "kept"}};
  result.config = oci::derive_config(below.config, changes, "r/app");
  return result;
}

oci::Tree tree(const std::vector<oci::TarEntry>& entries) {
  oci::Tree result;
  for (const oci::TarEntry& entry : entries) result.apply(entry);
  return result;
}

oci::TarEntry folder(const std::string& path, unsigned mode = 0755) {
  return {oci::TarKind::directory, path, "", mode};
}

class RebaseTest : public testing::Test {
 protected:
  RebaseTest() {
    facts_.kind = "python";
    facts_.runtime = Runtime::native;
    old_tree_ = tree(
        {folder("usr"), folder("usr/opt", 0750), {oci::TarKind::symbolic_link, "opt", "usr/opt"}});
    new_tree_ = old_tree_;
    own_ =
        tree({folder("usr"), folder("usr/opt", 0750), folder("usr/opt/sconectl"), folder("app")});
  }

  [[nodiscard]] Rebased made(const std::string& base_name = "r/new:1") const {
    return rebased({"r/app:1", base_name, facts_, image_, old_, new_, own_, old_tree_, new_tree_,
                    keeps_environment_});
  }

  /// Its causes, then its text.
  [[nodiscard]] std::vector<std::string> refusal() const {
    try {
      (void)made();
    } catch (const diag::Error& error) {
      kind_ = error.kind();
      std::vector<std::string> result = error.causes();
      result.push_back(error.text());
      return result;
    }
    return {"none"};
  }

  Facts facts_;
  oci::ResolvedImage old_ = base('a', {{"Env", {"V=1"}}, {"StopSignal", "SIGQUIT"}});
  oci::ResolvedImage new_ = base('b', {{"Env", {"V=1"}}, {"StopSignal", "SIGINT"}});
  oci::ResolvedImage image_ = built_on(old_);
  oci::Tree own_, old_tree_, new_tree_;
  bool keeps_environment_ = false;
  mutable diag::ErrorKind kind_ = diag::ErrorKind::failed;
};

TEST_F(RebaseTest, its_layers_lie_on_the_new_base) {
  const Rebased result = made();
  const auto manifest =
      std::get<oci::Manifest>(oci::parse_manifest(result.image.manifest, "the result"));
  std::vector<std::string> layers;
  for (const oci::Descriptor& each : manifest.layers) {
    layers.push_back(each.digest);
    EXPECT_EQ(each.media_type, oci::layer_type);
  }
  EXPECT_EQ(layers, (std::vector<std::string>{digest('b'), digest('e'), digest('f')}));
  EXPECT_EQ(manifest.config.digest, oci::digest_of(result.image.config));
  EXPECT_EQ(result.id, manifest.config.digest);
  EXPECT_EQ(result.digest, oci::digest_of(result.image.manifest));
  EXPECT_EQ(manifest.annotations.at(std::string(oci::base_name_annotation)), "r/new:1");
  EXPECT_EQ(manifest.annotations.at(std::string(oci::base_digest_annotation)), digest('b'));
  EXPECT_EQ(manifest.annotations.at("somebody.else"), "kept");
  const auto start = Json::parse(oci::parse_config(result.image.config, "the result").start);
  EXPECT_EQ(start["Env"], Json::array({"V=1"}));
  EXPECT_EQ(start["StopSignal"], "SIGINT");
  EXPECT_EQ(start["WorkingDir"], "/app");
  EXPECT_EQ(made().digest, result.digest);
}

TEST_F(RebaseTest, a_base_without_a_name_is_noted_by_its_digest_alone) {
  const auto manifest =
      std::get<oci::Manifest>(oci::parse_manifest(made("").image.manifest, "the result"));
  EXPECT_EQ(manifest.annotations,
            (oci::Annotations{{std::string(oci::base_digest_annotation), digest('b')},
                              {"somebody.else", "kept"}}));
}

TEST_F(RebaseTest, an_image_whose_base_is_measured_is_refused) {
  for (const Runtime runtime : {Runtime::gramine, Runtime::scone}) {
    facts_.runtime = runtime;
    EXPECT_THAT(refusal().back(), HasSubstr("its base is measured with it"));
    EXPECT_EQ(kind_, diag::ErrorKind::unsupported);
  }
  facts_.runtime.reset();
  EXPECT_THAT(refusal().back(), HasSubstr("it was not made by sconectl"));
}

TEST_F(RebaseTest, an_image_that_was_built_on_another_base_is_refused) {
  old_ = base('c');
  EXPECT_THAT(refusal().back(), HasSubstr("'--from' says what it was built on"));
  EXPECT_EQ(kind_, diag::ErrorKind::invalid);
  EXPECT_THROW((void)own_layers(old_, image_, "r/app"), diag::Error);  // more layers than it has
}

TEST_F(RebaseTest, a_base_for_another_machine_or_with_triggers_is_refused) {
  Json config = Json::parse(new_.config);
  config["config"]["OnBuild"] = {"RUN x"};
  new_.config = config.dump();
  EXPECT_THAT(refusal().back(), HasSubstr("ONBUILD"));
  EXPECT_EQ(kind_, diag::ErrorKind::unsupported);
  config["config"].erase("OnBuild");
  config["architecture"] = "s390x";
  new_.config = config.dump();
  EXPECT_THAT(refusal().back(), HasSubstr("s390x"));
}

TEST_F(RebaseTest, what_the_image_took_over_from_its_base_has_to_stay) {
  new_ = base(
      'b',
      {{"Env", {"V=2", "W=1"}}, {"User", "1000"}, {"ExposedPorts", {{"80/tcp", Json::object()}}}});
  const auto causes = refusal();
  EXPECT_EQ(kind_, diag::ErrorKind::invalid);
  EXPECT_THAT(causes, Contains("its user (USER) was '' and would be '1000'"));
  EXPECT_THAT(causes, Contains("its ports (EXPOSE) would be others"));
  EXPECT_THAT(causes, Contains(HasSubstr("its environment (ENV) would be another: V, W; ")));
  EXPECT_EQ(causes.size(), 4);
}

TEST_F(RebaseTest, the_session_s_environment_may_be_kept) {
  new_ = base('b', {{"Env", {"V=2"}}});
  EXPECT_THAT(refusal(), Contains(HasSubstr("'--keep-environment'")));
  keeps_environment_ = true;
  EXPECT_EQ(refusal(), std::vector<std::string>{"none"});
  const auto start = Json::parse(oci::parse_config(made().image.config, "the result").start);
  EXPECT_EQ(start["Env"], Json::array({"V=2"}));
}

TEST_F(RebaseTest, a_transformed_image_has_to_be_started_as_before) {
  new_ = base('b', {{"Env", {"V=1"}}, {"Cmd", Json::array({"other"})}, {"WorkingDir", "/srv"}});
  EXPECT_EQ(refusal(), std::vector<std::string>{"none"});
  facts_.kind = "sconify_image";
  const auto causes = refusal();
  EXPECT_THAT(causes, Contains(HasSubstr("ENTRYPOINT, CMD")));
  EXPECT_THAT(causes, Contains("its directory (WORKDIR) was '' and would be '/srv'"));
}

TEST_F(RebaseTest, directories_have_to_be_as_the_image_s_layers_have_them) {
  new_tree_ = tree({folder("usr", 0700),
                    folder("usr/opt", 0750),
                    folder("app"),
                    {oci::TarKind::symbolic_link, "opt", "usr/opt"}});
  const auto causes = refusal();
  EXPECT_THAT(causes, Contains("'/usr' has another mode or owner in the new base"));
  EXPECT_THAT(causes, Contains("the new base has '/app', where only the image's own files may be"));
  EXPECT_EQ(causes.size(), 3);
}

TEST_F(RebaseTest, links_have_to_lead_where_they_led) {
  new_tree_ = tree({folder("usr"), folder("opt")});
  EXPECT_THAT(refusal(),
              Contains("'/opt' leads to '/usr/opt' in the old base, and not in the new one"));
  new_tree_ = tree({{oci::TarKind::symbolic_link, "app", "srv/app"},
                    folder("usr"),
                    folder("usr/opt", 0750),
                    {oci::TarKind::symbolic_link, "opt", "usr/opt"}});
  EXPECT_THAT(refusal(), Contains("'/app' is behind a symbolic link of the new base"));
}

}  // namespace
}  // namespace sconectl::image
