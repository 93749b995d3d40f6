#include "sconectl/yaml/parse.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/utf8.hpp"
#include "yaml/compose.hpp"
#include "yaml/document_source.hpp"
#include "yaml/parser.hpp"
#include "yaml/variable_lines.hpp"

namespace sconectl::yaml {
namespace {

diag::Location place(const std::shared_ptr<const diag::Source>& source, std::size_t offset) {
  const std::string_view before = std::string_view(source->text).substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n');
  const std::size_t column = start == std::string_view::npos ? offset : offset - start - 1;
  return {source, static_cast<int>(line) + 1, static_cast<int>(column) + 1};
}

/// NUL bytes and broken UTF-8 (SL-009, SL-010); false if the text can not be given to the parser.
bool check_bytes(const std::shared_ptr<const diag::Source>& source, diag::Diagnostics& out) {
  const std::string_view text = source->text;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\0') {
      out.error(place(source, i), "a NUL byte: the text must be UTF-8 without U+0000");
      return false;
    }
    const std::size_t length = text::utf8_length(text, i);
    if (length == 0) {
      out.error(place(source, i), "not UTF-8: save the file as UTF-8 text");
      return false;
    }
    i += length;
  }
  return true;
}

/// The name of a variable that is alone on this line or on the last one before it that is not
/// blank.
std::string variable_line_near(std::string_view text, std::size_t line) {
  const auto lines = text::lines(text);
  for (std::size_t i = std::min(line + 1, lines.size()); i-- > 0;) {
    if (text::is_blank(lines[i])) continue;
    if (const auto found = variable_line(lines[i])) return std::string(found->name);
    if (i < line) break;
  }
  return "";
}

/// libyaml's mistake in our words where its own are no help.
void report(const std::shared_ptr<const diag::Source>& source, const yaml_parser_t& parser,
            diag::Diagnostics& out) {
  const std::string problem = parser.problem == nullptr ? "" : parser.problem;
  if (parser.error == YAML_READER_ERROR) {
    out.error(place(source, parser.problem_offset), "not valid YAML: " + problem);
    return;
  }
  const diag::Location at{source, static_cast<int>(parser.problem_mark.line) + 1,
                          static_cast<int>(parser.problem_mark.column) + 1};
  std::string_view line = source->text;
  for (std::size_t i = 0; i < parser.problem_mark.line; ++i)
    line.remove_prefix(std::min(line.find('\n'), line.size() - 1) + 1);
  const auto first = line.find_first_not_of(' ');
  if (first != std::string_view::npos && line[first] == '\t') {
    out.error(at, "a tab in the indentation: YAML wants spaces");
    return;
  }
  if (const std::string name = variable_line_near(source->text, parser.problem_mark.line);
      !name.empty()) {
    out.error(at, fmt::format("not valid YAML: a line that is only ${} stands for lines of text "
                              "below '|'; where it stands for keys or items, let 'envsubst' put "
                              "them in before",
                              name));
    return;
  }
  std::string context;
  if (parser.context != nullptr && parser.context_mark.line != parser.problem_mark.line)
    context =
        fmt::format(" ({} that starts on line {})", parser.context, parser.context_mark.line + 1);
  out.error(at, fmt::format("not valid YAML: {}{}", problem, context));
}

}  // namespace

std::vector<Value> parse_documents(std::string name, std::string text, diag::Diagnostics& out,
                                   const Limits& limits) {
  text.erase(0, text.size() - text::without_byte_order_mark(text).size());
  const auto source = std::make_shared<const DocumentSource>(std::move(name), std::move(text));
  if (source->text.size() > limits.bytes) {
    out.error({source, 0, 0}, fmt::format("{} bytes are more than the limit of {} bytes",
                                          source->text.size(), limits.bytes));
    return {};
  }
  if (!check_bytes(source, out)) return {};
  std::vector<Value> documents;
  Parser parser(source->text);
  std::optional<Composer> composer;
  try {
    while (const yaml_event_t* event = parser.next()) {
      if (event->type == YAML_STREAM_END_EVENT) return documents;
      if (event->type == YAML_DOCUMENT_START_EVENT) {
        composer.emplace(source, out, limits);
      } else if (event->type == YAML_DOCUMENT_END_EVENT) {
        documents.push_back(composer->document());
      } else if (composer) {
        composer->take(*event);
      }
    }
    report(source, parser.state(), out);
  } catch (const Composer::Stopped&) {  // which was reported
  }
  return documents;
}

Value parse_document(const std::string& name, std::string text, const Limits& limits) {
  diag::Diagnostics out;
  auto documents = parse_documents(name, std::move(text), out, limits);
  out.throw_if_errors();
  if (documents.size() > 1) {
    out.error(documents[1].location(), "a second document: one is expected");
  } else if (documents.empty() || documents.front().is_null()) {
    out.error(diag::whole_file(name), "the document is empty");
  }
  out.throw_if_errors();
  return documents.front();
}

}  // namespace sconectl::yaml
