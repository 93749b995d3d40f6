// What the CAS tells its operator.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sconectl::casd {

enum class Level { debug, info, warning, error };

/// One event. Never holds a body, a secret, a one-time password or a token.
struct LogLine {
  Level level = Level::info;
  std::string text;
  std::vector<std::pair<std::string, std::string>> fields = {};

  /// "2026-11-22T10:00:00Z INFO text key=value ...": the form that scripts parse (CC-028); values
  /// with blanks or control characters are quoted. `seconds` since 1970.
  [[nodiscard]] std::string line(long long seconds) const;
};

/// Called from several threads at once.
using Log = std::function<void(const LogLine&)>;

}  // namespace sconectl::casd
