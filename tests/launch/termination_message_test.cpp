// What kubectl shows of a container that was refused.
#include "sconectl/launch/termination_message.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "sconectl/host/files.hpp"

namespace sconectl::test {
namespace {

using diag::Error;
using diag::ErrorKind;
using launch::leave_message;

class TerminationMessage : public testing::Test {
 protected:
  std::unique_ptr<host::Files> files_ = host::system_files();
  host::TemporaryDirectory temporary_{*files_, "sconectl-test-"};
  std::string path_ = (temporary_.path() / "termination-log").string();
};

TEST_F(TerminationMessage, the_error_and_its_causes_replace_what_stands_there) {
  files_->write(path_, std::string(200, 'x'), 0600);
  leave_message(Error(ErrorKind::refused, "no configuration", {"why", "denial 12"}), path_);
  EXPECT_EQ(files_->read(path_), "no configuration\nwhy\ndenial 12");
}

TEST_F(TerminationMessage, is_as_long_as_kubernetes_shows) {
  files_->write(path_, "", 0600);
  leave_message(Error(ErrorKind::refused, "begin" + std::string(10000, 'x')), path_);
  EXPECT_EQ(files_->read(path_).size(), 4096U);
  EXPECT_EQ(files_->read(path_).substr(0, 6), "beginx");
}

TEST_F(TerminationMessage, a_file_that_is_not_there_is_not_made) {
  leave_message(Error(ErrorKind::refused, "x"), path_);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(TerminationMessage, nothing_but_a_file_is_written) {
  const std::string target = (temporary_.path() / "target").string();
  files_->write(target, "kept", 0600);
  std::filesystem::create_symlink(target, path_);
  leave_message(Error(ErrorKind::refused, "x"), path_);
  EXPECT_EQ(files_->read(target), "kept");
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  leave_message(Error(ErrorKind::refused, "x"), path_);  // nobody reads it: this must not hang
  EXPECT_TRUE(std::filesystem::is_fifo(path_));
}

}  // namespace
}  // namespace sconectl::test
