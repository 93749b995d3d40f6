#include "sconectl/diag/diagnostics.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
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

void Diagnostics::error(Location location, std::string text) {
  all_.push_back({Severity::error, std::move(location), std::move(text)});
  ++errors_;
}

void Diagnostics::warning(Location location, std::string text) {
  all_.push_back({Severity::warning, std::move(location), std::move(text)});
}

void Diagnostics::add(const Diagnostics& other) {
  all_.insert(all_.end(), other.all_.begin(), other.all_.end());
  errors_ += other.errors_;
}

std::vector<Diagnostic> Diagnostics::warnings() const {
  std::vector<Diagnostic> result;
  std::copy_if(all_.begin(), all_.end(), std::back_inserter(result),
               [](const Diagnostic& d) { return d.severity == Severity::warning; });
  return result;
}

void Diagnostics::throw_if_errors() const {
  if (!has_errors()) return;
  // Readers go through a file from the top; files stay in the order in which they were read.
  std::map<const Source*, std::size_t> order;
  for (const Diagnostic& d : all_) order.emplace(d.location.source.get(), order.size());
  const auto place = [&](const Diagnostic& d) {
    return std::tuple(order.at(d.location.source.get()), d.location.line, d.location.column);
  };
  std::vector<Diagnostic> sorted = all_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  throw Error(std::move(sorted));
}

}  // namespace sconectl::diag
