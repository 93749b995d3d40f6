#include "sconectl/oci/tar_times.hpp"

#include <gmock/gmock.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/oci/tar.hpp"
#include "support/matchers.hpp"
#include "support/real_tool.hpp"

namespace sconectl::oci {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;

std::string at_time(std::string_view archive, std::uint64_t time, std::size_t part = 4096) {
  std::string result;
  TarTimes times([&](std::string_view bytes) { result += bytes; }, time);
  for (std::size_t at = 0; at < archive.size(); at += part) times.take(archive.substr(at, part));
  times.finish();
  return result;
}

std::string refusal(std::string_view archive) {
  try {
    (void)at_time(archive, 1);
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
    return error.text();
  }
  return "accepted";
}

/// A folder with what GNU tar writes in its own ways, and what it makes of it.
class GnuArchive : public testing::Test {
 protected:
  GnuArchive() {
    EXPECT_EQ(test::run_tool({"mkdir", scratch.path() + "/d"}).status, 0);
    scratch.file("d/" + std::string(180, 'n'), std::string(1000, 'x'));
    scratch.file("short", "text");
    EXPECT_EQ(test::run_tool({"ln", "-s", "short", scratch.path() + "/link"}).status, 0);
    EXPECT_EQ(test::run_tool({"ln", scratch.path() + "/short", scratch.path() + "/twice"}).status,
              0);
  }
  std::string packed(const std::vector<std::string>& options) {
    std::vector<std::string> argv = {"tar", "-C", scratch.path(), "--sort=name"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.insert(argv.end(), {"-cf", "-", "."});
    const auto made = test::run_tool(argv);
    EXPECT_EQ(made.status, 0) << made.err;
    return made.out;
  }
  static std::vector<TarEntry> entries(std::string_view archive) {
    std::vector<TarEntry> result;
    TarReader reader([&](const TarEntry& entry) -> Sink {
      result.push_back(entry);
      return {};
    });
    reader.take(archive);
    reader.finish();
    return result;
  }

  test::Scratch scratch;
};

TEST_F(GnuArchive, has_one_time_and_is_otherwise_as_it_was) {
  for (const char* format : {"gnu", "pax"}) {
    const std::string now = packed({"--format", format});
    const std::string then = packed({"--format", format, "--mtime=@77"});
    std::vector<TarEntry> wanted = entries(then);
    ASSERT_EQ(wanted.size(), 6U) << format;
    EXPECT_THAT(wanted, Each(Field(&TarEntry::time, 77U)));
    for (const std::size_t part : {1U, 511U, 512U, 100'000U}) {
      const std::string changed = at_time(now, 77, part);
      const std::vector<TarEntry> found = entries(changed);
      ASSERT_EQ(found.size(), wanted.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].time, 77U);
        EXPECT_EQ(found[i].path, wanted[i].path);
        EXPECT_EQ(found[i].link, wanted[i].link);
        EXPECT_EQ(found[i].mode, wanted[i].mode);
        EXPECT_EQ(found[i].size, wanted[i].size);
      }
      // Whoever packs later gets the same.
      EXPECT_EQ(changed, at_time(then, 77)) << format;
    }
  }
}

TEST_F(GnuArchive, of_pax_loses_times_to_the_nanosecond_and_no_other_record) {
  const std::string with = packed({"--format=pax", "--pax-option=SCHILY.xattr.user.note:=kept"});
  EXPECT_THAT(with, HasSubstr(" mtime="));
  const std::string changed = at_time(with, 5);
  EXPECT_THAT(changed, test::HasButNot(" SCHILY.xattr.user.note=kept\n", " mtime="));
  EXPECT_THAT(changed, test::HasButNot(" SCHILY.xattr.user.note=kept\n", " atime="));
  EXPECT_EQ(at_time(changed, 5), changed);
  // The judge of its form is tar itself.
  const auto listed = test::run_tool({"tar", "--utc", "--full-time", "-tvf", "-"}, changed);
  EXPECT_EQ(listed.status, 0) << listed.err;
  EXPECT_EQ(listed.err, "");
  EXPECT_THAT(listed.out, HasSubstr("1970-01-01 00:00:05 ./short"));
}

TEST_F(GnuArchive, that_is_sparse_is_refused) {
  EXPECT_EQ(test::run_tool({"truncate", "-s", "1M", scratch.path() + "/hole"}).status, 0);
  EXPECT_THAT(refusal(packed({"--format=gnu", "--sparse"})), HasSubstr("sparse"));
}

TEST_F(GnuArchive, that_is_damaged_is_refused) {
  const std::string good = packed({"--format=pax"});
  EXPECT_EQ(refusal(good), "accepted");
  EXPECT_THAT(refusal(good.substr(0, 700)), HasSubstr("middle of an entry"));
  EXPECT_THAT(refusal(good.substr(0, 1024 + 512)), HasSubstr("accepted"));
  std::string changed = good;
  changed[0] ^= 1;
  EXPECT_THAT(refusal(changed), HasSubstr("wrong checksum"));
  // A time that no header can hold is the last that one can.
  EXPECT_EQ(entries(at_time(good, ~std::uint64_t{0})).front().time, (std::uint64_t{1} << 33U) - 1);
}

}  // namespace
}  // namespace sconectl::oci
