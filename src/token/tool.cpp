#include "token/tool.hpp"

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::token {

namespace {
/// Somebody may have to touch the token.
constexpr std::chrono::seconds longest_wait{30};
constexpr std::size_t longest_words = 300;
}  // namespace

host::Exit run_tool(host::Processes& processes, host::Command& command) {
  command.limit = longest_wait;
  return processes.run(command);
}

std::string words_of(const host::Exit& failed) {
  // The first is the cause; what follows says that the tool could not go on.
  for (const auto line : text::lines(failed.err))
    if (text::lower(line.substr(0, 7)) == "error: ")
      return text::in_one_line(line.substr(0, longest_words));
  const auto all = text::trimmed(failed.err);
  return all.empty() ? "it says nothing" : text::in_one_line(all.substr(0, longest_words));
}

}  // namespace sconectl::token
