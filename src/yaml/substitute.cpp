#include "sconectl/yaml/substitute.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/variable.hpp"
#include "yaml/variable_lines.hpp"

namespace sconectl::yaml {
namespace {

/// The variable name at the start of `text` (just after the `$`), and how many bytes it takes with
/// its braces. Empty if there is none: then the `$` is literal.
struct Reference {
  std::string_view name;
  std::size_t length = 0;
};

Reference reference(std::string_view text) {
  const bool braces = text.starts_with('{');
  const std::string_view body = braces ? text.substr(1) : text;
  if (body.empty() || !text::starts_variable_name(body.front())) return {};
  std::string_view rest = body;
  const std::size_t end = text::take_while(rest, text::continues_variable_name).size();
  if (!braces) return {body.substr(0, end), end};
  if (end == body.size() || body[end] != '}') return {};
  return {body.substr(0, end), end + 2};
}

/// Its lines as they are, but for the last line end: the line of the variable has one.
std::vector<std::string_view> value_lines(std::string_view value) {
  if (value.ends_with('\n')) value.remove_suffix(1);
  std::vector<std::string_view> result;
  while (true) {
    const auto end = value.find('\n');
    result.push_back(value.substr(0, end));
    if (end == std::string_view::npos) return result;
    value.remove_prefix(end + 1);
  }
}

class Substitution {
 public:
  Substitution(const Variables& variables, diag::Diagnostics& out, const SubstituteOptions& options)
      : variables_(variables), out_(out), options_(options) {}

  Value value(const Value& v) {
    switch (v.kind()) {
      case Kind::null:
        return v;
      case Kind::scalar:
        return scalar(v);
      case Kind::sequence:
        return sequence(v);
      case Kind::mapping:
        return mapping(v);
    }
    return v;
  }

 private:
  Value scalar(const Value& v) {
    if (v.text().find_first_of("$\\") == std::string::npos) return v;
    const bool several =
        v.text().find('\n') != std::string::npos || v.text().starts_with(moved_mark);
    std::string replaced = several ? block(v.text(), v.location()) : text(v.text(), v.location());
    if (replaced == v.text()) return v;
    if (replaced == "~") return Value::null(v.location());
    return Value::scalar(std::move(replaced), v.plain(), v.location(), v.tag());
  }

  Value sequence(const Value& v) {
    std::vector<Value> items;
    items.reserve(v.items().size());
    for (const Value& item : v.items()) items.push_back(value(item));
    return Value::sequence(std::move(items), v.location(), v.tag());
  }

  Value mapping(const Value& v) {
    std::vector<Entry> entries;
    entries.reserve(v.entries().size());
    for (const Entry& entry : v.entries()) {
      std::string key = options_.keys ? text(entry.key, entry.key_location) : entry.key;
      entries.push_back({std::move(key), entry.key_location, value(entry.value)});
    }
    return Value::mapping(std::move(entries), v.location(), v.tag());
  }

  /// Several lines, of which some are only a variable: those stand for all lines of its value.
  std::string block(std::string_view all, const diag::Location& at) {
    std::string result;
    while (!all.empty()) {
      const auto end = all.find('\n');
      const std::string_view line = all.substr(0, end);
      if (const auto variable = variable_line(line))
        result += lines_of(*variable, line, at);
      else
        result += text(line, at);
      if (end == std::string_view::npos) break;
      result += '\n';
      all.remove_prefix(end + 1);
    }
    return result;
  }

  /// The lines of a value, each with the indentation of the variable.
  std::string lines_of(const VariableLine& variable, std::string_view line,
                       const diag::Location& at) {
    const auto value = variables_(variable.name);
    if (!value) return text(line, at);  // which reports it
    const auto lines = value_lines(*value);
    std::size_t own = variable.moved ? std::string_view::npos : 0;
    for (const std::string_view given : lines)
      if (!text::is_blank(given)) own = std::min(own, given.find_first_not_of(" \t"));
    std::string result;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) result += '\n';
      if (!text::is_blank(lines[i])) result += variable.indentation;
      result += lines[i].substr(std::min(own, lines[i].size()));
    }
    return result;
  }

  std::string text(std::string_view rest, const diag::Location& at) {
    std::string result;
    while (!rest.empty()) {
      const std::size_t special = rest.find_first_of("$\\");
      result += rest.substr(0, special);
      if (special == std::string_view::npos) break;
      rest.remove_prefix(special);
      rest.remove_prefix(token(rest, at, result));
    }
    return result;
  }

  /// Appends what the token at the start of `rest` stands for; returns its length.
  std::size_t token(std::string_view rest, const diag::Location& at, std::string& result) {
    if (rest.starts_with("\\$")) {
      result += '$';
      return 2;
    }
    if (rest.starts_with("$$")) {
      result += "$$";
      return 2;
    }
    const Reference found = rest.front() == '$' ? reference(rest.substr(1)) : Reference{};
    if (found.length == 0) {
      result += rest.front();
      return 1;
    }
    if (const auto replacement = variables_(found.name)) {
      result += *replacement;
    } else {
      out_.error(at,
                 fmt::format("Value for variable ${0} is missing; give it with '-e {0}=VALUE', or "
                             "with --use-env from the environment",
                             found.name));
      result += rest.substr(0, found.length + 1);
    }
    return found.length + 1;
  }

  const Variables& variables_;
  diag::Diagnostics& out_;
  const SubstituteOptions& options_;
};

}  // namespace

Value substitute(const Value& document, const Variables& variables, diag::Diagnostics& out,
                 const SubstituteOptions& options) {
  return Substitution(variables, out, options).value(document);
}

}  // namespace sconectl::yaml
