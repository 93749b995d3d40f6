#include "sconectl/diag/diagnostics.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "sconectl/diag/error.hpp"

namespace sconectl::diag {

std::string Diagnostic::line() const {
  const char* word = severity == Severity::error ? "error" : "warning";
  const std::string place = location.text();
  return place.empty() ? fmt::format("{}: {}", word, text)
                       : fmt::format("{}: {}: {}", place, word, text);
}

std::string shortened(std::string text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  while (most_bytes > 0 && continues(text[most_bytes])) --most_bytes;
  text.resize(most_bytes);
  text.shrink_to_fit();
  return text + "…";
}

void Diagnostics::keep(Diagnostic diagnostic) {
  auto& count = diagnostic.severity == Severity::error ? errors_ : warnings_;
  if (count++ >= most_kept) return;
  diagnostic.text = shortened(std::move(diagnostic.text), longest_text);
  kept_.push_back(std::move(diagnostic));
}

void Diagnostics::error(Location location, std::string text) {
  keep({Severity::error, std::move(location), std::move(text)});
}

void Diagnostics::warning(Location location, std::string text) {
  keep({Severity::warning, std::move(location), std::move(text)});
}

void Diagnostics::add(const Diagnostics& other) {
  for (const Diagnostic& each : other.kept_) keep(each);
  // What the other one only counted.
  errors_ += other.errors_ - std::min(other.errors_, most_kept);
  warnings_ += other.warnings_ - std::min(other.warnings_, most_kept);
}

void Diagnostics::append_counts(std::vector<Diagnostic>& to) const {
  const auto append = [&to](Severity severity, std::size_t count, std::string_view word) {
    if (count <= most_kept) return;
    const std::size_t more = count - most_kept;
    to.push_back(
        {severity, {}, fmt::format("… and {} more {}{}", more, word, more == 1 ? "" : "s")});
  };
  append(Severity::error, errors_, "error");
  append(Severity::warning, warnings_, "warning");
}

std::vector<Diagnostic> Diagnostics::all() const {
  std::vector<Diagnostic> result = kept_;
  append_counts(result);
  return result;
}

std::vector<Diagnostic> Diagnostics::warnings() const {
  std::vector<Diagnostic> result = all();
  std::erase_if(result, [](const Diagnostic& d) { return d.severity != Severity::warning; });
  return result;
}

void Diagnostics::throw_if_errors() const {
  if (!has_errors()) return;
  // Readers go through a file from the top; files stay in the order in which they were read.
  std::map<const Source*, std::size_t> order;
  for (const Diagnostic& d : kept_) order.emplace(d.location.source.get(), order.size());
  const auto place = [&](const Diagnostic& d) {
    return std::tuple(order.at(d.location.source.get()), d.location.line, d.location.column);
  };
  std::vector<Diagnostic> sorted = kept_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  append_counts(sorted);
  throw Error(std::move(sorted));
}

}  // namespace sconectl::diag
