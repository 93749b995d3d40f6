#include "casd/metrics/exposition.hpp"

#include <fmt/format.h>

#include <cmath>

namespace sconectl::casd {

namespace {

std::string_view type_word(Exposition::Type type) {
  switch (type) {
    case Exposition::Type::counter:
      return "counter";
    case Exposition::Type::gauge:
      return "gauge";
    case Exposition::Type::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string escaped_label(std::string_view value) {
  std::string result;
  for (const char c : value) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') result += '\\';
    result += c;
  }
  return result;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

}  // namespace

void Exposition::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type_word(type));
}

void Exposition::line(std::string_view suffix, Labels labels, std::string_view bound,
                      std::string_view value) {
  std::string list;
  for (const auto& [name, text] : labels)
    list += fmt::format("{}{}=\"{}\"", list.empty() ? "" : ",", name, escaped_label(text));
  if (!bound.empty()) list += fmt::format("{}le=\"{}\"", list.empty() ? "" : ",", bound);
  if (!list.empty()) list = "{" + list + "}";
  text_ += fmt::format("{}{}{} {}\n", name_, suffix, list, value);
}

void Exposition::sample(Labels labels, std::uint64_t value) {
  line("", labels, "", std::to_string(value));
}

void Exposition::sample(Labels labels, double value) {
  line("", labels, "", number_text(value));
}

void Exposition::sample(Labels labels, const DurationHistogram& histogram) {
  const auto reading = histogram.reading();
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < reading.buckets.size(); ++i) {
    count += reading.buckets[i];
    const bool last = i == DurationHistogram::bounds.size();
    line("_bucket", labels, last ? "+Inf" : number_text(DurationHistogram::bounds[i]),
         std::to_string(count));
  }
  line("_sum", labels, "", number_text(reading.seconds));
  line("_count", labels, "", std::to_string(count));
}

}  // namespace sconectl::casd
