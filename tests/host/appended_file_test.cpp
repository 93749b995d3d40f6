#include "sconectl/host/appended_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::host {
namespace {

class AppendedFiles : public testing::Test {
 protected:
  [[nodiscard]] std::string text() const { return files->read(path); }

  std::unique_ptr<Files> files = system_files();
  TemporaryDirectory directory{*files, "appended-"};
  std::filesystem::path path = directory.path() / "log";
  const std::string begin = "- ";
};

TEST_F(AppendedFiles, grow_and_are_their_owners_alone) {
  AppendedFile file(path, begin);
  file.append("- a\n");
  file.append("- b\n");
  EXPECT_EQ(text(), "- a\n- b\n");
  EXPECT_EQ(files->status(path)->mode, 0600U);
  EXPECT_FALSE(file.reopen_if_moved());
  AppendedFile again(path, begin);
  again.append("- c\n");
  EXPECT_EQ(text(), "- a\n- b\n- c\n");
}

TEST_F(AppendedFiles, begin_anew_when_they_were_given_another_name_or_removed) {
  AppendedFile file(path, begin);
  file.append("- a\n");
  files->move_file(path, directory.path() / "log.1");
  file.append("- b\n");
  EXPECT_TRUE(file.reopen_if_moved());
  file.append("- c\n");
  EXPECT_EQ(files->read(directory.path() / "log.1"), "- a\n- b\n");
  EXPECT_EQ(text(), "- c\n");
  files->remove_tree(path);
  EXPECT_TRUE(file.reopen_if_moved());
  EXPECT_FALSE(file.reopen_if_moved());
}

TEST_F(AppendedFiles, lose_what_a_killed_process_has_left_of_a_line) {
  const std::string torn = "- " + std::string(10'000, 'x');
  files->write(path, "- a\n- b\n" + torn);
  (void)AppendedFile(path, begin);
  EXPECT_EQ(text(), "- a\n- b\n");
  for (const auto& first : {torn, std::string("-")}) {
    files->write(path, first);
    (void)AppendedFile(path, begin);
    EXPECT_EQ(text(), "");
  }
}

TEST_F(AppendedFiles, are_not_somebody_elses) {
  for (const auto* other : {"no line end", "-x\n", "\n"}) {
    files->write(path, other);
    EXPECT_THROW(AppendedFile(path, begin), diag::Error);
    EXPECT_EQ(text(), other);
  }
}

TEST_F(AppendedFiles, are_not_reached_through_a_link_and_full_disks_are_told) {
  files->write(directory.path() / "other", "");
  files->make_link(directory.path() / "other", path);
  EXPECT_THROW(AppendedFile(path, begin), diag::Error);
  EXPECT_THROW(AppendedFile("/dev/full", begin).append("- a\n"), diag::Error);
  EXPECT_THROW(AppendedFile(directory.path() / "none" / "log", begin), diag::Error);
}

}  // namespace
}  // namespace sconectl::host
