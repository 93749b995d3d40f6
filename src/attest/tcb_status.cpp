#include "sconectl/attest/tcb_status.hpp"

namespace sconectl::attest {

TcbStatus merged(TcbStatus platform, TcbStatus part) {
  using enum TcbStatus;
  if (platform == revoked || part == revoked) return revoked;
  if (platform == not_supported || part == not_supported) return not_supported;
  if (part != out_of_date) return platform;
  switch (platform) {
    case up_to_date:
    case sw_hardening_needed:
      return out_of_date;
    case configuration_needed:
    case configuration_and_sw_hardening_needed:
      return out_of_date_configuration_needed;
    default:
      return platform;
  }
}

}  // namespace sconectl::attest
