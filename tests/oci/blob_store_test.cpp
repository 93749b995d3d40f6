#include "sconectl/oci/blob_store.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/layout.hpp"
#include "sconectl/oci/name.hpp"
#include "support/memory_files.hpp"

namespace sconectl::oci {
namespace {

using ::testing::HasSubstr;

/// Gives what it was told, whatever it is asked for.
class Gives final : public ImageSource {
 public:
  explicit Gives(std::string bytes) : bytes_(std::move(bytes)) {}
  std::optional<FetchedManifest> manifest(const std::string&) override { return std::nullopt; }
  void blob(const Descriptor&, const Sink& take) override {
    ++asked;
    take(bytes_);
  }
  [[nodiscard]] std::string name() const override { return "the test"; }
  int asked = 0;

 private:
  std::string bytes_;
};

Descriptor descriptor_of(const std::string& bytes) {
  return {std::string(layer_type), digest_of(bytes), bytes.size()};
}

std::string text_of(BlobStore& store, const Descriptor& blob) {
  std::string text;
  store.read(blob, [&](std::string_view part) { text += part; });
  return text;
}

MadeLayer packed(BlobStore& store, const std::string& text, int* calls = nullptr) {
  return store.pack(1, [&](TarWriter& archive) {
    if (calls != nullptr) ++*calls;
    archive.add({TarKind::file, "a", "", 0644, 0, 0, text.size()},
                [&](const Sink& take) { take(text); });
  });
}

TEST(blob_store, a_blob_is_fetched_once_and_only_if_it_is_the_right_one) {
  test::MemoryFiles files;
  BlobStore store(files, "/cache");
  Gives source("bytes");
  store.fetch(source, descriptor_of("bytes"));
  store.fetch(source, descriptor_of("bytes"));
  EXPECT_EQ(source.asked, 1);
  EXPECT_EQ(text_of(store, descriptor_of("bytes")), "bytes");
  EXPECT_EQ(files.all().at(store.path(digest_of("bytes"))).mode, 0600U);

  for (const char* wrong : {"other", "bytes and more", ""}) {
    const Descriptor wanted = descriptor_of("wanted");
    Gives liar(wrong);
    EXPECT_THROW(store.fetch(liar, wanted), diag::Error);
    EXPECT_FALSE(store.has(wanted));
  }
}

TEST(blob_store, damage_is_noticed_and_mended_by_the_next_run) {
  test::MemoryFiles files;
  BlobStore store(files, "/cache");
  Gives source("bytes");
  const Descriptor blob = descriptor_of("bytes");
  store.fetch(source, blob);
  files.put(store.path(blob.digest), "bytez");
  EXPECT_TRUE(store.has(blob)) << "the length is right";
  EXPECT_THROW((void)text_of(store, blob), diag::Error);
  store.fetch(source, blob);
  EXPECT_EQ(text_of(store, blob), "bytes");
}

TEST(blob_store, the_same_archive_is_packed_once) {
  test::MemoryFiles files;
  BlobStore store(files, "/cache");
  int calls = 0;
  const MadeLayer first = packed(store, "text", &calls);
  EXPECT_EQ(calls, 2) << "to name it and to pack it";
  const MadeLayer again = packed(store, "text", &calls);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(again.blob, first.blob);
  EXPECT_EQ(again.diff_id, first.diff_id);
  EXPECT_NE(packed(store, "other").blob.digest, first.blob.digest);
  EXPECT_EQ(digest_of(text_of(store, first.blob)), first.blob.digest);

  files.remove_tree(store.path(first.blob.digest));
  EXPECT_EQ(packed(store, "text").blob, first.blob) << "made again";
  test::MemoryFiles elsewhere;
  BlobStore other(elsewhere, "/elsewhere");
  EXPECT_EQ(packed(other, "text").blob, first.blob);
}

TEST(blob_store, a_full_disk_leaves_nothing_that_counts) {
  test::MemoryFiles files;
  BlobStore store(files, "/cache");
  (void)packed(store, "first");
  const auto before = files.all().size();
  files.fill_disk();
  EXPECT_THROW((void)packed(store, "second"), diag::Error);
  EXPECT_EQ(files.all().size(), before);
}

TEST(blob_store, what_killed_runs_left_is_removed_and_what_others_pack_is_not) {
  test::MemoryFiles files;
  BlobStore store(files, "/cache");
  files.put("/cache/packing-killed/layer", "half");
  files.put("/cache/packing-killed/lock", "");
  files.put("/cache/packing-older/layer", "of a version that locked nothing");
  files.put("/cache/packing-running/layer", "half");
  const auto other = files.try_lock("/cache/packing-running/lock");
  bool inside = false;
  (void)store.pack(1, [&](TarWriter& archive) {
    archive.add({TarKind::file, "a", "", 0644, 0, 0, 1}, [](const Sink& take) { take("x"); });
    // A second run at this very time leaves the first alone.
    if (!files.exists("/cache/packed") || inside) return;
    inside = true;
    BlobStore second(files, "/cache");
    (void)packed(second, "y");
  });
  EXPECT_FALSE(files.exists("/cache/packing-killed"));
  EXPECT_FALSE(files.exists("/cache/packing-older"));
  EXPECT_EQ(files.read("/cache/packing-running/layer", 100), "half");
  EXPECT_THAT(files.list("/cache"),
              testing::UnorderedElementsAre("blobs", "packed", "packing-running", "packing.lock"));
  EXPECT_TRUE(inside);
}

class LayoutTest : public testing::Test {
 protected:
  LayoutTest() {
    layer_ = packed(store_, "application").blob;
    Manifest manifest;
    manifest.config = {std::string(config_type), digest_of(config_), config_.size()};
    manifest.layers = {layer_, layer_};
    image_ = {write(manifest), std::string(manifest_type), config_, manifest.layers, "r/web:1"};
  }

  test::MemoryFiles files_;
  BlobStore store_{files_, "/cache"};
  std::string config_ = R"({"rootfs":{"diff_ids":[]}})";
  Descriptor layer_;
  WholeImage image_;
};

TEST(LayoutReference, is_a_directory_and_a_name_that_may_hold_colons) {
  EXPECT_FALSE(parse_layout_reference("r/app:1"));
  EXPECT_FALSE(parse_layout_reference("oci-archive:x.tar"));
  const auto only = parse_layout_reference("oci:a/b");
  ASSERT_TRUE(only);
  EXPECT_EQ(only->directory, "a/b");
  EXPECT_EQ(only->name, "");
  const auto named = parse_layout_reference("oci:a/b:r:5000/app:1");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->directory, "a/b");
  EXPECT_EQ(named->name, "r:5000/app:1");
}

TEST_F(LayoutTest, what_is_written_is_a_source_of_images) {
  write_layout(image_, store_, files_, "/out");
  for (const char* selector : {"", "r/web:1"}) {
    Layout layout(files_, "/out");
    const ResolvedImage found = resolve(layout, selector, this_platform());
    EXPECT_EQ(found.config, config_);
    EXPECT_EQ(found.digest, digest_of(image_.manifest));
    std::string bytes;
    layout.blob(layer_, [&](std::string_view part) { bytes += part; });
    EXPECT_EQ(digest_of(bytes), layer_.digest);
  }
  Layout layout(files_, "/out");
  EXPECT_FALSE(layout.manifest("r/other:1"));
  EXPECT_FALSE(layout.manifest("sha256:" + std::string(64, '0')));
}

TEST_F(LayoutTest, what_is_not_of_the_image_goes) {
  write_layout(image_, store_, files_, "/out");
  files_.put("/out/blobs/sha256/" + std::string(64, 'e'), "old");
  const auto before = files_.all().size();
  write_layout(image_, store_, files_, "/out");
  EXPECT_EQ(files_.all().size(), before - 1);
}

TEST_F(LayoutTest, a_full_disk_leaves_the_image_that_was_there_and_nothing_of_the_new_one) {
  write_layout(image_, store_, files_, "/out");
  const WholeImage first = image_;
  const Descriptor fresh = packed(store_, "another").blob;
  Manifest manifest;
  manifest.config = {std::string(config_type), digest_of(config_), config_.size()};
  manifest.layers = {layer_, fresh};
  image_.manifest = write(manifest);
  image_.layers = manifest.layers;
  const auto names = files_.list("/out/blobs/sha256");
  files_.fill_disk();
  EXPECT_THROW(write_layout(image_, store_, files_, "/out"), diag::Error);
  EXPECT_EQ(files_.list("/out/blobs/sha256"), names);
  EXPECT_TRUE(Layout(files_, "/out").has_whole(digest_of(first.manifest)));
}

TEST_F(LayoutTest, a_blob_that_was_damaged_is_written_again) {
  write_layout(image_, store_, files_, "/out");
  const std::string blob = "/out/blobs/sha256/" + layer_.digest.substr(7);
  std::string bytes = files_.read(blob, host::Files::no_limit);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  files_.put(blob, bytes);
  write_layout(image_, store_, files_, "/out");
  EXPECT_EQ(digest_of(files_.read(blob, host::Files::no_limit)), layer_.digest);
}

TEST_F(LayoutTest, other_images_are_not_written_over) {
  write_layout(image_, store_, files_, "/out");
  write_layout(image_, store_, files_, "/out");
  image_.name = "r/other:1";
  EXPECT_THROW(write_layout(image_, store_, files_, "/out"), diag::Error);
  Layout layout(files_, "/out");
  EXPECT_TRUE(layout.manifest("r/web:1")) << "it is as it was";
}

TEST_F(LayoutTest, an_archive_is_the_same_every_time_and_docker_finds_its_way_in_it) {
  write_layout_archive(image_, store_, files_, "/image.tar", 1);
  const std::string first = files_.read("/image.tar", host::Files::no_limit);
  write_layout_archive(image_, store_, files_, "/image.tar", 1);
  EXPECT_EQ(files_.read("/image.tar", host::Files::no_limit), first);
  std::map<std::string, std::string> members;
  TarReader reader([&](const TarEntry& entry) -> Sink {
    auto* text = &members[entry.path];
    return [text](std::string_view part) { *text += part; };
  });
  reader.take(first);
  reader.finish();
  const auto docker = nlohmann::json::parse(members.at("manifest.json")).at(0);
  EXPECT_EQ(docker["RepoTags"], std::vector<std::string>{"r/web:1"});
  EXPECT_EQ(members.at(docker["Config"]), config_);
  EXPECT_EQ(docker["Layers"].size(), 2);
  EXPECT_TRUE(members.contains(docker["Layers"][0].get<std::string>()));
  EXPECT_TRUE(members.contains("index.json"));
}

TEST_F(LayoutTest, a_directory_that_is_none_and_a_changed_blob_are_refused) {
  EXPECT_THROW(Layout(files_, "/nowhere"), diag::Error);
  write_layout(image_, store_, files_, "/out");
  files_.put("/out/blobs/sha256/" + digest_of(image_.manifest).substr(7), "{}");
  Layout layout(files_, "/out");
  try {
    (void)layout.manifest("");
    FAIL();
  } catch (const diag::Error& error) {
    EXPECT_THAT(error.text(), HasSubstr("other bytes than its name says"));
  }
}

}  // namespace
}  // namespace sconectl::oci
