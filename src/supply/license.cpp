#include "supply/license.hpp"

#include <algorithm>
#include <array>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::supply {
namespace {

/// What occurs in images, of the list at https://spdx.org/licenses; sorted. What is not here is
/// written as a LicenseRef with its text, which is right, too.
constexpr auto identifiers = std::to_array<std::string_view>({
    "0BSD",
    "AFL-2.1",
    "AFL-3.0",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-1.1",
    "Apache-2.0",
    "Artistic-1.0-Perl",
    "Artistic-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "Bitstream-Vera",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDDL-1.0",
    "CDDL-1.1",
    "CPL-1.0",
    "EPL-1.0",
    "EPL-2.0",
    "EUPL-1.2",
    "FSFAP",
    "FSFUL",
    "FSFULLR",
    "FTL",
    "GFDL-1.3-only",
    "GFDL-1.3-or-later",
    "GPL-1.0-only",
    "GPL-1.0-or-later",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "HPND",
    "ICU",
    "IJG",
    "ISC",
    "LGPL-2.0-only",
    "LGPL-2.0-or-later",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "Libpng",
    "MIT",
    "MIT-0",
    "MPL-1.1",
    "MPL-2.0",
    "NCSA",
    "OFL-1.1",
    "OLDAP-2.8",
    "OpenSSL",
    "PHP-3.01",
    "PSF-2.0",
    "PostgreSQL",
    "Python-2.0",
    "Ruby",
    "SSPL-1.0",
    "Sleepycat",
    "TCL",
    "UPL-1.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Vim",
    "W3C",
    "WTFPL",
    "X11",
    "ZPL-2.1",
    "Zlib",
    "bzip2-1.0.6",
    "curl",
    "libpng-2.0",
    "zlib-acknowledgement",
});

constexpr auto exceptions = std::to_array<std::string_view>({
    "Autoconf-exception-3.0",
    "Bison-exception-2.2",
    "Classpath-exception-2.0",
    "GCC-exception-3.1",
    "LLVM-exception",
    "Linux-syscall-note",
    "OpenSSL-exception",
    "openvpn-openssl-exception",
});

template <typename List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// expression = term (("AND" | "OR") term)*; term = "(" expression ")" | id ["WITH" exception].
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) {
    for (const std::string_view word : text::words_in(text)) take_apart(word);
  }

  bool all() { return expression(0) && at_ == tokens_.size(); }

 private:
  /// A word and the parentheses around it.
  void take_apart(std::string_view word) {
    while (word.starts_with('(')) {
      tokens_.push_back(word.substr(0, 1));
      word.remove_prefix(1);
    }
    const std::size_t end = std::min(word.find(')'), word.size());
    if (end > 0) tokens_.push_back(word.substr(0, end));
    for (std::size_t i = end; i < word.size(); ++i) tokens_.push_back(word.substr(i, 1));
  }

  [[nodiscard]] std::string_view next() const {
    return at_ < tokens_.size() ? tokens_[at_] : std::string_view();
  }

  bool accept(std::string_view token) {
    if (next() != token) return false;
    ++at_;
    return true;
  }

  bool expression(int depth) {
    do {
      if (!term(depth)) return false;
    } while (accept("AND") || accept("OR"));
    return true;
  }

  bool term(int depth) {
    constexpr int deepest = 20;
    if (accept("(")) return depth < deepest && expression(depth + 1) && accept(")");
    if (!has(identifiers, next())) return false;
    ++at_;
    if (!accept("WITH")) return true;
    if (!has(exceptions, next())) return false;
    ++at_;
    return true;
  }

  std::vector<std::string_view> tokens_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_license_expression(std::string_view text) {
  return ExpressionParser(text).all();
}

bool is_license_id(std::string_view text) {
  return has(identifiers, text);
}

std::string license_reference(std::string_view text) {
  constexpr std::size_t longest_word = 40;
  std::string word;
  for (const char c : text.substr(0, longest_word)) {
    word += text::is_alphanumeric(c) || c == '.' ? c : '-';
  }
  const std::string digest = crypto::hex(crypto::view(crypto::sha256(text)));
  return "LicenseRef-" + word + "-" + digest.substr(0, 8);
}

}  // namespace sconectl::supply
