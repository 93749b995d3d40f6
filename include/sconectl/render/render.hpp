// Text templates: the two stages of a chart's values, session templates in images, manifest values.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/diag/location.hpp"

namespace sconectl::render {

/// Which language a text is written in (docs/mesh.md).
enum class Dialect {
  /// Stage 1, when a service image is built. `{{NAME}}`, `{{NAME | default(value="x")}}` with
  /// values
  /// of the manifest; `{# #}` is a comment; `{% raw %}…{% endraw %}` keeps its inside for stage 2
  /// and loses the markers. What is put in is never scanned again.
  tera,
  /// Stage 2, when a mesh is applied. `{{NAME}}`, `{{{NAME}}}`, `{{cas.cas.cas_url}}`, never
  /// escaped
  /// for HTML; `{{!-- --}}` and `{{! }}` are comments; `\{{` is a literal `{{`.
  handlebars,
  /// As handlebars, but everything that is Helm's own passes through untouched: `{{ .Values.x }}`,
  /// `{{- … }}`, `{{/* */}}`, `{{ include "x" . }}`, control words.
  helm_values,
};

/// Values by dotted name: "API_USER", "cas.cas.cas_url". In handlebars a name may be written with
/// `_` for `.` as well ("cas_cas_cas_url").
class Variables {
 public:
  void set(std::string name, std::string value);
  /// A value that is YAML of our own and not text: render_yaml() puts it in as it is.
  void set_yaml(std::string name, std::string yaml);
  [[nodiscard]] const std::string* find(std::string_view name) const;
  [[nodiscard]] bool is_yaml(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  struct Value {
    std::string text;
    bool is_yaml = false;
  };
  [[nodiscard]] const Value* value(std::string_view name) const;
  std::map<std::string, Value, std::less<>> values_;
};

/// The text with every placeholder replaced. A name without a value (and without a default) is an
/// error at its line and column that suggests the nearest name; the placeholder then stays as it
/// is. `where` is the place of the text's first byte: a whole file (line 0 counts as line 1, column
/// 1) or the scalar that holds it, to whose place all errors point.
[[nodiscard]] std::string render(std::string_view text, const Variables& variables, Dialect dialect,
                                 const diag::Location& where, diag::Diagnostics& out);

/// A whole template file that is YAML: positions are counted in `source`. What is put in stays the
/// text that it is, and never becomes another node of the document: where quotes are needed for
/// that the whole scalar is written again in double quotes. A template that is no YAML with its
/// placeholders is an error.
[[nodiscard]] std::string render_yaml(const std::shared_ptr<const diag::Source>& source,
                                      const Variables& variables, Dialect dialect,
                                      diag::Diagnostics& out);

/// Text for Dialect::handlebars that render() makes this text of: `{{` of another language stays
/// what it is.
[[nodiscard]] std::string literal(std::string_view text);

/// Reports what render() could never replace, whatever variables there are, such as `{{ $x }}` of
/// another language, and how a `{{` that is text is written.
void check_expressions(std::string_view text, Dialect dialect, const diag::Location& where,
                       diag::Diagnostics& out);

/// The names that a text asks for, in order of first use, without those that have a default.
[[nodiscard]] std::vector<std::string> names_in(std::string_view text, Dialect dialect);

}  // namespace sconectl::render
