#include "sconectl/image/file_hashes.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "sconectl/crypto/encoding.hpp"
#include "support/fixed_clock.hpp"
#include "support/matchers.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

std::string hex_of(const crypto::Digest& digest) {
  return crypto::hex(crypto::view(digest));
}

/// On a real file system, which gives files their stamps.
class FileHashesTest : public testing::Test {
 protected:
  FileHashesTest() { put("the bytes"); }

  void put(const std::string& bytes) const {
    files_->write(file_, bytes, 0644, host::Durability::cached);
  }
  /// A run of its own, `later` than the last change.
  std::string hash(std::chrono::milliseconds later = std::chrono::hours(1)) const {
    const test::FixedClock clock(std::chrono::system_clock::now() + later);
    FileHashes hashes(*files_, clock, notes_);
    const std::string result = hex_of(hashes.of(file_));
    hashes.keep();
    return result;
  }
  [[nodiscard]] std::string notes() const { return files_->read_if_exists(notes_).value_or(""); }
  /// Puts another digest into the notes: who trusts them returns it.
  void forge() const {
    std::string text = notes();
    const auto at = text.find(true_);
    ASSERT_NE(at, std::string::npos) << text;
    files_->write(notes_, text.replace(at, forged_.size(), forged_), 0600);
  }

  std::unique_ptr<host::Files> files_ = host::system_files();
  host::TemporaryDirectory temporary_{*files_};
  fs::path file_ = temporary_.path() / "file with a blank";
  fs::path notes_ = temporary_.path() / "cache" / "notes";
  std::string true_ = hex_of(crypto::sha256("the bytes"));
  std::string forged_ = std::string(64, 'e');
};

TEST_F(FileHashesTest, a_file_that_is_the_same_is_not_read_again) {
  EXPECT_EQ(hash(), true_);
  forge();
  EXPECT_EQ(hash(), forged_);
  EXPECT_EQ(files_->status(notes_)->mode, 0600U);
  EXPECT_EQ(files_->status(notes_.parent_path())->mode, 0700U);
  // Names are nobody's business.
  EXPECT_THAT(notes(), test::HasButNot("sconectl file hashes", "file with a blank"));
}

TEST_F(FileHashesTest, a_file_that_changed_just_now_is_read_again) {
  EXPECT_EQ(hash(std::chrono::milliseconds(0)), true_);
  EXPECT_EQ(notes(), "");
  EXPECT_EQ(hash(std::chrono::milliseconds(1500)), true_);
  EXPECT_EQ(notes(), "");
  EXPECT_EQ(hash(std::chrono::milliseconds(2500)), true_);
  EXPECT_NE(notes(), "");
}

TEST_F(FileHashesTest, a_file_from_the_future_is_read_again) {
  const timespec next_year{::time(nullptr) + 31'536'000, 0};
  const timespec times[] = {next_year, next_year};
  ASSERT_EQ(::utimensat(AT_FDCWD, file_.c_str(), times, 0), 0);
  EXPECT_EQ(hash(), true_);
  EXPECT_EQ(notes(), "");
}

TEST_F(FileHashesTest, other_bytes_of_the_same_length_and_time_are_seen) {
  struct stat before {};
  ASSERT_EQ(::stat(file_.c_str(), &before), 0);
  EXPECT_EQ(hash(), true_);
  forge();
  put("THE BYTES");
  const timespec times[] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, file_.c_str(), times, 0), 0);
  EXPECT_EQ(hash(), hex_of(crypto::sha256("THE BYTES")));
}

TEST_F(FileHashesTest, another_file_in_its_place_with_its_time_is_seen) {
  EXPECT_EQ(hash(), true_);
  forge();
  const fs::path other = temporary_.path() / "other";
  files_->write(other, "THE BYTES");
  fs::last_write_time(other, fs::last_write_time(file_));
  files_->move_file(other, file_);
  EXPECT_EQ(hash(), hex_of(crypto::sha256("THE BYTES")));
}

TEST_F(FileHashesTest, notes_that_are_damaged_are_no_notes) {
  EXPECT_EQ(hash(), true_);
  forge();
  const std::string good = notes();
  const std::string head = good.substr(0, good.find('\n') + 1);
  const std::string line = good.substr(head.size());
  for (const std::string& bad : {line, "sconectl file hashes 2\n" + line, head + line + "x\n",
                                 head + line.substr(2), head + line.substr(0, line.size() / 2),
                                 head + "zz" + line.substr(2), good + std::string("\0\xff\n", 3)}) {
    files_->write(notes_, bad, 0600);
    EXPECT_EQ(hash(), true_) << bad;
  }
}

TEST_F(FileHashesTest, notes_hold_what_the_last_run_asked_for) {
  (void)hash();
  const std::string one = notes();
  put("the bytes");  // another inode
  (void)hash();
  EXPECT_EQ(notes().size(), one.size());
  EXPECT_NE(notes(), one);
}

TEST_F(FileHashesTest, notes_that_can_not_be_written_stop_nobody) {
  notes_ = file_ / "below a file";
  EXPECT_EQ(hash(), true_);
}

TEST_F(FileHashesTest, without_notes_nothing_is_trusted) {
  FileHashes hashes(*files_);
  EXPECT_EQ(hex_of(hashes.of(file_)), true_);
  put("THE BYTES");
  EXPECT_EQ(hex_of(hashes.of(file_)), hex_of(crypto::sha256("THE BYTES")));
  hashes.keep();
  EXPECT_FALSE(files_->exists(notes_));
}

}  // namespace
}  // namespace sconectl::image
