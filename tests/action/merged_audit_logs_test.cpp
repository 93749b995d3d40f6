#include "action/merged_audit_logs.hpp"

#include <gtest/gtest.h>

#include "sconectl/cas/audit_log.hpp"
#include "sconectl/diag/error.hpp"
#include "support/real_tool.hpp"

namespace sconectl::action {
namespace {

struct Merged : testing::Test {
  static std::string line(std::uint64_t number, std::uint64_t transaction,
                          const std::string& second) {
    const cas::AuditEntry entry{.sequence_number = number,
                                .timestamp = "2026-11-28T00:00:" + second + ".000Z",
                                .event = R"({"type":"x"})",
                                .predecessor = {},
                                .transaction = transaction};
    return cas::audit_line(entry, "") + "\n";
  }
  std::string merged(const std::vector<std::string>& logs) const {
    std::vector<std::filesystem::path> files;
    for (const auto& log : logs)
      files.emplace_back(scratch.file(std::to_string(files.size()) + ".log", log));
    std::string all;
    merge_audit_logs(files, [&](std::string_view taken) { all += taken; });
    return all;
  }
  test::Scratch scratch;
};

TEST_F(Merged, transactions_are_in_their_order_and_stay_whole) {
  EXPECT_EQ(merged({line(1, 1, "01") + line(2, 1, "01") + line(5, 5, "03"),
                    line(3, 3, "02") + line(4, 3, "02") + line(6, 6, "04")}),
            line(1, 1, "01") + line(2, 1, "01") + line(3, 3, "02") + line(4, 3, "02") +
                line(5, 5, "03") + line(6, 6, "04"));
}

/// Its entries were written, and it was not stored: another CAS used the numbers.
TEST_F(Merged, a_transaction_that_failed_comes_before_the_one_with_its_number) {
  EXPECT_EQ(merged({line(1, 1, "05"), line(1, 1, "03") + line(2, 1, "03")}),
            line(1, 1, "03") + line(2, 1, "03") + line(1, 1, "05"));
}

TEST_F(Merged, what_is_no_entry_stays_where_it_is_for_the_verifier_to_see) {
  EXPECT_EQ(merged({line(1, 1, "01") + "garbage\n", line(2, 2, "02") + "torn"}),
            line(1, 1, "01") + "garbage\n" + line(2, 2, "02") + "torn");
}

TEST_F(Merged, a_file_that_is_no_log_does_not_fill_the_memory) {
  EXPECT_THROW((void)merged({std::string(std::size_t{17} << 20U, 'x')}), diag::Error);
  for (const auto* unreadable : {"/nonexistent", "/"})
    EXPECT_THROW(merge_audit_logs({unreadable}, [](std::string_view) {}), diag::Error)
        << unreadable;
}

}  // namespace
}  // namespace sconectl::action
