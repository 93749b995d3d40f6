// A scrape, read.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "sconectl/casd/service.hpp"

namespace sconectl::test {

/// Each series with its value.
class PublishedMetrics {
 public:
  explicit PublishedMetrics(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      const auto blank = line.rfind(' ');
      const auto [at, fresh] =
          values_.emplace(line.substr(0, blank), std::stod(line.substr(blank)));
      EXPECT_TRUE(fresh) << "twice: " << at->first;
    }
  }
  [[nodiscard]] double operator[](const std::string& series) const {
    const auto found = values_.find("sconectl_cas_" + series);
    EXPECT_NE(found, values_.end()) << "there is no series " << series;
    return found == values_.end() ? -1 : found->second;
  }
  /// Of all series of a family that hold this text.
  [[nodiscard]] double sum(const std::string& family, const std::string& with = "") const {
    double result = 0;
    for (const auto& [series, value] : values_)
      if (series.starts_with("sconectl_cas_" + family) && series.find(with) != std::string::npos)
        result += value;
    return result;
  }
  [[nodiscard]] std::set<std::string> series() const {
    std::set<std::string> result;
    for (const auto& [series, value] : values_) result.insert(series);
    return result;
  }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> result;
    for (const auto& [series, value] : values_) result.insert(series.substr(0, series.find('{')));
    return result;
  }

 private:
  std::map<std::string, double> values_;
};

/// The judge's exit status: 0, or what `promtool check metrics` has against the text.
[[nodiscard]] inline int judged_by_promtool(const std::string& text) {
  FILE* judge = popen("promtool check metrics", "w");
  if (judge == nullptr) return -1;
  (void)fwrite(text.data(), 1, text.size(), judge);
  return pclose(judge);
}

[[nodiscard]] inline bool has_promtool() {
  return std::system("command -v promtool >/dev/null") == 0;
}

[[nodiscard]] inline PublishedMetrics published_by(casd::Service& service) {
  return PublishedMetrics(service.metrics_text({}));
}

}  // namespace sconectl::test
