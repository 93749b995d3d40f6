#include "cli/live_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/terminal.hpp"
#include "support/map_environment.hpp"

namespace sconectl::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The lines that a terminal would show: it knows new lines, "\r", up and erase-below, which is all
/// that is used. The last one is where the cursor is.
class Screen {
 public:
  void write(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '\n') {
        if (++row_ == lines_.size()) lines_.emplace_back();
        column_ = 0;
      } else if (c == '\r') {
        column_ = 0;
      } else if (c == '\033') {
        const auto end = text.find_first_of("AJhl", i);
        obey(text.substr(i + 2, end - i - 2), text[end]);
        i = end;
      } else {
        lines_[row_].resize(std::max(lines_[row_].size(), column_ + 1), ' ');
        lines_[row_][column_++] = c;
      }
    }
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    return {lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(row_)};
  }
  [[nodiscard]] bool wraps() const { return wraps_; }

 private:
  void obey(std::string_view number, char what) {
    if (what == 'A') {
      const auto up = static_cast<std::size_t>(std::stoi(std::string(number)));
      ASSERT_LE(up, row_);
      row_ -= up;
    } else if (what == 'J') {
      lines_.resize(row_ + 1);
      lines_[row_].resize(column_);
    } else {
      ASSERT_EQ(number, "?7");
      wraps_ = what == 'h';
    }
  }

  std::vector<std::string> lines_{""};
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  bool wraps_ = true;
};

class LiveLinesTest : public testing::Test {
 protected:
  Screen screen;
  LiveLines live{[this](std::string_view text) { screen.write(text); }};
};

TEST_F(LiveLinesTest, each_thing_has_one_line_that_is_written_over) {
  live.show("web", "step 1 of a long way");
  live.show("db", "step 1");
  EXPECT_THAT(screen.lines(), ElementsAre("web: step 1 of a long way", "db: step 1"));
  live.show("web", "step 2");
  EXPECT_THAT(screen.lines(), ElementsAre("web: step 2", "db: step 1"));
  live.show("web", "");
  EXPECT_THAT(screen.lines(), ElementsAre("db: step 1"));
  live.show("other", "");
  live.show("db", "");
  EXPECT_THAT(screen.lines(), IsEmpty());
  EXPECT_TRUE(screen.wraps());
}

TEST_F(LiveLinesTest, what_stays_is_written_where_they_were) {
  live.show("web", "step 1");
  live.show("db", "step 1");
  live.hide();
  live.hide();
  screen.write("a warning\n");
  live.show("db", "step 2");
  EXPECT_THAT(screen.lines(), ElementsAre("a warning", "web: step 1", "db: step 2"));
}

TEST_F(LiveLinesTest, what_others_wrote_can_not_move_the_cursor) {
  live.show("web\033[5A", "a\nb\r\033[2Jc\td");
  EXPECT_THAT(screen.lines(), ElementsAre("web: a b c d"));
}

TEST_F(LiveLinesTest, of_many_the_first_are_shown_and_the_others_counted) {
  for (int i = 0; i < 15; ++i) live.show(std::to_string(i), "x");
  EXPECT_EQ(screen.lines().size(), LiveLines::most_lines + 1);
  EXPECT_EQ(screen.lines().back(), "and 3 more");
  for (int i = 0; i < 14; ++i) live.show(std::to_string(i), "");
  EXPECT_THAT(screen.lines(), ElementsAre("14: x"));
}

TEST(LiveTerminal, other_output_takes_them_away_first) {
  test::MapEnvironment environment;
  environment.terminal = true;
  Screen screen;
  const auto write = [&](std::string_view text) { screen.write(text); };
  Terminal terminal(environment, write, write);
  ASSERT_TRUE(terminal.is_live());
  terminal.live("web", "step 1");
  terminal.data("data");
  terminal.live("web", "step 2");
  terminal.tell("told");
  EXPECT_THAT(screen.lines(), ElementsAre("data", "told"));
}

TEST(LiveTerminal, is_only_one_that_wants_it) {
  const auto live = [](const std::map<std::string, std::string>& variables, bool terminal,
                       const std::function<void(Terminal&)>& set = {}) {
    test::MapEnvironment environment(variables);
    environment.terminal = terminal;
    Terminal result(
        environment, [](std::string_view) {}, [](std::string_view) {});
    if (set) set(result);
    return result.is_live();
  };
  EXPECT_TRUE(live({}, true));
  EXPECT_FALSE(live({}, false));
  for (const char* name : {"NO_COLOR", "CI"}) EXPECT_FALSE(live({{name, "1"}}, true)) << name;
  EXPECT_FALSE(live({{"TERM", "dumb"}}, true));
  EXPECT_FALSE(live({}, true, [](Terminal& t) { t.quiet = true; }));
  EXPECT_FALSE(live({}, true, [](Terminal& t) { t.json = true; }));
  EXPECT_FALSE(live({}, true, [](Terminal& t) { t.verbosity = 1; }));
}

}  // namespace
}  // namespace sconectl::cli
