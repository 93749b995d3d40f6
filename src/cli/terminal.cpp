#include "cli/terminal.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "sconectl/diag/diagnostics.hpp"

namespace sconectl::cli {
namespace {

constexpr int red = 31;
constexpr int yellow = 33;

nlohmann::json as_json(const diag::Diagnostic& d) {
  nlohmann::json result{{"severity", d.severity == diag::Severity::error ? "error" : "warning"},
                        {"text", d.text}};
  if (d.location.source) result["file"] = d.location.source->name;
  if (d.location.line > 0) {
    result["line"] = d.location.line;
    result["column"] = d.location.column;
  }
  return result;
}

std::string_view kind_name(diag::ErrorKind kind) {
  switch (kind) {
    case diag::ErrorKind::failed:
      return "failed";
    case diag::ErrorKind::refused:
      return "refused";
    case diag::ErrorKind::unauthenticated:
      return "unauthenticated";
    case diag::ErrorKind::usage:
      return "usage";
    case diag::ErrorKind::invalid:
      return "invalid";
    case diag::ErrorKind::not_found:
      return "not_found";
    case diag::ErrorKind::conflict:
      return "conflict";
    case diag::ErrorKind::unavailable:
      return "unavailable";
    case diag::ErrorKind::too_many:
      return "too_many";
    case diag::ErrorKind::unsupported:
      return "unsupported";
    case diag::ErrorKind::interrupted:
      return "interrupted";
  }
  return "failed";
}

nlohmann::json as_json(const diag::Error& error) {
  nlohmann::json result{{"schema", "sconectl/v1/error"},
                        {"kind", kind_name(error.kind())},
                        {"text", error.text()},
                        {"causes", error.causes()},
                        {"diagnostics", nlohmann::json::array()}};
  for (const auto& d : error.diagnostics()) result["diagnostics"].push_back(as_json(d));
  return result;
}

std::string dump(const nlohmann::json& document) {
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Terminal::Terminal(const host::Environment& environment, Write out, Write err)
    : out_(std::move(out)),
      err_(std::move(err)),
      colour_(environment.is_terminal(2) && environment.get_or("NO_COLOR", "").empty() &&
              environment.get_or("CI", "").empty() && environment.get_or("TERM", "") != "dumb"),
      live_lines_([this](std::string_view text) { err_(text); }) {}

void Terminal::bytes(std::string_view text) {
  if (!output_file.empty()) {
    kept_ += text;
  } else {
    live_lines_.hide();
    out_(text);
  }
}

void Terminal::data(std::string_view text) {
  bytes(text);
  if (!text.ends_with('\n')) bytes("\n");
}

void Terminal::document(const nlohmann::json& json_document) {
  data(dump(json_document));
}

void Terminal::line(std::string_view text) const {
  // One write per line, so that lines of processes that run together do not mix.
  std::string whole(text);
  if (!whole.ends_with('\n')) whole += '\n';
  live_lines_.hide();
  err_(whole);
}

std::string Terminal::coloured(std::string_view word, int colour) const {
  return colour_ && !quiet ? fmt::format("\033[{}m{}\033[0m", colour, word) : std::string(word);
}

void Terminal::tell(std::string_view text) const {
  if (!quiet && !json) line(text);
}

void Terminal::tell_more(std::string_view text) const {
  if (verbosity > 0) line(text);
}

void Terminal::warn(const diag::Diagnostic& warning) {
  if (!warned_.insert(warning.line()).second) return;
  if (json) {
    line(as_json(warning).dump());
  } else if (!quiet) {
    const std::string place = warning.location.text();
    line(place.empty()
             ? fmt::format("{} {}", coloured("Warning:", yellow), warning.text)
             : fmt::format("{}: {} {}", place, coloured("warning:", yellow), warning.text));
  }
}

void Terminal::error(const diag::Error& error) {
  if (json) {
    line(dump(as_json(error)));
    return;
  }
  for (const auto& d : error.diagnostics()) {
    if (d.severity == diag::Severity::warning) {
      warn(d);
    } else {
      line(diag::with_excerpt(d));
    }
  }
  if (error.diagnostics().empty() || !error.causes().empty()) {
    line(fmt::format("{} {}", coloured("Error:", red), error.text()));
    for (const std::string& cause : error.causes()) line("Caused by: " + cause);
  }
}

}  // namespace sconectl::cli
