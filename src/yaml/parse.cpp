#include "sconectl/yaml/parse.hpp"

#include <fmt/core.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>

#include "sconectl/diag/error.hpp"
#include "yaml/compose.hpp"

namespace sconectl::yaml {
namespace {

/// Reads from memory without a copy.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    setg(begin, begin, begin + text.size());
  }
};

/// Length of the UTF-8 sequence that starts at `at`, 0 if it is not valid (RFC 3629: no overlong
/// forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(at);
  const unsigned next = byte(at + 1);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(at + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if ((lead == 0xE0 && next < 0xA0) || (lead == 0xED && next > 0x9F)) return 0;
    return continues(at + 1) && continues(at + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if ((lead == 0xF0 && next < 0x90) || (lead == 0xF4 && next > 0x8F)) return 0;
    return continues(at + 1) && continues(at + 2) && continues(at + 3) ? 4 : 0;
  }
  return 0;
}

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
    const std::size_t length = utf8_length(text, i);
    if (length == 0) {
      out.error(place(source, i), "not UTF-8: save the file as UTF-8 text");
      return false;
    }
    i += length;
  }
  return true;
}

/// yaml-cpp's message in our words where its own are no help.
std::string syntax_message(const std::shared_ptr<const diag::Source>& source,
                           const diag::Location& at, const std::string& message) {
  std::string_view rest = source->text;
  for (int i = 1; i < at.line; ++i) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  const std::string_view line = rest.substr(0, rest.find('\n'));
  const auto first = line.find_first_not_of(' ');
  if (first != std::string_view::npos && line[first] == '\t')
    return "a tab in the indentation: YAML wants spaces";
  return "not valid YAML: " + message;
}

}  // namespace

std::vector<Value> parse_documents(std::string name, std::string text, diag::Diagnostics& out,
                                   const Limits& limits) {
  auto source =
      std::make_shared<const diag::Source>(diag::Source{std::move(name), std::move(text)});
  if (source->text.size() > limits.bytes) {
    out.error({source, 0, 0}, fmt::format("{} bytes are more than the limit of {} bytes",
                                          source->text.size(), limits.bytes));
    return {};
  }
  if (!check_bytes(source, out)) return {};
  std::vector<Value> documents;
  try {
    ViewBuffer buffer(source->text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (true) {
      Composer composer(source, out, limits);
      if (!parser.HandleNextDocument(composer)) break;
      documents.push_back(composer.document());
    }
  } catch (const YAML::DeepRecursion& e) {
    out.error({source, e.mark.line + 1, e.mark.column + 1},
              "nested too deeply (more than 500 levels)");
  } catch (const YAML::Exception& e) {
    const bool known = !e.mark.is_null();
    const diag::Location at{source, known ? e.mark.line + 1 : 0, known ? e.mark.column + 1 : 0};
    out.error(at, syntax_message(source, at, e.msg));
  }
  return documents;
}

Value parse_document(std::string name, std::string text, const Limits& limits) {
  diag::Diagnostics out;
  auto documents = parse_documents(name, std::move(text), out, limits);
  out.throw_if_errors();
  if (documents.empty()) {
    out.error(diag::whole_file(name), "the document is empty");
  } else if (documents.size() > 1) {
    out.error(documents[1].location(), "a second document: one is expected");
  } else if (documents.front().is_null()) {
    out.error(diag::whole_file(name), "the document is empty");
  }
  out.throw_if_errors();
  return documents.front();
}

}  // namespace sconectl::yaml
