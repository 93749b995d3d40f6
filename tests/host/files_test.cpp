#include "sconectl/host/files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <future>
#include <thread>

#include "sconectl/diag/error.hpp"

namespace sconectl::host {
namespace {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

class DiskFiles : public testing::Test {
 protected:
  std::unique_ptr<Files> files_ = system_files();
  TemporaryDirectory temporary_{*files_, "sconectl-test-"};
  fs::path here_ = temporary_.path();

  template <class Act>
  Error error_of(Act act) {
    try {
      act();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorKind::failed, ""};
  }
};

TEST_F(DiskFiles, read_tells_the_systems_reason) {
  const Error missing = error_of([&] { (void)files_->read(here_ / "none"); });
  EXPECT_EQ(missing.kind(), ErrorKind::unavailable);
  EXPECT_NE(missing.text().find("none': no such file or directory"), std::string::npos)
      << missing.text();
  const Error directory = error_of([&] { (void)files_->read(here_); });
  EXPECT_NE(directory.text().find("is a directory"), std::string::npos) << directory.text();
}

TEST_F(DiskFiles, read_refuses_a_file_over_the_limit_and_takes_one_at_it) {
  files_->write(here_ / "f", "12345");
  EXPECT_EQ(files_->read(here_ / "f", 5), "12345");
  EXPECT_EQ(error_of([&] { (void)files_->read(here_ / "f", 4); }).kind(), ErrorKind::invalid);
}

TEST_F(DiskFiles, read_if_exists_is_empty_only_for_absence) {
  EXPECT_FALSE(files_->read_if_exists(here_ / "none" / "deeper"));
  files_->write(here_ / "f", "");
  EXPECT_EQ(files_->read_if_exists(here_ / "f"), "");
  EXPECT_FALSE(files_->read_if_exists(here_ / "f" / "below-a-file"));
  EXPECT_THROW((void)files_->read_if_exists(here_), Error);
}

TEST_F(DiskFiles, write_sets_the_mode_whatever_the_umask) {
  const mode_t before = ::umask(0077);
  files_->write(here_ / "open", "x", 0664);
  files_->write(here_ / "secret", "x", 0600);
  ::umask(before);
  EXPECT_EQ(files_->status(here_ / "open")->mode, 0664U);
  EXPECT_EQ(files_->status(here_ / "secret")->mode, 0600U);
  files_->write(here_ / "open", "y", 0600);
  EXPECT_EQ(files_->status(here_ / "open")->mode, 0600U);
}

TEST_F(DiskFiles, write_replaces_at_once) {
  files_->write(here_ / "f", "old");
  std::ifstream reader(here_ / "f");
  files_->write(here_ / "f", "new and longer");
  std::string seen;
  reader >> seen;
  EXPECT_EQ(seen, "old") << "a reader that has the file open keeps the old bytes";
  EXPECT_EQ(files_->read(here_ / "f"), "new and longer");
  EXPECT_EQ(files_->list(here_), std::vector<std::string>{"f"}) << "nothing is left beside it";
}

TEST_F(DiskFiles, write_keeps_a_symbolic_link_and_replaces_its_target) {
  files_->make_directories(here_ / "elsewhere");
  files_->write(here_ / "elsewhere" / "real", "old");
  fs::create_symlink("elsewhere/real", here_ / "link");
  files_->write(here_ / "link", "new");
  EXPECT_TRUE(fs::is_symlink(here_ / "link"));
  EXPECT_EQ(files_->read(here_ / "elsewhere" / "real"), "new");
  fs::create_symlink("elsewhere/fresh", here_ / "dangling");
  files_->write(here_ / "dangling", "made");
  EXPECT_EQ(files_->read(here_ / "elsewhere" / "fresh"), "made");
  fs::create_symlink("loop", here_ / "loop");
  EXPECT_THROW(files_->write(here_ / "loop", "x"), Error);
}

TEST_F(DiskFiles, write_refuses_a_directory_and_a_missing_directory) {
  files_->make_directories(here_ / "d");
  EXPECT_THROW(files_->write(here_ / "d", "x"), Error);
  EXPECT_THROW(files_->write(here_ / "none" / "f", "x"), Error);
  EXPECT_TRUE(files_->list(here_ / "d").empty());
}

/// Makes every file longer than `bytes` fail to grow, as on a full disk, while it lives.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_ = SIG_DFL;
};

TEST_F(DiskFiles, a_full_disk_keeps_the_old_file_and_the_old_tree) {
  files_->write(here_ / "f", "old");
  files_->replace_tree(here_ / "t", {{"a", {"old"}}});
  {
    const FullDisk full(1000);
    const std::string large(5000, 'x');
    const Error error = error_of([&] { files_->write(here_ / "f", large); });
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_NE(error.text().find("can not write"), std::string::npos) << error.text();
    EXPECT_THROW(files_->replace_tree(here_ / "t", {{"a", {"n"}}, {"b", {large}}}), Error);
  }
  EXPECT_EQ(files_->read(here_ / "f"), "old");
  EXPECT_EQ(files_->read(here_ / "t" / "a"), "old");
  EXPECT_EQ(files_->list(here_), (std::vector<std::string>{"f", "t"})) << "no half-written rest";
}

TEST_F(DiskFiles, a_device_or_pipe_is_written_to_and_never_replaced) {
  const fs::path pipe = here_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  auto reader = std::async(std::launch::async, [&] { return files_->read(pipe); });
  files_->write(pipe, "through");
  EXPECT_EQ(reader.get(), "through");
  EXPECT_EQ(files_->status(pipe)->kind, FileKind::other) << "it still is a pipe";
}

TEST_F(DiskFiles, names_with_blanks_quotes_and_substitutions_are_just_names) {
  const fs::path odd = here_ / "a b'c\"$(touch pwned)\n;é";
  files_->write(odd, "x");
  EXPECT_EQ(files_->read(odd), "x");
  EXPECT_EQ(files_->list(here_).size(), 1U);
}

TEST_F(DiskFiles, list_is_sorted) {
  for (const char* name : {"b", "a", "C"}) files_->write(here_ / name, "");
  EXPECT_EQ(files_->list(here_), (std::vector<std::string>{"C", "a", "b"}));
}

TEST_F(DiskFiles, make_directories_gives_each_the_mode) {
  files_->make_directories(here_ / "a" / "b", 0700);
  EXPECT_EQ(files_->status(here_ / "a")->mode, 0700U);
  EXPECT_EQ(files_->status(here_ / "a" / "b")->mode, 0700U);
  files_->write(here_ / "f", "");
  EXPECT_THROW(files_->make_directories(here_ / "f" / "x"), Error);
}

TEST_F(DiskFiles, replace_tree_makes_and_swaps) {
  const fs::path target = here_ / "deep" / "target";
  files_->replace_tree(target, {{"a", {"1"}}, {"sub/b", {"2", 0600}}});
  EXPECT_EQ(files_->read(target / "sub" / "b"), "2");
  EXPECT_EQ(files_->status(target / "sub" / "b")->mode, 0600U);
  files_->replace_tree(target, {{"sub/c", {"3"}}}, 0700);
  EXPECT_FALSE(files_->exists(target / "a"));
  EXPECT_FALSE(files_->exists(target / "sub" / "b"));
  EXPECT_EQ(files_->read(target / "sub" / "c"), "3");
  EXPECT_EQ(files_->status(target)->mode, 0700U);
  EXPECT_EQ(files_->list(here_ / "deep"), std::vector<std::string>{"target"});
}

TEST_F(DiskFiles, replace_tree_leaves_the_old_tree_when_it_fails) {
  const fs::path target = here_ / "target";
  files_->replace_tree(target, {{"a", {"1"}}});
  // "x" can not be a file and a directory.
  EXPECT_THROW(files_->replace_tree(target, {{"x", {"1"}}, {"x/y", {"2"}}}), Error);
  EXPECT_EQ(files_->read(target / "a"), "1");
  EXPECT_EQ(files_->list(target), std::vector<std::string>{"a"});
  EXPECT_EQ(files_->list(here_), std::vector<std::string>{"target"});
}

TEST_F(DiskFiles, replace_tree_removes_what_killed_runs_left) {
  const auto target = here_ / "t";
  const auto left = here_ / ".t.new-abcdef";
  const auto used = here_ / ".t.new-in-use";
  const auto other = here_ / ".tt.new-abcdef";
  for (const auto& directory : {left, used, other}) {
    files_->make_directories(directory);
    files_->write(directory / "secret", "s", 0600);
  }
  const int lock = ::open(used.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  files_->replace_tree(target, {{"a", {"1"}}});
  EXPECT_FALSE(files_->exists(left));
  EXPECT_TRUE(files_->exists(used)) << "another run works with it";
  EXPECT_TRUE(files_->exists(other)) << "of another directory";
  ::close(lock);
  // Also when there is nothing else to do.
  files_->replace_tree(target, {{"a", {"1"}}});
  EXPECT_EQ(files_->list(here_), (std::vector<std::string>{".tt.new-abcdef", "t"}));
}

TEST_F(DiskFiles, replace_tree_by_many_at_once) {
  const auto target = here_ / "t";
  std::vector<std::thread> runs;
  runs.reserve(8);
  for (int run = 0; run < 8; ++run)
    runs.emplace_back([&, run] {
      const auto files = system_files();
      for (int i = 0; i < 50; ++i)
        files->replace_tree(target, {{"a", {std::to_string(run)}}, {"b", {std::to_string(i)}}});
    });
  for (auto& run : runs) run.join();
  EXPECT_EQ(files_->list(here_), std::vector<std::string>{"t"});
  EXPECT_EQ(files_->list(target), (std::vector<std::string>{"a", "b"}));
}

TEST_F(DiskFiles, replace_tree_by_many_who_make_it_first) {
  for (int round = 0; round < 100; ++round) {
    const auto target = here_ / std::to_string(round);
    std::vector<std::thread> runs;
    runs.reserve(4);
    for (int run = 0; run < 4; ++run)
      runs.emplace_back([&, run] {
        EXPECT_NO_THROW(system_files()->replace_tree(target, {{"a", {std::to_string(run)}}}));
      });
    for (auto& run : runs) run.join();
    EXPECT_EQ(files_->list(target), std::vector<std::string>{"a"});
  }
}

TEST_F(DiskFiles, replace_tree_refuses_names_that_leave_it) {
  for (const char* name : {"../x", "/etc/x", "a/../../x", "", "a/", "./a"}) {
    const Error error = error_of([&] { files_->replace_tree(here_ / "t", {{name, {"1"}}}); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid) << name;
  }
  EXPECT_TRUE(files_->list(here_).empty());
}

TEST_F(DiskFiles, replace_tree_follows_a_link_and_refuses_a_file) {
  files_->make_directories(here_ / "real");
  fs::create_directory_symlink("real", here_ / "link");
  files_->replace_tree(here_ / "link/", {{"a", {"1"}}});
  EXPECT_TRUE(fs::is_symlink(here_ / "link"));
  EXPECT_EQ(files_->read(here_ / "real" / "a"), "1");
  files_->write(here_ / "file", "x");
  EXPECT_THROW(files_->replace_tree(here_ / "file", {{"a", {"1"}}}), Error);
  EXPECT_EQ(files_->read(here_ / "file"), "x");
}

TEST_F(DiskFiles, a_file_in_parts_replaces_the_old_one_only_when_it_is_whole) {
  files_->write(here_ / "f", "old");
  EXPECT_THROW(files_->write_in_parts(here_ / "f", 0600, Durability::cached,
                                      [](const Sink& take) {
                                        take("half");
                                        throw Error(diag::ErrorKind::failed, "no more");
                                      }),
               Error);
  EXPECT_EQ(files_->read(here_ / "f"), "old");
  EXPECT_EQ(files_->list(here_), std::vector<std::string>{"f"});
  files_->write_in_parts(here_ / "f", 0600, Durability::cached, [](const Sink& take) {
    take("a");
    take("");
    take("b");
  });
  EXPECT_EQ(files_->read(here_ / "f"), "ab");
  EXPECT_EQ(files_->status(here_ / "f")->mode, 0600U);
}

TEST_F(DiskFiles, move_file_replaces_and_says_why_it_can_not) {
  files_->write(here_ / "from", "new");
  files_->write(here_ / "to", "old");
  files_->move_file(here_ / "from", here_ / "to");
  EXPECT_EQ(files_->read(here_ / "to"), "new");
  EXPECT_EQ(files_->list(here_), std::vector<std::string>{"to"});
  EXPECT_THROW(files_->move_file(here_ / "from", here_ / "to"), Error);
}

TEST_F(DiskFiles, copy_file_keeps_bytes_and_mode) {
  std::string bytes(300'000, 'x');
  bytes[123'456] = '\0';
  files_->write(here_ / "from", bytes, 0751);
  files_->copy_file(here_ / "from", here_ / "to");
  EXPECT_EQ(files_->read(here_ / "to"), bytes);
  EXPECT_EQ(files_->status(here_ / "to")->mode, 0751U);
  EXPECT_THROW(files_->copy_file(here_, here_ / "x"), Error);
}

TEST_F(DiskFiles, copy_file_keeps_holes) {
  constexpr off_t middle = off_t{64} << 20U;
  {
    const int file = ::open((here_ / "from").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ASSERT_EQ(::pwrite(file, "middle", 6, middle), 6);
    ASSERT_EQ(::ftruncate(file, 2 * middle), 0);
    ::close(file);
  }
  struct stat status {};
  ASSERT_EQ(::stat((here_ / "from").c_str(), &status), 0);
  if (status.st_blocks > middle / 512) GTEST_SKIP() << "the file system has no holes";
  files_->copy_file(here_ / "from", here_ / "to");
  ASSERT_EQ(::stat((here_ / "to").c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 2 * middle);
  EXPECT_LT(status.st_blocks, middle / 512);
  const std::string bytes = files_->read(here_ / "to");
  EXPECT_EQ(bytes.substr(middle, 6), "middle");
  EXPECT_EQ(bytes.find_first_not_of('\0'), static_cast<std::size_t>(middle));
  EXPECT_EQ(bytes.find_first_not_of('\0', middle + 6), std::string::npos);
}

TEST_F(DiskFiles, of_a_file_that_is_not_whole_a_killed_process_leaves_nothing) {
  const pid_t child = ::fork();
  if (child == 0) {
    files_->write_in_parts(here_ / "f", 0600, Durability::cached, [](const Sink& take) {
      take("half");
      ::raise(SIGKILL);
    });
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(files_->list(here_), std::vector<std::string>{});
}

TEST_F(DiskFiles, remove_tree_does_not_follow_links) {
  files_->make_directories(here_ / "keep");
  files_->write(here_ / "keep" / "f", "x");
  files_->make_directories(here_ / "gone");
  fs::create_directory_symlink("../keep", here_ / "gone" / "link");
  files_->remove_tree(here_ / "gone");
  EXPECT_TRUE(files_->exists(here_ / "keep" / "f"));
  EXPECT_NO_THROW(files_->remove_tree(here_ / "gone"));
}

TEST_F(DiskFiles, CL024_a_lock_excludes_others_until_it_goes) {
  auto held = files_->lock(here_ / "lock");
  EXPECT_EQ(files_->try_lock(here_ / "lock"), nullptr);
  std::promise<void> waiting;
  auto other = std::async(std::launch::async, [&] {
    return files_->lock(here_ / "lock", [&] { waiting.set_value(); });
  });
  waiting.get_future().wait();
  EXPECT_EQ(other.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  held.reset();
  EXPECT_NE(other.get(), nullptr);
  EXPECT_NE(files_->try_lock(here_ / "lock"), nullptr);
  EXPECT_EQ(files_->status(here_ / "lock")->mode, 0600U);
}

TEST_F(DiskFiles, a_lock_on_a_file_that_was_replaced_meanwhile_is_no_lock) {
  auto held = files_->lock(here_ / "lock");
  std::promise<void> waiting;
  auto other = std::async(std::launch::async, [&] {
    return files_->lock(here_ / "lock", [&] { waiting.set_value(); });
  });
  waiting.get_future().wait();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  files_->write(here_ / "lock", "new file");
  auto newest = files_->try_lock(here_ / "lock");
  ASSERT_NE(newest, nullptr);
  held.reset();
  EXPECT_EQ(other.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout)
      << "the waiter must not take the old file for the lock";
  newest.reset();
  EXPECT_NE(other.get(), nullptr);
}

TEST_F(DiskFiles, temporary_directories_are_private_and_go) {
  fs::path path;
  {
    const TemporaryDirectory directory(*files_, "x-", here_);
    path = directory.path();
    EXPECT_EQ(files_->status(path)->mode, 0700U);
    files_->write(path / "f", "x");
  }
  EXPECT_FALSE(files_->exists(path));
}

TEST_F(DiskFiles, a_temporary_directory_of_a_killed_process_goes_with_the_next_of_its_kind) {
  files_->make_directories(here_ / "x-killed");
  files_->write(here_ / "x-killed" / "f", "x");
  files_->write(here_ / "y-other", "y");
  {
    const auto directory = TemporaryDirectory::only(*files_, "x-", here_);
    EXPECT_TRUE(files_->is_directory(directory.path()));
    EXPECT_FALSE(files_->exists(here_ / "x-killed"));
  }
  EXPECT_EQ(files_->list(here_), std::vector<std::string>{"y-other"});
}

TEST_F(DiskFiles, CL024_a_mounted_file_and_a_mounted_directory_are_changed_in_place) {
  files_->write(here_ / "outside", "old and longer");
  files_->write(here_ / "f", "");
  files_->replace_tree(here_ / "outside.d", {{"gone", {"1"}}, {"sub/gone", {"1"}}});
  files_->make_directories(here_ / "d");
  const auto bind = [&](const char* from, const char* to) {
    return ::mount((here_ / from).c_str(), (here_ / to).c_str(), nullptr, MS_BIND, nullptr) == 0;
  };
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 || !bind("outside", "f") ||
        !bind("outside.d", "d")) {
      ::_exit(77);
    }
    try {
      files_->write(here_ / "f", "new", 0600);
      files_->replace_tree(here_ / "d", {{"a", {"2"}}, {"sub/b", {"3"}}});
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
  EXPECT_EQ(files_->list(here_ / "outside.d"), (std::vector<std::string>{"a", "sub"}));
  EXPECT_EQ(files_->list(here_ / "outside.d" / "sub"), std::vector<std::string>{"b"});
  EXPECT_EQ(files_->list(here_), (std::vector<std::string>{"d", "f", "outside", "outside.d"}));
}

TEST_F(DiskFiles, CL024_write_in_place_when_the_directory_is_read_only) {
  if (::getuid() == 0) GTEST_SKIP() << "root may write everywhere";
  files_->make_directories(here_ / "ro");
  files_->write(here_ / "ro" / "f", "long old text");
  ::chmod((here_ / "ro").c_str(), 0500);
  files_->write(here_ / "ro" / "f", "new", 0600);
  EXPECT_EQ(files_->read(here_ / "ro" / "f"), "new");
  EXPECT_THROW(files_->write(here_ / "ro" / "g", "x"), Error);
  ::chmod((here_ / "ro").c_str(), 0700);
}

}  // namespace
}  // namespace sconectl::host
