#include "image/source_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The working directory, until it goes.
class InFolder {
 public:
  explicit InFolder(const fs::path& folder) : before_(fs::current_path()) {
    fs::current_path(folder);
  }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;
  ~InFolder() { fs::current_path(before_); }

 private:
  fs::path before_;
};

/// On a real file system, where links are links.
class SourceFilesTest : public ::testing::Test {
 protected:
  void put(const fs::path& path, const std::string& text = "x") {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }

  std::vector<std::string> paths(const std::string& entry = ".") {
    const InFolder here(folder_);
    SourceFiles sources(*files_, ".", "target");
    sources.add(entry, "app/");
    std::vector<std::string> result;
    for (const auto& [path, source] : sources.files()) result.push_back(path);
    for (const auto& [path, held] : sources.links())
      result.push_back(path + " -> " + held.string());
    return result;
  }

  std::string refusal() {
    try {
      (void)paths();
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
      return error.text();
    }
    return "accepted";
  }

  std::unique_ptr<host::Files> files_ = host::system_files();
  host::TemporaryDirectory temporary_{*files_};
  fs::path folder_ = temporary_.path() / "build folder";
  void SetUp() override {
    fs::create_directories(folder_);
    std::ofstream(temporary_.path() / "id_rsa") << "PRIVATE";
  }
};

TEST_F(SourceFilesTest, links_that_stay_inside_are_kept_as_links) {
  put("src/a.py");
  fs::create_symlink("a.py", folder_ / "src/b.py");
  fs::create_symlink("../src", folder_ / "src/again");
  EXPECT_THAT(paths(),
              ElementsAre("app/src/a.py", "app/src/again -> ../src", "app/src/b.py -> a.py"));
}

TEST_F(SourceFilesTest, links_that_leave_are_refused_by_name) {
  put("src/a.py");
  fs::create_symlink("../../id_rsa", folder_ / "src/x");
  EXPECT_THAT(refusal(), HasSubstr("'src/x' is a symbolic link to '../../id_rsa'"));
  fs::remove(folder_ / "src/x");
  fs::create_symlink(temporary_.path(), folder_ / "src/y");
  EXPECT_THAT(refusal(), HasSubstr("'src/y'"));
  fs::remove(folder_ / "src/y");
  // Over a link that looks harmless.
  fs::create_symlink("..", folder_ / "src/up");
  fs::create_symlink("up/../id_rsa", folder_ / "src/z");
  EXPECT_THAT(refusal(), HasSubstr("'src/z'"));
  fs::remove(folder_ / "src/z");
  EXPECT_THAT(paths(), ElementsAre("app/src/a.py", "app/src/up -> .."));
}

TEST_F(SourceFilesTest, a_link_that_is_named_is_followed_inside_and_refused_outside) {
  put("src/a.py");
  fs::create_symlink("src", folder_ / "link");
  EXPECT_THAT(paths("link"), ElementsAre("app/a.py"));
  fs::create_symlink("../id_rsa", folder_ / "key");
  EXPECT_THROW((void)paths("key"), diag::Error);
}

TEST_F(SourceFilesTest, ignore_files_and_built_in_excludes) {
  put("app.py");
  put(".git/config");
  put(".env");
  put("logs/a.log");
  put("logs/keep.log");
  put(".dockerignore", "logs/*.log\n!logs/keep.log\n");
  EXPECT_THAT(paths(), ElementsAre("app/.dockerignore", "app/app.py", "app/logs/keep.log"));
  put(".sconectlignore", "app.py\n.dockerignore\n.sconectlignore\n!.env\n");
  EXPECT_THAT(paths(), ElementsAre("app/.env", "app/logs/keep.log"));
}

TEST_F(SourceFilesTest, target_directories_are_left_out_wherever_they_lie) {
  put("app.py");
  put("target/.lock");
  put("out/session_files/a.yaml");
  put("deep/build/images/web/Dockerfile");
  put("deep/build/images/web/context/app/x");
  put("images/logo.png");
  EXPECT_THAT(paths(), ElementsAre("app/app.py", "app/images/logo.png"));
}

TEST_F(SourceFilesTest, what_an_ignore_file_leaves_out_can_not_be_named) {
  put("app.py");
  put(".dockerignore", "app.py\n");
  EXPECT_THROW((void)paths("app.py"), diag::Error);
}

}  // namespace
}  // namespace sconectl::image
