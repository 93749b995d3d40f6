// Injected files that follow the CAS while the program runs.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sconectl/diag/error.hpp"
#include "sconectl/launch/launch.hpp"

namespace sconectl::launch {

/// Path -> SHA-256 of what was placed there.
using PlacedFiles = std::map<std::string, std::string>;
[[nodiscard]] PlacedFiles placed(const std::vector<cas::ConfigurationFile>& files);

struct Renewed {
  bool changed = false;  ///< a file was replaced
  std::optional<diag::Error> failed = {};
};

/// Asks the CAS again, as the start did, and replaces the files that have become different. For one
/// thread.
class Renewal {
 public:
  /// `http` and `clock` must outlive it. `lease` is the one of the start.
  Renewal(Options options, std::optional<cas::Lease> lease, PlacedFiles files, host::Http& http,
          host::Clock& clock);
  Renewal(const Renewal&) = delete;
  Renewal& operator=(const Renewal&) = delete;
  ~Renewal();

  /// What the session says now about arguments, environment and working directory has no effect,
  /// and files that it does not have any more stay. The first failure of fetch(), fill_templates()
  /// and replace_file() is in the result; the other files are replaced all the same.
  [[nodiscard]] Renewed renew();

 private:
  [[nodiscard]] Launch current(bool with_lease);
  [[nodiscard]] Launch filled(Launch now);
  void replace(const std::vector<cas::ConfigurationFile>& files, Renewed& result);

  Options options_;
  std::optional<cas::Lease> lease_;
  PlacedFiles files_;
  host::Http& http_;
  host::Clock& clock_;
  std::unique_ptr<EvidenceSource> evidence_;
};

/// Renews for ever, and sends the program the signal of the options when files were replaced.
/// `report` gets a line when that begins to fail, and when it works again.
[[noreturn]] void keep_renewing(Renewal& renewal, const Refresh& refresh, int program,
                                const Report& report);

}  // namespace sconectl::launch
