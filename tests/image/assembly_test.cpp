#include "sconectl/image/assembly.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "image/planning.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/file_list.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/description.hpp"
#include "sconectl/oci/compression.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/name.hpp"
#include "support/memory_files.hpp"

namespace sconectl::image {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(const BuildPlan& plan) {
  try {
    (void)assembly(plan);
  } catch (const diag::Error& error) {
    return error.text();
  }
  return "none";
}

TEST(assembly, says_everything_that_would_have_to_run) {
  const Sources sources = {{"requirements.txt", {Source::Kind::file, "redis\n"}}};
  const Planned made = planned(
      manifest_with("  requirements: requirements.txt\n  run: ['apt-get update', 'true']\n"),
      sources);
  EXPECT_THAT(
      refusal(made.plan),
      HasSubstr("pip, for the requirements file; 'apt-get update' of 'build.run'; 'true' of "
                "'build.run'; use '--engine docker'"));
  EXPECT_THAT(refusal(planned(manifest_with(""), {}, scone()).plan), HasSubstr("runtime 'scone'"));
}

TEST(assembly, what_changes_least_lies_lowest) {
  const Sources sources = {{"web.py", {Source::Kind::file, ""}}};
  const Assembly made =
      assembly(planned(manifest_with("  pwd: /srv\n  copy: [web.py]\n"), sources).plan);
  std::vector<std::string> titles;
  for (const AssemblyLayer& layer : made.layers) titles.push_back(layer.title);
  EXPECT_THAT(titles, ElementsAre("application", "launcher"));
  EXPECT_EQ(made.layers.front().parts.front().target, "/srv/");
  EXPECT_TRUE(made.folder.contains("policy/service.json"));
  EXPECT_TRUE(made.listed_files);
  EXPECT_EQ(made.entrypoint,
            (std::vector<std::string>{"/opt/sconectl/sconectl", "run", "--", "python3"}));
  EXPECT_EQ(made.directory, "/srv");
}

/// A base of one layer, and a context for it.
class AssembleTest : public testing::Test {
 protected:
  AssembleTest() {
    assembly_.base = "r/base:1";
    assembly_.directory = "/var/app";
    assembly_.entrypoint = {"/run"};
    assembly_.layers = {{"application", {{"app/", "/var/app/"}, {"one", "/opt/x/one"}}}};
    files_.put("/context/app/main.py", "print()", 0600);
    files_.put("/context/app/tool", "#!", 0700);
    files_.put("/context/one", "1", 0644);
    files_.make_directories("/context/app/empty", 0755);
    files_.make_link("main.py", "/context/app/link");
    base_layer_ = layer({{oci::TarKind::directory, "var", "", 0711, 3, 4},
                         {oci::TarKind::symbolic_link, "opt", "usr/opt"},
                         {oci::TarKind::directory, "usr/opt", "", 0750}});
  }

  static std::string layer(const std::vector<oci::TarEntry>& entries) {
    std::string bytes;
    oci::Gzip gzip([&](std::string_view part) { bytes += part; });
    oci::TarWriter archive([&](std::string_view part) { gzip.take(part); }, 1);
    for (const oci::TarEntry& entry : entries) archive.add(entry);
    archive.finish();
    gzip.finish();
    return bytes;
  }

  class Source final : public oci::ImageSource {
   public:
    explicit Source(const std::string& bytes) : bytes_(bytes) {}
    std::optional<oci::FetchedManifest> manifest(const std::string&) override {
      return std::nullopt;
    }
    void blob(const oci::Descriptor&, const oci::Sink& take) override { take(bytes_); }
    [[nodiscard]] std::string name() const override { return "the test"; }

   private:
    const std::string& bytes_;
  };

  Assembled made(bool on_base = true, std::uint64_t time = 1) {
    Source source(base_layer_);
    oci::ResolvedImage base;
    base.digest = "sha256:" + std::string(64, 'b');
    base.manifest.layers = {{"application/vnd.docker.image.rootfs.diff.tar.gzip",
                             oci::digest_of(base_layer_), base_layer_.size()}};
    base.config = base_config_;
    std::optional<AssemblyBase> below;
    if (on_base) below.emplace(AssemblyBase{source, base});
    return assemble(assembly_, below, "/context", files_, store_, "/trees", time);
  }

  std::map<std::string, oci::TarEntry> entries(const Assembled& image) {
    std::map<std::string, oci::TarEntry> result;
    oci::TarReader reader([&](const oci::TarEntry& entry) -> oci::Sink {
      result[entry.path] = entry;
      return {};
    });
    oci::Decompress plain([&](std::string_view part) { reader.take(part); });
    store_.read(image.made.front(), [&](std::string_view part) { plain.take(part); });
    return result;
  }

  test::MemoryFiles files_;
  oci::BlobStore store_{files_, "/cache"};
  Assembly assembly_;
  std::string base_config_ =
      R"({"os":"linux","config":{"User":"9"},"rootfs":{"diff_ids":["sha256:)" +
      std::string(64, 'd') + R"("]}})";
  std::string base_layer_;
};

TEST_F(AssembleTest, modes_and_owners_are_the_same_whoever_packs) {
  const auto found = entries(made());
  EXPECT_EQ(found.at("var/app/main.py").mode, 0644U);
  EXPECT_EQ(found.at("var/app/tool").mode, 0755U);
  EXPECT_EQ(found.at("var/app/link").link, "main.py");
  EXPECT_EQ(found.at("var/app/empty").kind, oci::TarKind::directory);
  EXPECT_EQ(found.at("var/app/main.py").user, 0U);
  EXPECT_EQ(found.at("var/app/main.py").time, 1U);
}

TEST_F(AssembleTest, directories_of_the_base_stay_as_they_are_and_its_links_are_followed) {
  const auto found = entries(made());
  EXPECT_EQ(found.at("var").mode, 0711U);
  EXPECT_EQ(found.at("var").group, 4U);
  EXPECT_EQ(found.at("var/app").mode, 0755U);
  EXPECT_EQ(found.at("usr/opt").mode, 0750U);
  EXPECT_TRUE(found.contains("usr/opt/x/one"));
  EXPECT_EQ(found.count("opt"), 0U) << found.size();
  const auto alone = entries(made(false));
  EXPECT_EQ(alone.at("var").mode, 0755U);
  EXPECT_TRUE(alone.contains("opt/x/one"));
}

TEST_F(AssembleTest, the_same_inputs_give_the_same_image) {
  const Assembled first = made();
  EXPECT_EQ(made().digest, first.digest);
  EXPECT_NE(made(true, 2).digest, first.digest);
  const auto manifest = nlohmann::json::parse(first.image.manifest);
  EXPECT_EQ(manifest["layers"][0]["mediaType"], oci::layer_type) << "not in docker's words";
  EXPECT_EQ(manifest["annotations"]["org.opencontainers.image.base.name"], "r/base:1");
  const auto config = nlohmann::json::parse(first.image.config);
  EXPECT_EQ(config["config"]["User"], "9");
  EXPECT_EQ(config["rootfs"]["diff_ids"].size(), 3U);
  EXPECT_EQ(config["history"].front()["created_by"], "sconectl apply: application");
  files_.put("/context/app/main.py", "print(1)", 0600);
  EXPECT_NE(made().digest, first.digest);
}

TEST_F(AssembleTest, what_is_compared_before_the_start_is_listed_and_its_hash_known) {
  const auto file_of = [&](const Assembled& image, const std::string& path) {
    std::string text;
    oci::TarReader reader([&](const oci::TarEntry& entry) -> oci::Sink {
      if (entry.path != path) return {};
      return [&](std::string_view part) { text += part; };
    });
    oci::Decompress plain([&](std::string_view part) { reader.take(part); });
    // The description is the second layer.
    store_.read(image.made.at(1), [&](std::string_view part) { plain.take(part); });
    return text;
  };
  assembly_.folder = {{"policy/service.json", R"({"format":1})"}};
  EXPECT_EQ(made().file_list, "");
  assembly_.listed_files.emplace();
  const Assembled image = made();
  const std::string text = file_of(image, "opt/sconectl/files").empty()
                               ? file_of(image, "usr/opt/sconectl/files")
                               : file_of(image, "opt/sconectl/files");
  EXPECT_EQ(image.file_list, crypto::hex(crypto::view(crypto::sha256(text))));
  const crypto::FileList list = crypto::parse_file_list(text);
  EXPECT_EQ(list.files.at("/var/app/main.py").content,
            crypto::hex(crypto::view(crypto::sha256("print()"))));
  EXPECT_EQ(list.files.at("/var/app/link").content, "main.py");
  EXPECT_EQ(list.files.at("/var/app").kind, crypto::ListedKind::directory);
  EXPECT_EQ(list.files.count("/var"), 0U) << "the base has it";
  EXPECT_THAT(file_of(image, "scone/policy/service.json"), HasSubstr(image.file_list));
  const auto labels = oci::parse_config(image.image.config, "x").labels;
  EXPECT_THAT(
      read_description(labels.at(std::string(description_label)), "x").at("policy/service.json"),
      HasSubstr(image.file_list));
}

TEST_F(AssembleTest, a_base_that_does_not_fit_is_refused) {
  const auto refused = [&](const std::string& config) {
    base_config_ = config;
    try {
      (void)made();
    } catch (const diag::Error& error) {
      return error.text();
    }
    return std::string("taken");
  };
  const std::string ids = R"(,"rootfs":{"diff_ids":["sha256:)" + std::string(64, 'd') + R"("]}})";
  EXPECT_EQ(refused(R"({"os":"linux")" + ids), "taken");
  EXPECT_THAT(refused(R"({"architecture":"riscv64")" + ids), HasSubstr("is for riscv64"));
  EXPECT_THAT(refused(R"({"config":{"OnBuild":["RUN true"]})" + ids), HasSubstr("ONBUILD"));
  EXPECT_THAT(refused(R"({"rootfs":{"diff_ids":[]}})"), HasSubstr("has 1 layers and says 0"));
  EXPECT_THAT(refused(std::string(100'000, '[')), HasSubstr("nested too deeply"));
  EXPECT_THAT(refused(R"({"os":7)" + ids), HasSubstr("not for Linux"));
}

TEST_F(AssembleTest, an_entry_that_is_gone_is_named) {
  files_.remove_tree("/context/one");
  EXPECT_THROW((void)made(), diag::Error);
}

}  // namespace
}  // namespace sconectl::image
