#include "render/split.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "sconectl/text/ascii.hpp"

namespace sconectl::render {
namespace {

/// Words that are Helm's although they look like the name of a variable.
constexpr std::array<std::string_view, 8> helm_words = {"end", "else", "break",  "continue",
                                                        "now", "nil",  "uuidv4", "fail"};

class Splitter {
 public:
  Splitter(std::string_view text, Dialect dialect, const Report& report)
      : text_(text), dialect_(dialect), report_(report) {}

  std::vector<Piece> pieces() {
    while (at_ < text_.size()) {
      const auto brace = text_.find('{', at_);
      if (brace == std::string_view::npos || brace + 1 == text_.size()) break;
      at_ = brace;
      const char next = text_[brace + 1];
      if (next == '{')
        expression();
      else if (dialect_ == Dialect::tera && next == '#')
        comment("#}");
      else if (dialect_ == Dialect::tera && next == '%')
        tag();
      else
        ++at_;
    }
    keep_until(text_.size());
    return std::move(pieces_);
  }

 private:
  /// The text since the last piece becomes a piece of its own.
  void keep_until(std::size_t end) {
    if (end > kept_) pieces_.push_back({text_.substr(kept_, end - kept_), kept_, std::nullopt});
    kept_ = end;
  }
  void leave_out(std::size_t from, std::size_t end) {
    keep_until(from);
    kept_ = at_ = end;
  }
  void problem(std::string what, std::size_t end) {
    report_(at_, std::move(what));
    at_ = end;
  }

  void comment(std::string_view closing) {
    const auto end = text_.find(closing, at_ + 2);
    if (end == std::string_view::npos)
      problem("this comment is not closed", text_.size());
    else
      leave_out(at_, end + closing.size());
  }

  /// `{% raw %}…{% endraw %}`; there are no other tags.
  void tag() {
    const auto end = text_.find("%}", at_);
    if (end == std::string_view::npos) return problem("'{%' is not closed with '%}'", text_.size());
    const std::string_view word = tag_word(at_, end);
    if (word != "raw")
      return problem(fmt::format("'{{% {} %}}' is not understood, only 'raw' and 'endraw' are "
                                 "built in",
                                 word),
                     end + 2);
    const std::size_t opening = at_;
    leave_out(opening, end + 2);
    std::size_t closing = text_.find("{%", at_);
    while (closing != std::string_view::npos) {
      const auto closed = text_.find("%}", closing);
      if (closed == std::string_view::npos) break;
      if (tag_word(closing, closed) == "endraw") return leave_out(closing, closed + 2);
      closing = text_.find("{%", closing + 2);
    }
    report_(opening, "'{% raw %}' is not closed with '{% endraw %}'");
    at_ = text_.size();
  }
  [[nodiscard]] std::string_view tag_word(std::size_t start, std::size_t end) const {
    std::string_view word = text_.substr(start + 2, end - start - 2);
    if (!word.empty() && word.front() == '-') word.remove_prefix(1);
    if (!word.empty() && word.back() == '-') word.remove_suffix(1);
    return text::trimmed(word);
  }

  void expression() {
    if (dialect_ != Dialect::tera) {
      if (at_ > kept_ && text_[at_ - 1] == '\\') {  // \{{ is a literal {{
        leave_out(at_ - 1, at_);
        at_ += 2;
        return;
      }
      if (text_.substr(at_, 5) == "{{!--") return comment("--}}");
      if (text_.substr(at_, 3) == "{{!") return comment("}}");
    }
    const bool triple = dialect_ != Dialect::tera && text_.substr(at_, 3) == "{{{";
    const std::size_t inside = at_ + (triple ? 3 : 2);
    const std::string_view closing = triple ? "}}}" : "}}";
    const std::size_t end = find_closing(inside, closing);
    if (end == std::string_view::npos) {
      if (dialect_ == Dialect::helm_values) {
        at_ = inside;
        return;
      }
      return problem(fmt::format("'{}' is not closed", triple ? "{{{" : "{{"), inside);
    }
    const std::string_view content = text_.substr(inside, end - inside);
    const std::size_t after = end + closing.size();
    if (dialect_ == Dialect::helm_values && belongs_to_helm(content)) {
      at_ = after;
      return;
    }
    std::string what;
    auto parsed = parse_expression(content, dialect_ == Dialect::tera, what);
    if (!parsed) return problem(std::move(what), after);
    keep_until(at_);
    pieces_.push_back({text_.substr(at_, after - at_), at_, std::move(parsed)});
    kept_ = at_ = after;
  }

  /// The closing braces; those inside a quoted text of a filter do not count.
  [[nodiscard]] std::size_t find_closing(std::size_t from, std::string_view closing) const {
    char quote = '\0';
    for (std::size_t i = from; i < text_.size(); ++i) {
      const char c = text_[i];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (dialect_ != Dialect::handlebars && (c == '"' || c == '\'' || c == '`')) {
        quote = c;
      } else if (text_.compare(i, closing.size(), closing) == 0) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  static bool belongs_to_helm(std::string_view content) {
    const std::string_view word = text::trimmed(content);
    return !is_name(word) ||
           std::find(helm_words.begin(), helm_words.end(), word) != helm_words.end();
  }

  std::string_view text_;
  Dialect dialect_;
  const Report& report_;
  std::size_t at_ = 0;
  std::size_t kept_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace

std::vector<Piece> split(std::string_view text, Dialect dialect, const Report& report) {
  return Splitter(text, dialect, report).pieces();
}

}  // namespace sconectl::render
