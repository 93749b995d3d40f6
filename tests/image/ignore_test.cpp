#include "image/ignore.hpp"

#include <gtest/gtest.h>

namespace sconectl::image {
namespace {

bool excludes(const std::string& lines, const std::string& path) {
  IgnoreList list;
  list.add(lines);
  return list.excludes(path);
}

TEST(Ignore, names_directories_and_stars) {
  EXPECT_TRUE(excludes("a.txt", "a.txt"));
  EXPECT_TRUE(excludes("/a.txt", "a.txt"));
  EXPECT_TRUE(excludes("dir", "dir/b/c.txt"));
  EXPECT_TRUE(excludes("dir/", "dir/c.txt"));
  EXPECT_TRUE(excludes("./dir", "dir/c.txt"));
  EXPECT_FALSE(excludes("a.txt", "dir/a.txt"));
  EXPECT_TRUE(excludes("*.txt", "a.txt"));
  EXPECT_FALSE(excludes("*.txt", "dir/a.txt"));
  EXPECT_TRUE(excludes("*/*.txt", "dir/a.txt"));
  EXPECT_TRUE(excludes("?.py", "a.py"));
  EXPECT_FALSE(excludes("?.py", "ab.py"));
  EXPECT_FALSE(excludes("dir?c", "dir/c"));
}

TEST(Ignore, two_stars_match_any_number_of_directories) {
  for (const std::string path : {"a.txt", "x/a.txt", "x/y/a.txt"}) {
    EXPECT_TRUE(excludes("**/a.txt", path)) << path;
    EXPECT_TRUE(excludes("**/*.txt", path)) << path;
  }
  EXPECT_FALSE(excludes("**/a.txt", "xa.txt"));
  EXPECT_TRUE(excludes("x/**", "x/y/z"));
  EXPECT_TRUE(excludes("x/**/z", "x/z"));
  EXPECT_TRUE(excludes("x/**/z", "x/a/b/z"));
  EXPECT_FALSE(excludes("x/**/z", "x/yz"));
}

TEST(Ignore, sets_and_escapes) {
  EXPECT_TRUE(excludes("[a-c].py", "b.py"));
  EXPECT_FALSE(excludes("[a-c].py", "d.py"));
  EXPECT_TRUE(excludes("[^a-c].py", "d.py"));
  EXPECT_TRUE(excludes("\\*.py", "*.py"));
  EXPECT_FALSE(excludes("\\*.py", "a.py"));
  EXPECT_TRUE(excludes("[x", "[x"));
}

TEST(Ignore, the_last_line_that_matches_decides) {
  const std::string lines = "# comment\n\n*\n!src\nsrc/secret.txt\r\n";
  EXPECT_TRUE(excludes(lines, "a.py"));
  EXPECT_FALSE(excludes(lines, "src/a.py"));
  EXPECT_TRUE(excludes(lines, "src/secret.txt"));
  IgnoreList list;
  list.add("a\n");
  EXPECT_FALSE(list.has_exceptions());
  list.add("! b\n");
  EXPECT_TRUE(list.has_exceptions());
}

/// A pattern that would take years with a matcher that goes back.
TEST(Ignore, hostile_patterns_are_matched_in_linear_time) {
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "*a**/";
  EXPECT_FALSE(excludes(pattern + "b", std::string(2000, 'a')));
}

TEST(Ignore, credentials_and_version_control_are_built_in) {
  for (const std::string path : {".git/config", "sub/.git", ".env", "a/.env.local", ".ssh/id_rsa"})
    EXPECT_TRUE(excludes(std::string(built_in_excludes()), path)) << path;
  for (const std::string path : {"environment.py", ".envrc", "git/x", "app.py"})
    EXPECT_FALSE(excludes(std::string(built_in_excludes()), path)) << path;
}

}  // namespace
}  // namespace sconectl::image
