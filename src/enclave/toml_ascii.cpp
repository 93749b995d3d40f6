#include "enclave/toml_ascii.hpp"

#include <algorithm>

namespace sconectl::enclave {
namespace {

/// Behind the text that begins at `at`; one on a single line ends with its line at the latest.
std::size_t after_text(std::string_view toml, std::size_t at) {
  const char quote = toml[at];
  const bool long_one = toml.substr(at, 3) == std::string_view(quote == '"' ? "\"\"\"" : "'''");
  const std::string_view end = long_one ? toml.substr(at, 3) : toml.substr(at, 1);
  for (at += end.size(); at < toml.size(); ++at) {
    if (quote == '"' && toml[at] == '\\') {
      ++at;
    } else if (toml.substr(at, end.size()) == end) {
      // A long text may end with one or two quotes of its own.
      at += end.size();
      for (int more = 0; long_one && more < 2 && at < toml.size() && toml[at] == quote; ++more)
        ++at;
      return at;
    } else if (!long_one && toml[at] == '\n') {
      return at;
    }
  }
  return toml.size();
}

/// Behind anything else the library does not take it for the beginning of a text.
bool may_begin_text(std::string_view toml, std::size_t at) {
  constexpr std::string_view before = " \t\r\n=[,{.";
  return at == 0 || before.find(toml[at - 1]) != std::string_view::npos;
}

}  // namespace

std::optional<std::size_t> non_ascii_outside_texts(std::string_view toml) {
  std::size_t at = 0;
  while (at < toml.size()) {
    const char c = toml[at];
    if (static_cast<unsigned char>(c) > 0x7f) return at;
    if (c == '#') {
      at = std::min(toml.find('\n', at), toml.size());
    } else if ((c == '"' || c == '\'') && may_begin_text(toml, at)) {
      at = after_text(toml, at);
    } else {
      ++at;
    }
  }
  return std::nullopt;
}

}  // namespace sconectl::enclave
