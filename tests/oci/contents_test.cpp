#include "sconectl/oci/contents.hpp"

#include <gtest/gtest.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::oci {
namespace {

using Entries = std::vector<std::pair<TarEntry, std::string>>;

void add(Contents& contents, const Entries& entries) {
  add_layer(contents, [&](const Sink& take) {
    TarWriter writer(take, 9);
    for (auto [entry, text] : entries) {
      entry.size = text.size();
      writer.add(entry, [content = &text](const Sink& sink) { sink(*content); });
    }
    writer.finish();
  });
}

std::pair<TarEntry, std::string> file(const std::string& path, const std::string& text = "") {
  return {{TarKind::file, path}, text};
}
std::pair<TarEntry, std::string> directory(const std::string& path) {
  return {{TarKind::directory, path, "", 0755}, ""};
}

std::vector<std::string> paths(const Contents& contents) {
  std::vector<std::string> result;
  for (const auto& [path, facts] : contents) result.push_back(path);
  return result;
}

TEST(contents, files_have_their_hash_and_hard_links_that_of_what_they_name) {
  Contents contents;
  add(contents, {directory("bin"),
                 file("bin/a", "text"),
                 {{TarKind::hard_link, "bin/b", "bin/a"}, ""},
                 {{TarKind::symbolic_link, "c", "bin/a"}, ""}});
  const std::string hash = crypto::hex(crypto::view(crypto::sha256("text")));
  EXPECT_EQ(contents.at("bin/a").digest, hash);
  EXPECT_EQ(contents.at("bin/a").size, 4U);
  EXPECT_EQ(contents.at("bin/a").time, 9U);
  EXPECT_EQ(contents.at("bin/b"), contents.at("bin/a"));
  EXPECT_EQ(contents.at("c").link, "bin/a");
}

TEST(contents, layers_take_away_and_replace) {
  Contents contents;
  add(contents, {directory("a"), file("a/1"), file("a/2"), directory("b"), file("b/1"),
                 directory("ab"), file("ab/1"), directory("c"), file("c/1"), file("d", "old")});
  add(contents, {file("a/.wh.1"), file("b/.wh..wh..opq"), file("b/2"), file("c", "a file now"),
                 file(".wh.nothing"), file("d", "new")});
  EXPECT_EQ(paths(contents),
            (std::vector<std::string>{"a", "a/2", "ab", "ab/1", "b", "b/2", "c", "d"}));
  EXPECT_EQ(contents.at("c").kind, TarKind::file);
  EXPECT_EQ(contents.at("d").size, 3U);
  add(contents, {file(".wh..wh..opq"), file("only")});
  EXPECT_EQ(paths(contents), std::vector<std::string>{"only"});
}

}  // namespace
}  // namespace sconectl::oci
