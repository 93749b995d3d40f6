#include "sconectl/launch/integrity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::launch {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// An image in a directory: /bin/sh lay there before, the rest was built.
class BuiltImage : public testing::Test {
 protected:
  BuiltImage() {
    std::string name = "/tmp/sconectl-integrity-XXXXXX";
    root_ = ::mkdtemp(name.data());
    for (const char* folder : {"bin", "opt/sconectl", "proc", "tmp"})
      fs::create_directories(root_ / folder);
    put("/bin/sh", "shell");
    put("/bin/old", "old");
    before_ = snapshot(root_.string());
    for (const char* folder : {"app/sub", "empty"}) fs::create_directories(root_ / folder);
    put("/app/main.py", "print()");
    put("/app/sub/x.py", "x");
    put("/bin/old", "newer");
    put("/tmp/rest", "");
    put("/proc/rest", "");
    fs::create_symlink("main.py", root_ / "app/link");
    record(false);
  }
  ~BuiltImage() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  void put(const std::string& path, const std::string& text) const {
    std::ofstream(root_ / path.substr(1)) << text;
  }
  void record(bool allows_more) {
    list_ = record_files(before_, allows_more, root_.string());
    put(std::string(crypto::file_list_path), crypto::text(list_));
    options_.expected = crypto::hex(crypto::view(crypto::sha256(crypto::text(list_))));
    options_.root = root_.string();
  }
  /// "" if nothing is wrong.
  [[nodiscard]] std::string verdict() const {
    try {
      verify_files(options_);
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::refused);
      return error.text();
    }
    return "";
  }

  fs::path root_;
  std::string before_;
  crypto::FileList list_;
  IntegrityOptions options_;
};

TEST_F(BuiltImage, is_listed_as_far_as_it_was_built) {
  std::vector<std::string> paths;
  for (const auto& [path, file] : list_.files) paths.push_back(path);
  EXPECT_THAT(paths, testing::ElementsAre("/app", "/app/link", "/app/main.py", "/app/sub",
                                          "/app/sub/x.py", "/bin/old", "/empty"));
  EXPECT_EQ(list_.files.at("/app/main.py").content,
            crypto::hex(crypto::view(crypto::sha256("print()"))));
  EXPECT_EQ(list_.files.at("/app/link").content, "main.py");
  EXPECT_EQ(record_files(before_, false, root_.string()), list_);
}

TEST_F(BuiltImage, starts_as_it_was_built) {
  EXPECT_EQ(verdict(), "");
}

TEST_F(BuiltImage, does_not_look_at_what_is_mounted_and_at_the_way_there) {
  put("/app/sub/x.py", "of the volume");
  fs::create_directories(root_ / "app/new/deep");
  put("/app/new/deep/config", "");
  EXPECT_THAT(verdict(), HasSubstr("'/app/new' was not built into it"));
  options_.mounts = {"/app/sub", "/app/new/deep"};
  EXPECT_EQ(verdict(), "");
  put("/app/main.py", "changed");
  EXPECT_THAT(verdict(), HasSubstr("'/app/main.py' was changed"));
}

TEST_F(BuiltImage, a_directory_of_the_base_is_not_ours_because_its_mode_was_changed) {
  fs::create_directories(root_ / "etc/other");
  put("/etc/other/base.conf", "");
  const std::string before = snapshot(root_.string());
  ::chmod((root_ / "etc/other").c_str(), 0711);
  put("/etc/other/own.conf", "");
  const auto list = record_files(before, false, root_.string());
  EXPECT_EQ(list.files.count("/etc/other"), 0U) << list.files.size();
  EXPECT_EQ(list.files.count("/etc/other/own.conf"), 1U);
}

TEST_F(BuiltImage, does_not_start_when_a_file_differs) {
  const auto after = [&](const std::function<void()>& change, const std::function<void()>& undo) {
    change();
    std::string found = verdict();
    undo();
    EXPECT_EQ(verdict(), "");
    return found;
  };
  const fs::path main = root_ / "app/main.py";
  const auto mode = [&](unsigned bits) { return [=] { ::chmod(main.c_str(), bits); }; };
  EXPECT_THAT(
      after([&] { put("/app/main.py", "Print()"); }, [&] { put("/app/main.py", "print()"); }),
      HasSubstr("'/app/main.py' was changed; the program is not started"));
  EXPECT_THAT(after(mode(0600), mode(0644)), HasSubstr("another mode (0600, was 0644)"));
  EXPECT_THAT(after(mode(04644), mode(0644)), HasSubstr("another mode (4644, was 0644)"));
  EXPECT_THAT(
      after([&] { fs::rename(main, root_ / "gone"); }, [&] { fs::rename(root_ / "gone", main); }),
      HasSubstr("'/app/main.py' is missing"));
  const auto link_to = [&](const char* target) {
    return [this, target] {
      fs::remove_all(root_ / "app/link");
      fs::create_symlink(target, root_ / "app/link");
    };
  };
  EXPECT_THAT(after(link_to("sub/x.py"), link_to("main.py")),
              HasSubstr("'/app/link' leads elsewhere"));
  EXPECT_THAT(after(
                  [&] {
                    fs::remove(root_ / "app/link");
                    fs::create_directory(root_ / "app/link");
                  },
                  link_to("main.py")),
              HasSubstr("'/app/link' is something else now"));
  const auto one_more =
      after([&] { put("/app/sub/y.py", ""); }, [&] { fs::remove(root_ / "app/sub/y.py"); });
  EXPECT_THAT(one_more, AllOf(HasSubstr("'/app/sub/y.py' was not built into it"),
                              HasSubstr("build.integrity: listed")));
  EXPECT_THAT(after([&] { fs::create_directory(root_ / "empty/d"); },
                    [&] { fs::remove(root_ / "empty/d"); }),
              HasSubstr("'/empty/d' was not built into it"));
}

TEST_F(BuiltImage, names_the_first_file_and_none_of_the_base) {
  put("/bin/sh", "other");
  put("/bin/more", "");
  EXPECT_EQ(verdict(), "");
  put("/bin/old", "old");
  put("/app/main.py", "");
  EXPECT_THAT(verdict(), AllOf(HasSubstr("/app/main.py"), Not(HasSubstr("/bin/old"))));
}

TEST_F(BuiltImage, may_allow_more_files) {
  put("/app/more.py", "");
  record(true);
  put("/app/evenmore.py", "");
  EXPECT_EQ(verdict(), "");
  put("/app/more.py", "1");
  EXPECT_THAT(verdict(), HasSubstr("'/app/more.py' was changed"));
}

TEST_F(BuiltImage, is_compared_with_the_session_and_not_with_itself) {
  put("/app/main.py", "evil");
  const std::string expected = options_.expected;
  record(false);
  options_.expected = expected;
  EXPECT_THAT(verdict(), HasSubstr("the session expects an image with other files"));
  options_.expected += "," + crypto::hex(crypto::view(crypto::sha256(crypto::text(list_))));
  EXPECT_EQ(verdict(), "");
  options_.expected = ",";
  EXPECT_THAT(verdict(), HasSubstr("the session expects an image with other files"));
  fs::remove(root_ / "opt/sconectl/files");
  EXPECT_THAT(verdict(), HasSubstr("there is no list of them"));
}

TEST_F(BuiltImage, has_files_of_the_session_and_templates_that_were_moved_aside) {
  fs::create_directory(root_ / "app/conf");
  put("/app/conf/a.conf", "x");
  EXPECT_THAT(verdict(), HasSubstr("'/app/conf' was not built into it"));
  options_.injected = {"/app/conf/a.conf", "/app/sub/x.py"};
  put("/app/sub/x.py", "of the session");
  EXPECT_EQ(verdict(), "");
  options_.templates = {"/app/main.py"};
  EXPECT_EQ(verdict(), "");
  fs::rename(root_ / "app/main.py", root_ / "app/main.py.sconectl-template");
  put("/app/main.py", "filled in");
  EXPECT_EQ(verdict(), "");
  put("/app/main.py.sconectl-template", "evil");
  EXPECT_THAT(verdict(), HasSubstr("'/app/main.py' was changed"));
}

TEST_F(BuiltImage, loses_what_python_has_cached_since) {
  fs::create_directory(root_ / "app/__pycache__");
  put("/app/__pycache__/main.cpython-311.pyc", "evil");
  EXPECT_EQ(verdict(), "");
  EXPECT_FALSE(fs::exists(root_ / "app/__pycache__"));
  fs::create_directory(root_ / "app/__pycache__");
  put("/app/__pycache__/built.pyc", "built");
  record(false);
  put("/app/__pycache__/main.cpython-311.pyc.140", "evil");
  EXPECT_EQ(verdict(), "");
  EXPECT_FALSE(fs::exists(root_ / "app/__pycache__/main.cpython-311.pyc.140"));
  put("/app/__pycache__/built.pyc", "evil");
  EXPECT_THAT(verdict(), HasSubstr("'/app/__pycache__/built.pyc' was changed"));
  put("/app/__pycache__/built.pyc", "built");
  put("/app/__pycache__/other.py", "");
  EXPECT_THAT(verdict(), HasSubstr("'/app/__pycache__/other.py' was not built into it"));
}

}  // namespace
}  // namespace sconectl::launch
