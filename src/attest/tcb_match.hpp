// Which level of the lists a platform has (EV-006 to EV-008).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/attest/collateral.hpp"
#include "sconectl/attest/verdict.hpp"

namespace sconectl::attest {

struct TcbMatch {
  TcbStatus platform = TcbStatus::not_supported;
  std::optional<TcbStatus> module;
  bool relaunch = false;  ///< the TDX module is new, and the domain was started under an old one
  std::string date;
  std::vector<std::string> advisories;
};

/// Throws Error{refused} if the list is for another platform or TEE, or the TDX module is not one
/// of the list.
[[nodiscard]] TcbMatch match(const TcbInfo& info, const Quote& quote, const Platform& platform);

/// The level of the quoting enclave. Throws Error{refused} if it is another enclave.
[[nodiscard]] TcbStatus match(const QeIdentity& identity, const EnclaveReport& report, Tee tee);

}  // namespace sconectl::attest
