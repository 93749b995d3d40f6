#include "sconectl/oci/retimed_image.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/compression.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/oci/tar.hpp"
#include "support/memory_files.hpp"

namespace sconectl::oci {
namespace {

using Json = nlohmann::json;

void add(TarWriter& archive, const std::string& path, const std::string& text) {
  archive.add({TarKind::file, path, "", 0644, 0, 0, text.size()},
              [&](const Sink& take) { take(text); });
}

std::string layer_with(const std::string& path, std::uint64_t time) {
  std::string bytes;
  TarWriter archive([&](std::string_view part) { bytes += part; }, time);
  add(archive, path, "text of " + path);
  archive.finish();
  return bytes;
}

std::string layer_as_gzip(const std::string& bytes) {
  std::string result;
  Gzip gzip([&](std::string_view part) { result += part; });
  gzip.take(bytes);
  gzip.finish();
  return result;
}

/// A base with one layer, and two more as a builder makes them at some time.
class BuiltImage : public testing::Test {
 protected:
  const std::string base = layer_with("base", 1000);

  void save(const std::string& place, std::uint64_t time, bool compressed = false) {
    const std::vector<std::string> layers = {base, layer_with("app", time),
                                             layer_with("more", time + 1)};
    const std::string clock = rfc3339_text(time);
    Json config = {{"os", "linux"},
                   {"created", clock},
                   {"container", "c" + clock},
                   {"container_config", {{"Hostname", clock}}},
                   {"config", {{"Image", digest_of(clock)}, {"Cmd", {"app"}}}},
                   {"rootfs", {{"type", "layers"}, {"diff_ids", Json::array()}}},
                   {"history",
                    {{{"created", "2001-01-01T00:00:00Z"}, {"created_by", "base"}},
                     {{"created", clock}, {"created_by", "copy"}},
                     {{"created", clock}, {"created_by", "label"}, {"empty_layer", true}},
                     {{"created", clock}, {"created_by", "run"}}}}};
    Json paths = Json::array();
    std::string bytes;
    TarWriter archive([&](std::string_view part) { bytes += part; }, time);
    for (const std::string& layer : layers) {
      config["rootfs"]["diff_ids"].push_back(digest_of(layer));
      const std::string held = compressed ? layer_as_gzip(layer) : layer;
      const std::string path = compressed ? "blobs/sha256/" + digest_of(held).substr(7)
                                          : digest_of(clock + held).substr(7) + "/layer.tar";
      paths.push_back(path);
      add(archive, path, held);
    }
    add(archive, "c.json", config.dump());
    add(archive, "manifest.json",
        Json::array({{{"Config", "c.json"}, {"RepoTags", {"r:1"}}, {"Layers", paths}}}).dump());
    archive.finish();
    files.put(place, bytes);
  }
  static std::string rfc3339_text(std::uint64_t time) {
    return "2026-01-01T00:00:" + std::to_string(10 + time % 50) + "Z";
  }
  std::string retimed(const std::string& place, std::size_t kept, std::uint64_t time = 86400) {
    SavedImage saved(files, place);
    std::string result;
    write_retimed(saved, kept, time, "r.example/r:1",
                  [&](std::string_view part) { result += part; });
    return result;
  }

  test::MemoryFiles files;
};

TEST_F(BuiltImage, is_the_same_whenever_it_was_built) {
  save("one.tar", 5000);
  save("two.tar", 6000);
  EXPECT_NE(files.read("one.tar", files.no_limit), files.read("two.tar", files.no_limit));
  const std::string one = retimed("one.tar", 1);
  EXPECT_EQ(one, retimed("two.tar", 1));
  EXPECT_NE(one, retimed("two.tar", 1, 86401));
  // It is what it was already.
  files.put("again.tar", one);
  EXPECT_EQ(retimed("again.tar", 1), one);
}

TEST_F(BuiltImage, keeps_the_layers_of_its_base_and_what_it_says_of_them) {
  save("one.tar", 5000);
  files.put("after.tar", retimed("one.tar", 1));
  const SavedImage after(files, "after.tar");
  const Json config = Json::parse(after.image().config);
  const Json& ids = config["rootfs"]["diff_ids"];
  EXPECT_EQ(ids, (std::vector<std::string>{digest_of(base), digest_of(layer_with("app", 86400)),
                                           digest_of(layer_with("more", 86400))}));
  EXPECT_EQ(config["history"][0]["created"], "2001-01-01T00:00:00Z");
  for (const std::size_t step : {1U, 2U, 3U})
    EXPECT_EQ(config["history"][step]["created"], "1970-01-02T00:00:00Z");
  EXPECT_EQ(config["created"], "1970-01-02T00:00:00Z");
  EXPECT_EQ(config["config"], (Json{{"Cmd", {"app"}}}));
  for (const char* gone : {"container", "container_config"})
    EXPECT_EQ(config.value(gone, "gone"), "gone") << config;
}

TEST_F(BuiltImage, may_be_compressed_where_it_is_saved) {
  save("plain.tar", 5000);
  save("compressed.tar", 6000, true);
  files.put("after.tar", retimed("compressed.tar", 1));
  files.put("before.tar", retimed("plain.tar", 1));
  EXPECT_EQ(SavedImage(files, "after.tar").image().config,
            SavedImage(files, "before.tar").image().config);
}

TEST_F(BuiltImage, without_a_base_has_one_time_everywhere) {
  save("one.tar", 5000);
  files.put("after.tar", retimed("one.tar", 0));
  const Json config = Json::parse(SavedImage(files, "after.tar").image().config);
  EXPECT_EQ(config["rootfs"]["diff_ids"][0], digest_of(layer_with("base", 86400)));
  EXPECT_EQ(config["history"][0]["created"], "1970-01-02T00:00:00Z");
}

TEST_F(BuiltImage, with_fewer_layers_than_its_base_is_refused) {
  save("one.tar", 5000);
  EXPECT_THROW((void)retimed("one.tar", 4), diag::Error);
}

}  // namespace
}  // namespace sconectl::oci
