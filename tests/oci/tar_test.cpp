#include "sconectl/oci/tar.hpp"

#include <gmock/gmock.h>

#include <map>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/compression.hpp"
#include "support/real_tool.hpp"

namespace sconectl::oci {
namespace {

using ::testing::HasSubstr;

std::string archive_of(const std::function<void(TarWriter&)>& fill) {
  std::string bytes;
  TarWriter writer([&](std::string_view part) { bytes += part; }, 1);
  fill(writer);
  writer.finish();
  return bytes;
}

void add_file(TarWriter& writer, const std::string& path, std::string_view text) {
  writer.add({TarKind::file, path, "", 0644, 0, 0, text.size()},
             [&](const Sink& take) { take(text); });
}

struct Read {
  std::map<std::string, std::string> files;
  std::vector<TarEntry> entries;
};

Read read(std::string_view archive, std::size_t part = 7) {
  Read result;
  TarReader reader([&](const TarEntry& entry) -> Sink {
    result.entries.push_back(entry);
    if (entry.kind != TarKind::file) return {};
    auto* text = &result.files[entry.path];
    return [text](std::string_view bytes) { *text += bytes; };
  });
  for (std::size_t at = 0; at < archive.size(); at += part) reader.take(archive.substr(at, part));
  reader.finish();
  return result;
}

std::string archive_error(std::string_view archive) {
  try {
    (void)read(archive, 512);
  } catch (const diag::Error& error) {
    return error.text();
  }
  return "no error";
}

TEST(tar, what_is_written_is_read_back_in_parts_of_any_length) {
  const std::string long_name = "a/" + std::string(150, 'n') + "/" + std::string(120, 'm');
  const std::string odd_name = "app/$(x) \"q\"\n\xff";
  const std::string bytes = archive_of([&](TarWriter& writer) {
    writer.add({TarKind::directory, "app", "", 0755});
    add_file(writer, odd_name, "odd");
    add_file(writer, long_name, std::string(1000, 'x'));
    add_file(writer, "empty", "");
    writer.add({TarKind::symbolic_link, "app/link", std::string(130, 'l'), 0777});
  });
  EXPECT_EQ(bytes.size() % 512, 0U);
  for (const std::size_t part : {1U, 100U, 512U, 100000U}) {
    const Read found = read(bytes, part);
    EXPECT_EQ(found.files.at(odd_name), "odd");
    EXPECT_EQ(found.files.at(long_name), std::string(1000, 'x'));
    EXPECT_EQ(found.files.at("empty"), "");
    EXPECT_EQ(found.entries.size(), 5U);
    EXPECT_EQ(found.entries.front().path, "app");
    EXPECT_EQ(found.entries.back().link, std::string(130, 'l'));
    EXPECT_EQ(found.entries.front().time, 1U);
  }
}

TEST(tar, gnu_tar_reads_what_is_written) {
  const test::Scratch scratch;
  const std::string long_name = std::string(200, 'n');
  const std::string file = scratch.file("a.tar", archive_of([&](TarWriter& writer) {
                                          writer.add({TarKind::directory, "app", "", 01777});
                                          add_file(writer, "app/" + long_name, "long");
                                          writer.add({TarKind::symbolic_link, "app/l", "x", 0777});
                                        }));
  const auto listed = test::run_tool({"tar", "--numeric-owner", "-tvf", file});
  ASSERT_EQ(listed.status, 0) << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("drwxrwxrwt 0/0"));
  EXPECT_THAT(listed.out, HasSubstr("app/" + long_name));
  EXPECT_THAT(listed.out, HasSubstr("app/l -> x"));
}

TEST(tar, what_gnu_tar_writes_is_read) {
  const test::Scratch scratch;
  const std::string name = std::string(180, 'g');
  scratch.file(name, "text");
  for (const char* format : {"gnu", "pax", "ustar", "v7"}) {
    const bool knows_long_names = std::string(format) != "v7" && std::string(format) != "ustar";
    const std::string member = knows_long_names ? name : "short";
    scratch.file("short", "text");
    const auto made = test::run_tool(
        {"tar", "-C", scratch.path(), "--format", format, "-cf", "-", "./" + member});
    ASSERT_EQ(made.status, 0) << made.err;
    EXPECT_EQ(read(made.out).files.at(member), "text") << format;
  }
}

TEST(tar, damaged_archives_are_refused) {
  const std::string good = archive_of([](TarWriter& writer) { add_file(writer, "a", "text"); });
  EXPECT_THAT(archive_error(good.substr(0, 514)), HasSubstr("middle of an entry"));
  EXPECT_THAT(archive_error(good.substr(0, 100)), HasSubstr("middle of an entry"));
  std::string changed = good;
  changed[0] = 'b';
  EXPECT_THAT(archive_error(changed), HasSubstr("wrong checksum"));
  EXPECT_THAT(archive_error(std::string(512, 'x')), HasSubstr("damaged"));
  EXPECT_EQ(archive_error(good), "no error");
}

TEST(tar, a_file_that_changes_while_it_is_packed_is_noticed) {
  for (const char* text : {"longer than said", "x"})
    EXPECT_THROW(archive_of([&](TarWriter& writer) {
                   writer.add({TarKind::file, "a", "", 0644, 0, 0, 4},
                              [&](const Sink& take) { take(text); });
                 }),
                 diag::Error)
        << text;
}

std::string gzipped(std::string_view text) {
  std::string bytes;
  Gzip gzip([&](std::string_view part) { bytes += part; });
  gzip.take(text);
  gzip.finish();
  return bytes;
}

std::string decompressed(std::string_view bytes, std::size_t part) {
  std::string text;
  Decompress decompress([&](std::string_view more) { text += more; });
  for (std::size_t at = 0; at < bytes.size(); at += part) decompress.take(bytes.substr(at, part));
  decompress.finish();
  return text;
}

TEST(compression, gzip_is_the_same_every_time_and_others_read_it) {
  const std::string text(300'000, 'q');
  const std::string bytes = gzipped(text);
  EXPECT_EQ(gzipped(text), bytes);
  EXPECT_EQ(bytes.substr(4, 4), std::string(4, '\0')) << "the time";
  const auto read_by_gzip = test::run_tool({"gzip", "-dc"}, bytes);
  EXPECT_EQ(read_by_gzip.out, text);
  EXPECT_EQ(decompressed(bytes + gzipped("more"), 5), text + "more");
}

TEST(compression, zstandard_and_plain_bytes_are_told_by_their_beginning) {
  const auto zstd = test::run_tool({"zstd", "-c"}, "text of a layer");
  if (zstd.status == 0) {
    EXPECT_EQ(decompressed(zstd.out, 3), "text of a layer");
    EXPECT_THROW((void)decompressed(zstd.out.substr(0, 12), 3), diag::Error);
  }
  EXPECT_EQ(decompressed("plain", 2), "plain");
  EXPECT_EQ(decompressed("", 1), "");
}

TEST(compression, cut_and_damaged_bytes_are_refused) {
  std::string bytes = gzipped("text that is compressed");
  EXPECT_THROW((void)decompressed(bytes.substr(0, bytes.size() - 3), 4), diag::Error);
  bytes[bytes.size() - 5] ^= 1;
  EXPECT_THROW((void)decompressed(bytes, 4), diag::Error);
}

}  // namespace
}  // namespace sconectl::oci
