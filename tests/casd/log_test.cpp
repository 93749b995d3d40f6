// The log of the CAS (CC-028, CC-029): its lines, its files, and what strangers can not do to it.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <thread>

#include "casd/log/line_rate.hpp"
#include "casd/log/logger.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

TEST(EventLine, plain_words_stay_and_everything_else_is_quoted) {
  EXPECT_EQ(event_line("session created", {{"session", "a/b"}}), "session created session=a/b");
  EXPECT_EQ(event_line("x", {{"a", ""}, {"b", "two words"}, {"c", "k=v"}, {"d", "\"\\"}}),
            R"(x a="" b="two words" c="k=v" d="\"\\")");
}

TEST(EventLine, hostile_text_can_not_leave_its_field) {
  using namespace std::string_literals;
  const auto hostile = "a\nERROR forged\r\x1b[2J\0\x7f\xc2\x9b\xff level=INFO"s;
  EXPECT_EQ(
      event_line("service refused", {{"reason", hostile}}),
      R"(service refused reason="a\x0aERROR forged\x0d\x1b[2J\x00\x7f\xc2\x9b\xff level=INFO")");
  EXPECT_EQ(event_line("x", {{"a", "\xc3\xb6"}}), R"(x a="\xc3\xb6")");
}

TEST(EventLine, a_long_value_is_cut) {
  const auto line = event_line("x", {{"a", std::string(4096, 'y')}});
  EXPECT_EQ(line, "x a=\"" + std::string(400, 'y') + "...\"");
}

TEST(EventLine, its_kind_is_the_text_before_the_fields) {
  EXPECT_EQ(kind_of_event("service refused reason=\"a b=c\""), "service refused");
  EXPECT_EQ(kind_of_event("CAS has stopped"), "CAS has stopped");
  EXPECT_EQ(kind_of_event("=x"), "");
}

TEST(LineRate, each_kind_has_its_own_second) {
  LineRate rate(2);
  const LineRate::Time start(std::chrono::hours(1));
  const auto half = std::chrono::milliseconds(500);
  EXPECT_TRUE(rate.admit("a", start));
  EXPECT_TRUE(rate.admit("a", start));
  EXPECT_FALSE(rate.admit("a", start + half));
  EXPECT_FALSE(rate.admit("a", start + half));
  EXPECT_TRUE(rate.admit("b", start + half));
  EXPECT_TRUE(rate.left_out(start + half).empty()) << "the second is not over";
  const auto left_out = rate.left_out(start + 2 * half);
  ASSERT_EQ(left_out.size(), 1U);
  EXPECT_EQ(left_out[0].kind, "a");
  EXPECT_EQ(left_out[0].lines, 2U);
  EXPECT_TRUE(rate.left_out(start + 4 * half).empty()) << "it is told once";
  EXPECT_TRUE(rate.admit("a", start + 4 * half));
}

class LogTest : public testing::Test {
 protected:
  LogTest() : files(host::system_files()), directory(*files, "log-test-") {
    options.file = directory.path() / "cas.log";
  }
  [[nodiscard]] std::string text(const std::string& name = "cas.log") const {
    return files->read(directory.path() / name);
  }
  [[nodiscard]] static std::size_t lines(const std::string& text, const std::string& with) {
    std::size_t count = 0;
    for (auto at = text.find(with); at != std::string::npos; at = text.find(with, at + 1)) ++count;
    return count;
  }

  std::unique_ptr<host::Files> files;
  host::TemporaryDirectory directory;
  LogOptions options;
};

TEST_F(LogTest, CC028_lines_have_time_and_level) {
  {
    const auto log = make_logger(options);
    log_event(*log, Severity::info, "session created", {{"session", "a"}});
    log_event(*log, Severity::warning, "tag refused");
    log_event(*log, Severity::error, "a request failed");
    log_event(*log, Severity::debug, "not of interest");
    EXPECT_THAT(text(), HasSubstr("a request failed")) << "each line is written at once";
  }
  const std::string time = "20..-..-..T..:..:..Z ";
  EXPECT_THAT(text(), MatchesRegex(time + "INFO session created session=a\n" + time +
                                   "WARN tag refused\n" + time + "ERROR a request failed\n"));
  options.details = true;
  log_event(*make_logger(options), Severity::debug, "of interest");
  EXPECT_THAT(text(), HasSubstr(" DEBUG of interest\n"));
}

TEST_F(LogTest, only_the_owner_reads_it) {
  log_event(*make_logger(options), Severity::info, "x");
  struct stat status {};
  ASSERT_EQ(stat(options.file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(LogTest, files_are_rotated_by_size_and_the_oldest_goes) {
  options.file_bytes = 1000;
  options.files = 3;
  options.lines_per_second = 10'000;
  const auto log = make_logger(options);
  for (int i = 1000; i < 1100; ++i)
    log_event(*log, Severity::info, "session created", {{"session", std::to_string(i)}});
  EXPECT_THAT(text(), HasSubstr("session=1099\n"));
  std::size_t kept = 0;
  for (const auto* name : {"cas.log", "cas.1.log", "cas.2.log"}) {
    const auto content = text(name);
    EXPECT_LE(content.size(), options.file_bytes) << name;
    EXPECT_GT(content.size(), 0U) << name;
    kept += lines(content, "session created");
    struct stat status {};
    ASSERT_EQ(stat((directory.path() / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
  }
  EXPECT_GT(kept, 30U);
  EXPECT_LT(kept, 90U);
  EXPECT_FALSE(files->exists(directory.path() / "cas.3.log"));
}

TEST_F(LogTest, one_file_is_enough) {
  options.file_bytes = 500;
  options.files = 1;
  options.lines_per_second = 10'000;
  const auto log = make_logger(options);
  for (int i = 0; i < 100; ++i) log_event(*log, Severity::info, "session created");
  EXPECT_LE(text().size(), options.file_bytes);
  EXPECT_FALSE(files->exists(directory.path() / "cas.1.log"));
}

TEST_F(LogTest, a_flood_of_one_kind_is_counted_not_written) {
  options.lines_per_second = 5;
  {
    const auto log = make_logger(options);
    for (int i = 0; i < 1000; ++i)
      log_event(*log, Severity::warning, "service refused", {{"reason", std::to_string(i)}});
    log_event(*log, Severity::info, "session created", {{"session", "a"}});
    EXPECT_EQ(lines(text(), "service refused reason="), 5U);
    EXPECT_EQ(lines(text(), "session created"), 1U) << "another kind is not held back";
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    log_event(*log, Severity::info, "session created", {{"session", "b"}});
    EXPECT_THAT(text(), HasSubstr(" WARN 995 similar lines left out: service refused\n"));
    log_event(*log, Severity::warning, "service refused", {{"reason", "later"}});
    EXPECT_THAT(text(), HasSubstr("reason=later\n"));
    for (int i = 0; i < 10; ++i) log_event(*log, Severity::warning, "service refused");
  }
  EXPECT_THAT(text(), HasSubstr(" WARN 6 similar lines left out: service refused\n"))
      << "the end of the log tells what it still has to";
}

TEST_F(LogTest, threads_do_not_mix_their_lines) {
  options.lines_per_second = 100'000;
  const auto log = make_logger(options);
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int thread = 0; thread < 8; ++thread)
    threads.emplace_back([&log] {
      for (int i = 0; i < 200; ++i)
        log_event(*log, Severity::info, "session created", {{"session", std::string(100, 'x')}});
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lines(text(), " INFO session created session=" + std::string(100, 'x') + "\n"), 1600U);
}

TEST_F(LogTest, a_file_that_can_not_be_opened_is_an_error) {
  options.file = directory.path();
  try {
    (void)make_logger(options);
    FAIL() << "a directory was opened as a file";
  } catch (const diag::Error& error) {
    EXPECT_THAT(error.text(), HasSubstr("can not write the log"));
  }
}

TEST_F(LogTest, a_full_disk_stops_nobody) {
  options.file = "/dev/full";
  const auto log = make_logger(options);
  EXPECT_NO_THROW(log_event(*log, Severity::error, "a request failed"));
}

}  // namespace
}  // namespace sconectl::casd
