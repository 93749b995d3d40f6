#include "sconectl/crypto/file_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

const std::string hash(64, 'a');

FileList example() {
  return {false,
          {{"/app", {ListedKind::directory, 0755, ""}},
           {"/app/a b%\n", {ListedKind::file, 04644, hash}},
           {"/app/link", {ListedKind::link, 0, "-"}},
           {"/app/\xff", {ListedKind::file, 0, hash}}}};
}

TEST(FileListText, is_one_line_for_each_file_whatever_its_name) {
  EXPECT_EQ(text(example()),
            "sconectl file list 1\nno more files are allowed\nd 0755 - /app\nf 4644 " + hash +
                " /app/a%20b%25%0a\nl 0000 %2d /app/link\nf 0000 " + hash + " /app/\xff\n");
}

TEST(FileListText, comes_back_as_it_was) {
  EXPECT_EQ(parse_file_list(text(example())), example());
  FileList more = example();
  more.allows_more = true;
  EXPECT_EQ(parse_file_list(text(more)), more);
  EXPECT_NE(text(more), text(example()));
}

TEST(FileListText, that_the_writer_would_not_write_is_refused) {
  const std::string good = text(example());
  const auto refused = [](const std::string& given) {
    try {
      (void)parse_file_list(given);
    } catch (const diag::Error& error) {
      return error.kind() == diag::ErrorKind::invalid;
    }
    return false;
  };
  EXPECT_FALSE(refused(good));
  const std::string title = "sconectl file list 1\nno more files are allowed\n";
  EXPECT_FALSE(refused(title));
  for (const std::string& bad :
       {std::string(), good.substr(0, good.size() - 1), good + "\n", good + good,
        std::string("sconectl file list 2\nno more files are allowed\n"),
        std::string("sconectl file list 1\nno files are allowed\n"), title + "d 0755 - app\n",
        title + "d 755 - /app\n", title + "x 0755 - /app\n", title + "d 0955 - /app\n",
        title + "d 0755 - /b\nd 0755 - /a\n", title + "d 0755 - /a\nd 0755 - /a\n",
        title + "d 0755 - /a%2\n", title + "d 0755 -  /a\n", title + "d 0755 /a\n"})
    EXPECT_TRUE(refused(bad)) << bad;
}

}  // namespace
}  // namespace sconectl::crypto
