#include "sconectl/text/terminal_text.hpp"

#include <gtest/gtest.h>

namespace sconectl::text {
namespace {

TEST(TerminalText, colours_titles_and_movements_go_and_the_words_stay) {
  const std::pair<std::string, std::string> cases[] = {
      {"\x1B[91mError:\x1B[0m no such file", "Error: no such file"},
      {"\x1B[38;5;196mred\x1B[m", "red"},
      {"\x1B]0;a title\x07text", "text"},
      {"\x1B]8;;http://a\x1B\\link\x1B]8;;\x1B\\", "link"},
      {"a\x1B[2K\x1B[1Gb", "ab"},
      {"\x1B(Bx\x1B=y", "xy"},
      {"a\tb\r\nc", "a\tb\r\nc"},
      {"bell\x07 back\x08", "bell back"},
      {"\xC3\xA4 \xE2\x82\xAC", "\xC3\xA4 \xE2\x82\xAC"},
      {"end\x1B", "end"},
      {"end\x1B[", "end"},
      {"end\x1B]never", "end"},
      {"\x1B[31\nb", "\nb"},
      {"", ""}};
  for (const auto& [given, expected] : cases) EXPECT_EQ(without_escapes(given), expected);
}

TEST(TerminalText, what_others_wrote_stays_in_its_line) {
  EXPECT_EQ(in_one_line("a\nchange: none\r\tb\x1B[2Jc"), "a change: none  bc");
}

}  // namespace
}  // namespace sconectl::text
