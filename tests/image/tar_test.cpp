#include "image/tar.hpp"

#include <gtest/gtest.h>

#include <fmt/core.h>

#include "sconectl/diag/error.hpp"
#include "support/real_tool.hpp"

namespace sconectl::image {
namespace {

std::string with_checksum(std::string block) {
  block.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char c : block.substr(0, 512)) sum += static_cast<unsigned char>(c);
  block.replace(148, 6, fmt::format("{:06o}", sum));
  block[154] = '\0';
  return block;
}

std::string header(const std::string& name, std::size_t size, char type) {
  std::string block(512, '\0');
  block.replace(0, name.size(), name);
  const std::string octal = fmt::format("{:011o}", size);
  block.replace(124, octal.size(), octal);
  block[156] = type;
  block.replace(257, 5, "ustar");
  return with_checksum(std::move(block));
}

std::string entry(const std::string& name, const std::string& content, char type = '0') {
  std::string text = header(name, content.size(), type) + content;
  text.resize((text.size() + 511) / 512 * 512, '\0');
  return text;
}

std::string refusal(const std::string& archive, const TarLimits& limits = {}) {
  try {
    (void)untar(archive, limits);
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
    return error.text();
  }
  return "";
}

TEST(Tar, reads_what_the_real_tar_writes_in_every_format) {
  const test::Scratch scratch;
  const std::string deep(150, 'd');
  const std::string bytes("with\0zero", 9);
  (void)scratch.file("a file", bytes);
  (void)scratch.file(deep, "long name");
  (void)scratch.file("empty", "");
  for (const std::string format : {"ustar", "gnu", "pax"}) {
    const auto packed = test::run_tool({"tar", "--format", format, "-C", scratch.path(),
                                        "--transform", "s,^\\.,scone,", "-cf", "-", "."});
    if (format == "ustar" && packed.status != 0) continue;  // names of 150 bytes may not fit
    const auto files = untar(packed.out);
    EXPECT_EQ(files.at("scone/a file"), bytes) << format;
    EXPECT_EQ(files.at("scone/" + deep), "long name") << format;
    EXPECT_EQ(files.at("scone/empty"), "") << format;
    EXPECT_EQ(files.size(), 3U) << format;
  }
}

TEST(Tar, links_special_files_and_escapes_are_refused) {
  EXPECT_NE(refusal(entry("scone/x", "", '2')).find("is a link"), std::string::npos);
  EXPECT_NE(refusal(entry("scone/x", "", '1')).find("is a link"), std::string::npos);
  EXPECT_NE(refusal(entry("scone/x", "", '3')).find("special file"), std::string::npos);
  for (const char* path : {"../x", "/etc/passwd", "scone/../../x", ".."})
    EXPECT_NE(refusal(entry(path, "x")).find("leaves it"), std::string::npos) << path;
  EXPECT_NE(refusal(entry("pax", "18 path=../escape\n", 'x') + entry("ok", "x")), "");
}

TEST(Tar, limits_hold) {
  EXPECT_NE(refusal(entry("a", "12345"), {.file = 4, .total = 100}).find("too large"),
            std::string::npos);
  EXPECT_NE(refusal(entry("a", "1234") + entry("b", "1234"), {.file = 4, .total = 7}), "");
  EXPECT_EQ(refusal(entry("a", "1234") + entry("b", "123"), {.file = 4, .total = 7}), "");
}

TEST(Tar, damaged_archives_are_refused) {
  const std::string good = entry("a", "content");
  EXPECT_NE(refusal(good.substr(0, 515)), "");
  std::string bad = good;
  bad.replace(124, 11, "77777777777");
  EXPECT_NE(refusal(bad), "") << "its checksum is another one";
  EXPECT_NE(refusal(with_checksum(bad)), "");
  for (const char* record : {"99 path=a\n", "x path=a\n", "0 \n", "nothing", "5 a\n"})
    EXPECT_NE(refusal(entry("pax", record, 'x')), "") << record;
  EXPECT_EQ(untar("").size(), 0U);
  EXPECT_EQ(untar(std::string(1024, '\0')).size(), 0U);
  EXPECT_NE(refusal(std::string(100, 'x')), "");
}

}  // namespace
}  // namespace sconectl::image
