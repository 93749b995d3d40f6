// The state of a platform's updates, in Intel's words.
#pragma once

#include <string_view>

#include "sconectl/text/words.hpp"

namespace sconectl::attest {

/// From the manufacturer's list for the platform (EV-006).
enum class TcbStatus {
  up_to_date,
  sw_hardening_needed,
  configuration_needed,
  configuration_and_sw_hardening_needed,
  out_of_date,
  out_of_date_configuration_needed,
  td_relaunch_advised,
  td_relaunch_advised_configuration_needed,
  not_supported,  ///< no level of the list is as low as this platform
  revoked,
};
[[nodiscard]] constexpr auto words_of(TcbStatus) {
  return text::words<TcbStatus::revoked>(
      "UpToDate", "SWHardeningNeeded", "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded",
      "OutOfDate", "OutOfDateConfigurationNeeded", "TDRelaunchAdvised",
      "TDRelaunchAdvisedConfigurationNeeded", "TcbNotSupported", "Revoked");
}

/// The status of the whole from that of the platform and that of a part, its quoting enclave or
/// TDX module (EV-009).
[[nodiscard]] TcbStatus merged(TcbStatus platform, TcbStatus part);

}  // namespace sconectl::attest
