#include "sconectl/render/render.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "render/insertion.hpp"
#include "render/split.hpp"
#include "sconectl/diag/suggest.hpp"

namespace sconectl::render {
namespace {

/// Where a byte of a text stands: counted for a whole file, the scalar's place otherwise.
diag::Location place(const diag::Location& where, std::string_view text, std::size_t offset) {
  if (where.line != 0) return where;
  const std::string_view before = text.substr(0, offset);
  const auto newline = before.rfind('\n');
  diag::Location at = where;
  at.line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  at.column =
      static_cast<int>(newline == std::string_view::npos ? offset : offset - newline - 1) + 1;
  return at;
}

}  // namespace

const std::string* value_of(const Piece& piece, const Variables& variables, const Report& report) {
  const Expression& expression = *piece.expression;
  if (const std::string* value = variables.find(expression.name)) return value;
  if (expression.fallback) return &*expression.fallback;
  report(piece.offset, fmt::format("variable '{}' has no value{}", expression.name,
                                   diag::did_you_mean(expression.name, variables.names())));
  return nullptr;
}

Report reporter(std::string_view text, const diag::Location& where, diag::Diagnostics& out) {
  return [text, where, &out](std::size_t offset, std::string problem) {
    out.error(place(where, text, offset), std::move(problem));
  };
}

std::string render(std::string_view text, const Variables& variables, Dialect dialect,
                   const diag::Location& where, diag::Diagnostics& out) {
  const Report report = reporter(text, where, out);
  std::string result;
  result.reserve(text.size());
  for (const Piece& piece : split(text, dialect, report)) {
    const std::string* const value =
        piece.expression ? value_of(piece, variables, report) : nullptr;
    result += value == nullptr ? piece.text : std::string_view(*value);
  }
  return result;
}

std::string literal(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool opens = text.substr(i).starts_with("{{");
    if (opens) result += '\\';
    result += text[i];
    if (opens) result += text[++i];
  }
  return result;
}

void check_expressions(std::string_view text, Dialect dialect, const diag::Location& where,
                       diag::Diagnostics& out) {
  const Report report = [&](std::size_t offset, const std::string& problem) {
    out.error(place(where, text, offset),
              dialect == Dialect::tera ? problem
                                       : problem + "; write '\\{{' where a '{{' is meant as text");
  };
  (void)split(text, dialect, report);
}

std::vector<std::string> names_in(std::string_view text, Dialect dialect) {
  std::vector<std::string> names;
  for (const Piece& piece : split(text, dialect, [](std::size_t, const std::string&) {})) {
    if (!piece.expression || piece.expression->fallback) continue;
    if (std::find(names.begin(), names.end(), piece.expression->name) == names.end())
      names.push_back(piece.expression->name);
  }
  return names;
}

}  // namespace sconectl::render
