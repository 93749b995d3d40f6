#include "sconectl/oci/tree.hpp"

#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/name.hpp"
#include "support/memory_files.hpp"

namespace sconectl::oci {
namespace {

TarEntry folder(const std::string& path, unsigned mode = 0755) {
  return {TarKind::directory, path, "", mode, 7, 8};
}
TarEntry link_entry(const std::string& path, const std::string& target) {
  return {TarKind::symbolic_link, path, target};
}

Tree tree(const std::vector<TarEntry>& entries) {
  Tree result;
  for (const TarEntry& entry : entries) result.apply(entry);
  return result;
}

TEST(tree, links_of_the_image_are_followed_and_never_lead_out_of_it) {
  Tree all;
  all.add_layer(tree({folder("usr"), folder("usr/lib"), link_entry("lib", "usr/lib"),
                      link_entry("abs", "/usr"), link_entry("up", "../../../usr/lib"),
                      link_entry("a", "b"), link_entry("b", "a")}));
  EXPECT_EQ(all.resolved("lib/x/y"), "usr/lib/x/y");
  EXPECT_EQ(all.resolved("abs/lib"), "usr/lib");
  EXPECT_EQ(all.resolved("up/z"), "usr/lib/z");
  EXPECT_EQ(all.resolved("not/there/../here"), "not/here");
  EXPECT_EQ(all.resolved(""), "");
  EXPECT_THROW((void)all.resolved("a/x"), diag::Error);
}

TEST(tree, directories_and_links_are_named_in_order) {
  const Tree all = tree({folder("usr"),
                         link_entry("z", "usr"),
                         folder("app"),
                         folder("usr/lib"),
                         link_entry("lib", "usr/lib"),
                         {TarKind::file, "app/file"}});
  EXPECT_EQ(all.directories(), (std::vector<std::string>{"app", "usr", "usr/lib"}));
  EXPECT_EQ(all.links(), (std::vector<std::string>{"lib", "z"}));
}

TEST(tree, upper_layers_replace_remove_and_empty_what_is_below) {
  Tree all;
  all.add_layer(
      tree({folder("app", 0700), folder("app/old"), folder("gone"), folder("gone/below"),
            folder("data"), folder("data/old"), folder("turned"), folder("turned/below")}));
  all.add_layer(tree({{TarKind::file, ".wh.gone"},
                      {TarKind::file, "data/.wh..wh..opq"},
                      folder("data/new"),
                      link_entry("turned", "app")}));
  ASSERT_NE(all.directory("app"), nullptr);
  EXPECT_EQ(*all.directory("app"), (Directory{0700, 7, 8}));
  EXPECT_EQ(all.directory("gone"), nullptr);
  EXPECT_EQ(all.directory("gone/below"), nullptr);
  EXPECT_NE(all.directory("data"), nullptr);
  EXPECT_EQ(all.directory("data/old"), nullptr);
  EXPECT_NE(all.directory("data/new"), nullptr);
  EXPECT_EQ(all.resolved("turned/x"), "app/x");
  EXPECT_EQ(all.directory("turned/below"), nullptr);
}

TEST(tree, what_is_kept_about_a_layer_is_read_back) {
  const Tree layer = tree({folder("tmp", 01777),
                           link_entry("odd\xff", "x"),
                           {TarKind::file, "a/.wh.b"},
                           {TarKind::file, "c/.wh..wh..opq"}});
  const auto read = Tree::parse(layer.text());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text(), layer.text());
  EXPECT_EQ(read->directory("tmp")->mode, 01777U);
  for (const char* text : {"", "[]", "{}", R"({"removed":[],"emptied":[],"entries":[[1]]})"})
    EXPECT_FALSE(Tree::parse(text)) << text;
}

}  // namespace
}  // namespace sconectl::oci
