#include "sconectl/host/files_beneath.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "sconectl/diag/error.hpp"

namespace sconectl::host {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Beneath : public ::testing::Test {
 protected:
  std::unique_ptr<Files> files_ = system_files();
  TemporaryDirectory temporary_{*files_};
  fs::path root_ = temporary_.path() / "target";
  fs::path home_ = temporary_.path() / "home";
  std::unique_ptr<Files> below_ = files_beneath(*files_, root_);

  void SetUp() override {
    fs::create_directories(root_ / "real");
    fs::create_directories(home_);
    std::ofstream(home_ / ".bashrc") << "mine";
    fs::create_symlink(home_ / ".bashrc", root_ / "Dockerfile");
    fs::create_symlink(home_, root_ / "helm");
  }

  static std::string refusal(const std::function<void()>& act) {
    try {
      act();
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
      return error.text();
    }
    return "accepted";
  }
};

TEST_F(Beneath, nothing_goes_through_a_link) {
  const std::string file = "'" + (root_ / "Dockerfile").string() + "' is a symbolic link";
  const std::string directory = "'" + (root_ / "helm").string() + "' is a symbolic link";
  EXPECT_THAT(refusal([&] { below_->write(root_ / "Dockerfile", "x"); }), HasSubstr(file));
  EXPECT_THAT(refusal([&] { (void)below_->read(root_ / "Dockerfile"); }), HasSubstr(file));
  EXPECT_THAT(refusal([&] {
                below_->replace_tree(root_ / "helm", {{"a", {"b"}}});
              }),
              HasSubstr(directory));
  EXPECT_THAT(refusal([&] { below_->write(root_ / "helm/.bashrc", "x"); }), HasSubstr(directory));
  EXPECT_THAT(refusal([&] { below_->remove_tree(root_ / "helm/.bashrc"); }), HasSubstr(directory));
  EXPECT_THAT(refusal([&] { below_->make_directories(root_ / "helm/new"); }), HasSubstr(directory));
  EXPECT_THAT(refusal([&] { (void)below_->list(root_ / "helm"); }), HasSubstr(directory));
  EXPECT_THAT(refusal([&] { (void)below_->lock(root_ / "helm/.lock"); }), HasSubstr(directory));
  EXPECT_EQ(files_->read(home_ / ".bashrc"), "mine");
  EXPECT_EQ(files_->list(home_).size(), 1U);
}

TEST_F(Beneath, real_files_work_and_a_link_itself_can_be_removed) {
  below_->write(root_ / "real/a", "1");
  below_->replace_tree(root_ / "tree", {{"x/y", {"2"}}});
  EXPECT_EQ(below_->read(root_ / "real/a"), "1");
  EXPECT_EQ(below_->read(root_ / "tree/x/y"), "2");
  below_->remove_tree(root_ / "helm");
  EXPECT_FALSE(fs::exists(fs::symlink_status(root_ / "helm")));
  EXPECT_EQ(files_->read(home_ / ".bashrc"), "mine");
}

TEST_F(Beneath, paths_outside_are_refused) {
  EXPECT_THAT(refusal([&] { below_->write(home_ / "x", "1"); }), HasSubstr("is not below"));
  EXPECT_THAT(refusal([&] { below_->write(root_ / "../home/x", "1"); }), HasSubstr("is not below"));
  EXPECT_FALSE(fs::exists(home_ / "x"));
}

TEST_F(Beneath, the_root_may_be_a_link_and_relative) {
  fs::create_symlink(root_, temporary_.path() / "link");
  const auto through = files_beneath(*files_, temporary_.path() / "link");
  through->write(temporary_.path() / "link/real/b", "3");
  EXPECT_EQ(files_->read(root_ / "real/b"), "3");
  EXPECT_THAT(refusal([&] { through->write(temporary_.path() / "link/helm/x", "1"); }),
              HasSubstr("symbolic link"));
}

TEST_F(Beneath, links_are_told_apart_from_what_they_lead_to) {
  EXPECT_EQ(files_->read_link(root_ / "helm"), home_);
  EXPECT_EQ(files_->read_link(root_ / "real"), std::nullopt);
  files_->make_link("real", root_ / "again");
  files_->make_link("other", root_ / "again");
  EXPECT_EQ(files_->read_link(root_ / "again"), fs::path("other"));
}

}  // namespace
}  // namespace sconectl::host
