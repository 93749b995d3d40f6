#include "sconectl/host/file_access.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::host {
namespace {

constexpr unsigned ours = 2000;
constexpr unsigned foreign = 100;

FileAccess of(unsigned mode, unsigned group) {
  return file_access(mode, group, [](unsigned asked) { return asked == ours; });
}

TEST(FileAccess, is_judged_by_who_is_let_in) {
  for (const unsigned mode : {0600U, 0400U, 0700U, 0000U, 04600U}) {
    EXPECT_EQ(of(mode, ours), FileAccess::owner) << mode;
    EXPECT_EQ(of(mode, foreign), FileAccess::owner) << mode;
  }
  for (const unsigned mode : {0660U, 0640U, 0620U, 0610U, 02770U}) {
    EXPECT_EQ(of(mode, ours), FileAccess::own_group) << mode;
    EXPECT_EQ(of(mode, foreign), FileAccess::others) << mode;
  }
  for (const unsigned mode : {0604U, 0602U, 0601U, 0644U, 0664U, 0666U, 0777U}) {
    EXPECT_EQ(of(mode, ours), FileAccess::others) << mode;
    EXPECT_EQ(of(mode, foreign), FileAccess::others) << mode;
  }
}

class FileAccessOnDisk : public testing::Test {
 protected:
  FileAccessOnDisk() { files_->write(path_, "x", 0600); }

  std::unique_ptr<Files> files_ = system_files();
  TemporaryDirectory directory_{*files_, "file-access-"};
  std::filesystem::path path_ = directory_.path() / "file";
};

TEST_F(FileAccessOnDisk, knows_the_groups_of_this_process) {
  ASSERT_EQ(::chown(path_.c_str(), static_cast<uid_t>(-1), ::getegid()), 0);
  EXPECT_EQ(file_access(path_), FileAccess::owner);
  ASSERT_EQ(::chmod(path_.c_str(), 0660), 0);
  EXPECT_EQ(file_access(path_), FileAccess::own_group);
  ASSERT_EQ(::chmod(path_.c_str(), 0664), 0);
  EXPECT_EQ(file_access(path_), FileAccess::others);
}

TEST_F(FileAccessOnDisk, follows_links_and_names_what_is_missing) {
  ASSERT_EQ(::chmod(path_.c_str(), 0666), 0);
  files_->make_link(path_, directory_.path() / "link");
  EXPECT_EQ(file_access(directory_.path() / "link"), FileAccess::others);
  EXPECT_THROW((void)file_access(directory_.path() / "none"), diag::Error);
}

TEST_F(FileAccessOnDisk, is_taken_from_all_but_the_owner) {
  ASSERT_EQ(::chmod(path_.c_str(), 02674), 0);
  EXPECT_TRUE(close_to_all_but_owner(path_));
  EXPECT_EQ(files_->status(path_)->mode, 0600U);
  EXPECT_EQ(files_->read(path_), "x");
  EXPECT_FALSE(close_to_all_but_owner(directory_.path() / "none"));
}

}  // namespace
}  // namespace sconectl::host
