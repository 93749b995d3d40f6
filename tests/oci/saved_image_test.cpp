#include "sconectl/oci/saved_image.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/oci/tar.hpp"
#include "support/memory_files.hpp"

namespace sconectl::oci {
namespace {

using ::testing::HasSubstr;

/// An archive as engines write them, entry by entry.
class Archive {
 public:
  Archive& file(const std::string& path, const std::string& text) {
    writer_.add({TarKind::file, path, "", 0644, 0, 0, text.size()},
                [&](const Sink& take) { take(text); });
    return *this;
  }
  Archive& link(const std::string& path, const std::string& target) {
    writer_.add({TarKind::symbolic_link, path, target});
    return *this;
  }
  std::string bytes() {
    writer_.finish();
    return bytes_;
  }

 private:
  std::string bytes_;
  TarWriter writer_{[this](std::string_view part) { bytes_ += part; }, 0};
};

std::string list_of(const std::string& config, const std::vector<std::string>& layers) {
  return nlohmann::json::array({{{"Config", config}, {"RepoTags", {"r:1"}}, {"Layers", layers}}})
      .dump();
}

std::string config_of(const std::vector<std::string>& layers) {
  nlohmann::json json = {{"rootfs", {{"type", "layers"}, {"diff_ids", nlohmann::json::array()}}}};
  for (const std::string& layer : layers) json["rootfs"]["diff_ids"].push_back(digest_of(layer));
  return json.dump();
}

class SavedImages : public testing::Test {
 protected:
  SavedImage& read(const std::string& bytes) {
    files.put("image.tar", bytes);
    image.emplace(files, "image.tar");
    return *image;
  }
  std::string layer(std::size_t i) {
    std::string text;
    image->blob(image->image().manifest.layers.at(i), [&](std::string_view part) { text += part; });
    return text;
  }
  std::string refusal(const std::string& bytes) {
    try {
      (void)read(bytes);
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
      return error.text();
    }
    return "accepted";
  }

  test::MemoryFiles files;
  std::optional<SavedImage> image;
};

TEST_F(SavedImages, of_older_dockers_have_folders_and_links_for_what_stands_twice) {
  const std::string config = config_of({"first", "second", "first"});
  const ResolvedImage& found =
      read(Archive()
               .file("a/layer.tar", "first")
               .file("a/VERSION", "1.0")
               .file("b/layer.tar", "second")
               .link("c/layer.tar", "../a/layer.tar")
               .file("id.json", config)
               .file("manifest.json",
                     list_of("id.json", {"a/layer.tar", "b/layer.tar", "c/layer.tar"}))
               .bytes())
          .image();
  EXPECT_EQ(found.digest, digest_of(config));
  EXPECT_EQ(found.config, config);
  ASSERT_EQ(found.manifest.layers.size(), 3U);
  EXPECT_EQ(found.manifest.layers[1].digest, digest_of("second"));
  EXPECT_EQ(found.manifest.layers[1].size, 6U);
  EXPECT_EQ(layer(0), "first");
  EXPECT_EQ(layer(1), "second");
  EXPECT_EQ(layer(2), "first");
}

TEST_F(SavedImages, of_newer_dockers_name_blobs_by_what_they_are_compressed) {
  const std::string compressed = "as if it were compressed";
  const auto place = [](const std::string& text) {
    return "blobs/sha256/" + digest_of(text).substr(7);
  };
  const std::string config = config_of({"plain"});
  const ResolvedImage& found =
      read(Archive()
               .file(place(compressed), compressed)
               .file(place(config), config)
               .file("manifest.json", list_of(place(config), {place(compressed)}))
               .bytes())
          .image();
  EXPECT_EQ(found.digest, digest_of(config));
  EXPECT_EQ(found.manifest.layers.at(0).digest, digest_of(compressed));
  EXPECT_EQ(layer(0), compressed);
}

TEST_F(SavedImages, that_are_something_else_are_refused_and_named) {
  const std::string config = config_of({"x"});
  EXPECT_THAT(refusal(Archive().file("a", "b").bytes()), HasSubstr("it has no manifest.json"));
  EXPECT_THAT(refusal(Archive().file("manifest.json", "{").bytes()), HasSubstr("is no JSON"));
  EXPECT_THAT(refusal(Archive().file("manifest.json", "[]").bytes()), HasSubstr("one image"));
  EXPECT_THAT(refusal(Archive().file("manifest.json", R"([{"Config":7}])").bytes()),
              HasSubstr("one image"));
  EXPECT_THAT(refusal(Archive().file("manifest.json", list_of("id.json", {"a"})).bytes()),
              HasSubstr("it has no id.json"));
  const auto with = [&](const std::vector<std::string>& layers) {
    return refusal(Archive()
                       .file("id.json", config)
                       .file("manifest.json", list_of("id.json", layers))
                       .bytes());
  };
  EXPECT_THAT(with({}), HasSubstr("layers are missing"));
  EXPECT_THAT(with({"gone"}), HasSubstr("it has no layer gone"));
  EXPECT_THAT(with({"blobs/sha256/../../etc"}), HasSubstr("it has no layer"));
  EXPECT_THAT(refusal("no archive at all" + std::string(600, 'x')), HasSubstr("damaged"));
  // Links in a ring end.
  EXPECT_THAT(refusal(Archive()
                          .link("a", "b")
                          .link("b", "a")
                          .file("id.json", config)
                          .file("manifest.json", list_of("id.json", {"a"}))
                          .bytes()),
              HasSubstr("it has no layer a"));
}

TEST_F(SavedImages, whose_list_is_a_link_are_read_through_it) {
  const std::string config = config_of({"x"});
  const ResolvedImage& found = read(Archive()
                                        .file("x.tar", "x")
                                        .file("real.json", config)
                                        .link("id.json", "real.json")
                                        .file("manifest.json", list_of("id.json", {"x.tar"}))
                                        .bytes())
                                   .image();
  EXPECT_EQ(found.config, config);
  EXPECT_EQ(layer(0), "x");
}

}  // namespace
}  // namespace sconectl::oci
