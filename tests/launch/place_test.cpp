#include "launch/place.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "support/matchers.hpp"

namespace sconectl::launch {
namespace {

namespace fs = std::filesystem;
using diag::Error;

bool is_memory(const fs::path& path) {
  struct statfs system {};
  return ::statfs(path.c_str(), &system) == 0 && system.f_type == TMPFS_MAGIC;
}

class PlaceFiles : public testing::Test {
 protected:
  std::unique_ptr<host::Files> files_ = host::system_files();
  host::TemporaryDirectory disk_{*files_, "sconectl-test-"};
  fs::path here_ = disk_.path();

  std::string mode(const fs::path& path) {
    char text[8];
    std::snprintf(text, sizeof text, "%o", files_->status(path)->mode);
    return text;
  }
};

/// With a memory file system; places below it are removed at the end.
class PlaceInMemory : public PlaceFiles {
 protected:
  void SetUp() override {
    if (is_memory(here_)) GTEST_SKIP() << "the temporary directory is in memory itself";
    if (!is_memory("/dev/shm") || ::access("/dev/shm", W_OK) != 0) GTEST_SKIP() << "no /dev/shm";
    memory_ = std::make_unique<host::TemporaryDirectory>(*files_, "sconectl-test-", "/dev/shm");
  }
  std::unique_ptr<host::TemporaryDirectory> memory_;
};

TEST_F(PlaceInMemory, A30_a_file_that_is_replaced_leaves_nothing_of_the_one_before) {
  const auto path = (here_ / "secret").string();
  place_files({{path, "old", 0600}, {(here_ / "other").string(), "kept", 0600}}, memory_->path());
  const fs::path before = fs::read_symlink(path);
  replace_file({path, "new", 0640}, memory_->path());
  EXPECT_EQ(files_->read(path), "new");
  EXPECT_EQ(mode(fs::read_symlink(path)), "640");
  EXPECT_FALSE(fs::exists(before));
  EXPECT_EQ(files_->read(here_ / "other"), "kept");
  // The directory of the first start goes with its last file.
  replace_file({(here_ / "other").string(), "newer", 0600}, memory_->path());
  EXPECT_EQ(files_->read(here_ / "other"), "newer");
  EXPECT_FALSE(fs::exists(before.parent_path()));
}

TEST_F(PlaceInMemory, a_file_in_a_directory_that_others_can_exchange_is_not_replaced) {
  const auto path = (here_ / "a" / "secret").string();
  place_files({{path, "old", 0600}}, memory_->path());
  fs::permissions(here_ / "a", fs::perms::others_write, fs::perm_options::add);
  try {
    replace_file({path, "new", 0600}, memory_->path());
    ADD_FAILURE() << "replaced";
  } catch (const Error& error) {
    EXPECT_NE(error.text().find("others could exchange '" + (here_ / "a").string() + "'"),
              std::string::npos)
        << error.text();
  }
  EXPECT_EQ(files_->read(path), "old");
}

TEST_F(PlaceInMemory, a_file_that_is_replaced_keeps_its_owner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const auto path = (here_ / "secret").string();
  place_files({{path, "old", 0400}}, memory_->path());
  ASSERT_EQ(::chown(path.c_str(), 1234, 1235), 0);
  replace_file({path, "new", 0400}, memory_->path());
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, 1234U);
  EXPECT_EQ(found.st_gid, 1235U);
}

TEST_F(PlaceInMemory, a_link_of_somebody_else_is_replaced_and_not_what_it_leads_to) {
  files_->write(here_ / "precious", "precious");
  fs::create_symlink(here_ / "precious", here_ / "secret");
  replace_file({(here_ / "secret").string(), "new", 0600}, memory_->path());
  EXPECT_EQ(files_->read(here_ / "secret"), "new");
  EXPECT_EQ(files_->read(here_ / "precious"), "precious");
}

TEST_F(PlaceInMemory, SL245_the_bytes_stay_in_memory_and_the_path_leads_to_them) {
  place_files({{here_ / "a" / "secret", "s3cret", 0600}}, memory_->path());
  EXPECT_EQ(files_->read(here_ / "a" / "secret"), "s3cret");
  ASSERT_TRUE(fs::is_symlink(here_ / "a" / "secret"));
  const fs::path target = fs::read_symlink(here_ / "a" / "secret");
  EXPECT_EQ(target.parent_path().parent_path(), memory_->path());
  EXPECT_EQ(mode(target), "600");
  EXPECT_EQ(mode(target.parent_path()), "700");
  EXPECT_EQ(files_->list(here_ / "a"), std::vector<std::string>{"secret"});
}

TEST_F(PlaceInMemory, a_file_that_others_may_read_can_be_reached_by_them) {
  place_files({{here_ / "own", "1", 0700}, {here_ / "shared", "2", 0444}}, memory_->path());
  EXPECT_EQ(mode(fs::read_symlink(here_ / "shared").parent_path()), "711");
  EXPECT_EQ(mode(here_ / "own"), "700");
  EXPECT_EQ(mode(here_ / "shared"), "444");
}

/// In a child that is no root, in a directory that it may not write to.
int as_nobody(const fs::path& directory, const std::function<void()>& act) {
  ::chmod(directory.c_str(), 0755);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::getuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(77);
    try {
      act();
    } catch (const Error&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(PlaceInMemory, where_nothing_can_be_written_a_link_of_the_image_is_filled) {
  const fs::path target = memory_->path() / ".sconectl-0123456789abcdef";
  ::chmod(memory_->path().c_str(), 0777);
  fs::create_symlink(target, here_ / "conf.txt");
  const auto place = [&] {
    place_files({{(here_ / "conf.txt").string(), "s3cret", 0640}}, memory_->path());
  };
  if (::getuid() != 0) ::chmod(here_.c_str(), 0555);
  for (int start = 0; start < 2; ++start) {
    const int status = as_nobody(here_, place);
    if (status == 77) GTEST_SKIP() << "the user can not be changed here";
    ASSERT_EQ(status, 0);
    EXPECT_EQ(files_->read(here_ / "conf.txt"), "s3cret");
    EXPECT_EQ(mode(target), "640");
    EXPECT_EQ(fs::read_symlink(here_ / "conf.txt"), target);
  }
  ::chmod(here_.c_str(), 0755);
}

TEST_F(PlaceInMemory, only_links_to_names_of_ours_are_filled) {
  ::chmod(memory_->path().c_str(), 0777);
  if (::getuid() != 0) ::chmod(here_.c_str(), 0555);
  int number = 0;
  for (const fs::path& target : {memory_->path() / "other", memory_->path() / "a" / ".sconectl-0",
                                 here_ / ".sconectl-0", memory_->path() / ".." / ".sconectl-0"}) {
    if (::getuid() != 0) ::chmod(here_.c_str(), 0755);
    const fs::path link = here_ / std::to_string(number++);
    fs::create_symlink(target, link);
    if (::getuid() != 0) ::chmod(here_.c_str(), 0555);
    const int status = as_nobody(here_, [&] {
      place_files({{link.string(), "s3cret", 0600}}, memory_->path());
    });
    if (status == 77) GTEST_SKIP() << "the user can not be changed here";
    EXPECT_EQ(status, 1) << target;
    EXPECT_FALSE(files_->exists(target)) << target;
  }
  ::chmod(here_.c_str(), 0755);
}

TEST_F(PlaceInMemory, a_second_start_replaces_links_of_the_first) {
  place_files({{here_ / "f", "old", 0600}}, memory_->path());
  files_->remove_tree(fs::read_symlink(here_ / "f").parent_path());  // as after a restart
  place_files({{here_ / "f", "new", 0600}}, memory_->path());
  EXPECT_EQ(files_->read(here_ / "f"), "new");
}

TEST_F(PlaceInMemory, a_failure_takes_the_secrets_back_out_of_memory) {
  files_->make_directories(here_ / "directory");
  EXPECT_THROW(
      place_files({{here_ / "f", "s", 0600}, {here_ / "directory", "s", 0600}}, memory_->path()),
      Error);
  EXPECT_TRUE(files_->list(memory_->path()).empty());
}

TEST_F(PlaceInMemory, a_directory_in_memory_gets_a_plain_file) {
  place_files({{memory_->path() / "x" / "f", "1", 0640}}, "/dev/shm");
  EXPECT_FALSE(fs::is_symlink(memory_->path() / "x" / "f"));
  EXPECT_EQ(mode(memory_->path() / "x" / "f"), "640");
}

TEST_F(PlaceFiles, SL246_without_memory_the_file_itself_has_the_mode) {
  place_files({{here_ / "f", "1", 0700}, {here_ / "d" / "e" / "g", "2", 0440}}, here_ / "none");
  EXPECT_FALSE(fs::is_symlink(here_ / "f"));
  EXPECT_EQ(mode(here_ / "f"), "700");
  EXPECT_EQ(mode(here_ / "d" / "e" / "g"), "440");
  EXPECT_EQ(mode(here_ / "d" / "e"), "755");
  EXPECT_EQ(files_->list(here_), (std::vector<std::string>{"d", "f"}));
}

TEST_F(PlaceFiles, a_link_in_the_image_is_replaced_and_its_target_untouched) {
  files_->write(here_ / "victim", "precious", 0644);
  fs::create_symlink("victim", here_ / "f");
  fs::create_symlink("nowhere", here_ / "g");
  place_files({{here_ / "f", "s", 0600}, {here_ / "g", "t", 0600}}, here_ / "none");
  EXPECT_EQ(files_->read(here_ / "victim"), "precious");
  EXPECT_EQ(files_->read(here_ / "f"), "s");
  EXPECT_FALSE(files_->exists(here_ / "nowhere"));
  EXPECT_FALSE(fs::is_symlink(here_ / "f"));
}

TEST_F(PlaceFiles, directory_links_are_followed_as_everywhere) {
  files_->make_directories(here_ / "run");
  fs::create_directory_symlink("run", here_ / "var");
  place_files({{here_ / "var" / "f", "s", 0600}}, here_ / "none");
  EXPECT_EQ(files_->read(here_ / "run" / "f"), "s");
}

TEST_F(PlaceFiles, an_open_world_readable_file_does_not_receive_the_secret) {
  files_->write(here_ / "f", "public", 0666);
  const int reader = ::open((here_ / "f").c_str(), O_RDONLY);
  place_files({{here_ / "f", "s3cret", 0600}}, here_ / "none");
  char seen[16] = {};
  ASSERT_EQ(::read(reader, seen, sizeof seen - 1), 6);
  EXPECT_STREQ(seen, "public");
  ::close(reader);
  EXPECT_EQ(mode(here_ / "f"), "600");
}

TEST_F(PlaceFiles, directories_pipes_and_files_as_directories_are_refused_without_the_content) {
  files_->make_directories(here_ / "d");
  ASSERT_EQ(::mkfifo((here_ / "pipe").c_str(), 0600), 0);
  files_->write(here_ / "file", "x");
  fs::create_symlink("nowhere", here_ / "dangling");
  for (const char* path : {"d", "pipe", "file/below", "dangling/below"}) {
    try {
      place_files({{here_ / path, "s3cret", 0600}}, here_ / "none");
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_THAT(error.text(), test::HasButNot(path, "s3cret"));
    }
  }
  EXPECT_EQ(files_->list(here_).size(), 4U) << "nothing is left beside";
}

TEST_F(PlaceFiles, the_umask_has_no_say) {
  const mode_t before = ::umask(0077);
  place_files({{here_ / "a" / "f", "1", 0644}}, here_ / "none");
  ::umask(before);
  EXPECT_EQ(mode(here_ / "a"), "755");
  EXPECT_EQ(mode(here_ / "a" / "f"), "644");
}

TEST_F(PlaceInMemory, a_file_that_is_mounted_keeps_its_place_and_gets_the_bytes) {
  files_->write(here_ / "outside", "old and longer", 0644);
  files_->write(here_ / "f", "", 0644);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount((here_ / "outside").c_str(), (here_ / "f").c_str(), nullptr, MS_BIND, nullptr) !=
            0) {
      ::_exit(77);
    }
    try {
      place_files({{here_ / "f", "new", 0600}}, memory_->path());
    } catch (const Error&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "mounting is not allowed here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(files_->read(here_ / "outside"), "new");
  EXPECT_TRUE(files_->list(memory_->path()).empty()) << "no second copy of the secret";
  EXPECT_EQ(mode(here_ / "outside"), "600");
  EXPECT_EQ(files_->list(here_), (std::vector<std::string>{"f", "outside"}));
}

TEST_F(PlaceFiles, a_directory_that_is_not_ours_is_reported) {
  if (::getuid() == 0) GTEST_SKIP() << "root may write everywhere";
  EXPECT_THROW(place_files({{"/etc/sconectl-test", "1", 0600}}, here_ / "none"), Error);
}

}  // namespace
}  // namespace sconectl::launch
