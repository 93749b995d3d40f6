// Prometheus text format 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "casd/metrics/instruments.hpp"

namespace sconectl::casd {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// One scrape. First a family, then all of its samples. Names of families and labels are constants
/// of the program; label values are escaped.
class Exposition {
 public:
  enum class Type { counter, gauge, histogram };

  void family(std::string_view name, Type type, std::string_view help);
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);
  /// Of a family of histograms.
  void sample(Labels labels, const DurationHistogram& histogram);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value);

  std::string text_;
  std::string name_;
};

}  // namespace sconectl::casd
