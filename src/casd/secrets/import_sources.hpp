// Which other CASes this one may connect to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/cas/address.hpp"

namespace sconectl::casd {

/// Whoever may upload sessions names addresses in `cas_url`; the operator may say which of them
/// this CAS connects to.
class ImportSources {
 public:
  /// HOST or HOST:PORT each (HOST alone: every port of it); nothing at all: every address. Throws
  /// Error{usage} for a text that is no address.
  explicit ImportSources(const std::optional<std::vector<std::string>>& allowed);

  /// Names are compared as they are written, not by what they resolve to.
  [[nodiscard]] bool allow(const cas::Address& address) const;

 private:
  struct Entry {
    std::string host;
    std::optional<std::uint16_t> port;
  };
  std::optional<std::vector<Entry>> allowed_;
};

}  // namespace sconectl::casd
