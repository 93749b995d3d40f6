#include "casd/secrets/import_sources.hpp"

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::casd {

ImportSources::ImportSources(const std::optional<std::vector<std::string>>& allowed) {
  if (!allowed) return;
  allowed_.emplace();
  for (const auto& text : *allowed) {
    try {
      // The port was given if it does not follow the default.
      const auto one = cas::parse_address(text, 1);
      const auto other = cas::parse_address(text, 2);
      allowed_->push_back(
          {one.host, one.port == other.port ? std::optional(one.port) : std::nullopt});
    } catch (const diag::Error& error) {
      throw diag::Error(diag::ErrorKind::usage, "--import-from: " + error.text());
    }
  }
}

bool ImportSources::allow(const cas::Address& address) const {
  if (!allowed_) return true;
  return std::any_of(allowed_->begin(), allowed_->end(), [&](const Entry& entry) {
    return text::equal_ignoring_case(entry.host, address.host) &&
           (!entry.port || *entry.port == address.port);
  });
}

}  // namespace sconectl::casd
