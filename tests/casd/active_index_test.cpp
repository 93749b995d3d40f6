// The sealed list of active versions and the sum of all rows, byte by byte.
#include "casd/store/active_index.hpp"

#include <gtest/gtest.h>

#include "casd/store/row_set.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {
namespace {

std::string number(char low) {
  return std::string(7, '\0') + low;
}

struct IndexFile : testing::Test {
  /// What is read from a file with these bytes, under the key of this CAS.
  std::optional<ActiveIndex> read(const std::string& bytes) const {
    files->write(path, seal.seal(bytes, place("index", {"active"})), 0600);
    return ActiveIndex::read(path, seal);
  }
  static std::string entry(const std::string& name, char sequence, char row) {
    return number(static_cast<char>(name.size())) + name + number(sequence) + number(row);
  }

  const std::string head = "active-1\n" + number(7) + number(3) + number(9) + number(2) + "ab";
  const std::string whole = head + entry("a", 1, 4) + entry("b", 2, 9);
  RowSeal seal{crypto::Secret(std::string(32, 'k'))};
  std::unique_ptr<host::Files> files = host::system_files();
  host::TemporaryDirectory directory{*files, "index-test-"};
  std::filesystem::path path = directory.path() / "cas.index";
};

TEST_F(IndexFile, is_read_as_it_was_written) {
  const auto index = read(whole);
  ASSERT_TRUE(index);
  EXPECT_EQ(index->moment().commits, 7);
  EXPECT_EQ(index->moment().rows, 3);
  EXPECT_EQ(index->moment().last_row, 9);
  EXPECT_EQ(index->moment().last_seal, "ab");
  EXPECT_EQ(index->find("a")->row, 4);
  EXPECT_EQ(index->find("b")->sequence, 2);
  for (const auto* name : {"", "A", "aa", "c"}) EXPECT_FALSE(index->find(name)) << name;
}

TEST_F(IndexFile, that_is_cut_anywhere_is_none) {
  const auto first_entry = head.size() + entry("a", 1, 4).size();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(read(whole.substr(0, size)).has_value(), size == head.size() || size == first_entry)
        << size;
  EXPECT_FALSE(read("active-2\n" + whole.substr(9)));
  files->write(path, "garbage", 0600);
  EXPECT_FALSE(ActiveIndex::read(path, seal));
  EXPECT_FALSE(ActiveIndex::read(directory.path() / "missing", seal));
}

TEST(RowSet, every_byte_of_a_row_counts) {
  const auto empty = RowSet().text();
  for (std::size_t i = 0; i < crypto::Digest().size(); ++i) {
    crypto::Digest row{};
    row[i] = 1;
    RowSet set;
    set.flip(row);
    EXPECT_NE(set.text(), empty) << i;
    set.flip(row);
    EXPECT_EQ(set.text(), empty) << i;
  }
}

TEST(RowVersions, go_up_only) {
  RowVersions versions;
  EXPECT_EQ(versions.known("a").at_least, 0);
  versions.put("a", 3);
  versions.put("a", 2);
  EXPECT_EQ(versions.known("a").at_least, 3);
  EXPECT_EQ(versions.known("b").at_least, 0);
}

}  // namespace
}  // namespace sconectl::casd
