// Templates that are YAML: what is put in stays text. While the template is read, a word of letters
// and digits stands for each insertion; then the scalars that hold one are filled in, as they are
// or in double quotes.
#include <fmt/core.h>

#include <algorithm>

#include "render/insertion.hpp"
#include "render/split.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/scalars.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::render {
namespace {

/// Text that means the same in every scalar, plain or quoted.
bool is_harmless(std::string_view text) {
  const auto among = [](char c, std::string_view others) {
    return text::is_alphanumeric(c) || others.find(c) != std::string_view::npos;
  };
  return text.empty() ||
         (among(text.front(), "_/~$") && text.back() != ':' &&
          std::all_of(text.begin(), text.end(), [&](char c) { return among(c, "_/~$.+=@:-"); }));
}

struct Insertion {
  enum class Kind {
    value,
    later,    ///< braces that another stage, or helm, reads
    comment,  ///< braces around a comment: `{{! … }}`
  };
  std::string text;
  Kind kind = Kind::value;
  std::size_t offset = 0;  ///< of its placeholder in the template
};

/// The template with a word for each insertion.
class Draft {
 public:
  Draft(std::string_view text, const Variables& variables) {
    const auto occurs = [&] {
      const auto names = variables.names();
      return text.find(prefix_) != std::string_view::npos ||
             std::any_of(names.begin(), names.end(), [&](const std::string& name) {
               return variables.find(name)->find(prefix_) != std::string::npos;
             });
    };
    while (occurs()) prefix_ += 'x';
  }

  void add(Insertion insertion) {
    if (insertion.kind == Insertion::Kind::comment) text_ += '#';
    text_ += fmt::format("{}{}z", prefix_, insertions_.size());
    insertions_.push_back(std::move(insertion));
  }
  /// Text of the template; braces in it are somebody else's.
  void add_text(std::string_view text) {
    for (auto open = text.find("{{"); open != std::string_view::npos; open = text.find("{{")) {
      const auto close = text.find("}}", open);
      if (close == std::string_view::npos) break;
      text_ += text.substr(0, open);
      const std::string_view braces = text.substr(open, close + 2 - open);
      add({std::string(braces),
           braces.starts_with("{{!") ? Insertion::Kind::comment : Insertion::Kind::later, 0});
      text.remove_prefix(close + 2);
    }
    text_ += text;
  }
  void add_yaml(std::string_view yaml) { text_ += yaml; }

  [[nodiscard]] const std::string& text() const { return text_; }

  /// A part of the draft with each word replaced by what `content(insertion, result so far)` says;
  /// nothing: it stays.
  template <typename Content>
  [[nodiscard]] std::string replaced(std::string_view part, const Content& content) const {
    std::string result;
    for (auto at = part.find(prefix_); at != std::string_view::npos; at = part.find(prefix_)) {
      const auto end = part.find('z', at + prefix_.size());
      const auto number =
          std::stoul(std::string(part.substr(at + prefix_.size(), end - at - prefix_.size())));
      const Insertion& insertion = insertions_.at(number);
      result += part.substr(0, at);
      if (insertion.kind == Insertion::Kind::comment) result.pop_back();
      const std::optional<std::string> text = content(insertion, result);
      result += text ? *text : std::string(part.substr(at, end + 1 - at));
      part.remove_prefix(end + 1);
    }
    return result += part;
  }

 private:
  std::string prefix_ = "insertion";
  std::string text_;
  std::vector<Insertion> insertions_;
};

std::optional<std::string> as_it_is(const Insertion& insertion, const std::string& /*before*/) {
  return insertion.text;
}

std::string filled(const Draft& draft, const yaml::ScalarPlace& scalar) {
  const std::string_view source =
      std::string_view(draft.text()).substr(scalar.begin, scalar.end - scalar.begin);
  bool harmless = true;
  std::string result = draft.replaced(source, [&](const Insertion& insertion, const std::string&) {
    harmless =
        harmless && (insertion.kind != Insertion::Kind::value || is_harmless(insertion.text));
    return std::optional(insertion.text);
  });
  if (harmless) return result;
  const std::string meaning =
      draft.replaced(scalar.text, [](const Insertion& insertion, const std::string&) {
        return insertion.kind == Insertion::Kind::value ? std::optional(insertion.text)
                                                        : std::nullopt;
      });
  return draft.replaced(yaml::double_quoted(meaning), as_it_is) +
         (source.ends_with('\n') ? "\n" : "");
}

/// What stands between scalars: punctuation, and comments, which insertions must not end.
std::string filled_between(const Draft& draft, std::string_view part, const Report& report) {
  return draft.replaced(part, [&](const Insertion& insertion, const std::string& before) {
    const bool harmless = insertion.kind != Insertion::Kind::value || is_harmless(insertion.text);
    if (harmless) return std::optional(insertion.text);
    if (before.find('#', before.rfind('\n') + 1) != std::string::npos)
      return std::optional(yaml::double_quoted(insertion.text));
    report(insertion.offset, "a value can stand only in a key, a value or a comment");
    return std::optional(std::string());
  });
}

}  // namespace

std::string render_yaml(const std::shared_ptr<const diag::Source>& source,
                        const Variables& variables, Dialect dialect, diag::Diagnostics& out) {
  const diag::Location where{source, 0, 0};
  const Report report = reporter(source->text, where, out);
  Draft draft(source->text, variables);
  for (const Piece& piece : split(source->text, dialect, report)) {
    const std::string* const value =
        piece.expression ? value_of(piece, variables, report) : nullptr;
    if (value == nullptr)
      draft.add_text(piece.text);
    else if (variables.is_yaml(piece.expression->name))
      draft.add_yaml(*value);
    else
      draft.add({*value, Insertion::Kind::value, piece.offset});
  }
  diag::Diagnostics faults;
  (void)yaml::parse_documents(source->name, draft.text(), faults);
  out.add(faults);
  if (faults.has_errors()) return "";
  std::string result;
  std::size_t at = 0;
  const std::vector<yaml::ScalarPlace> scalars = yaml::scalar_places(draft.text());
  for (const yaml::ScalarPlace& scalar : scalars) {
    result +=
        filled_between(draft, std::string_view(draft.text()).substr(at, scalar.begin - at), report);
    result += filled(draft, scalar);
    at = scalar.end;
  }
  return result + filled_between(draft, std::string_view(draft.text()).substr(at), report);
}

}  // namespace sconectl::render
