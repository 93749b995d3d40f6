// From a quote and collateral to a verdict. Time and roots are inputs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "sconectl/attest/collateral.hpp"
#include "sconectl/attest/quote.hpp"
#include "sconectl/attest/tcb_status.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::attest {

/// What the certificate of a platform (PCK) says about it (EV-003).
struct Platform {
  std::string fmspc;   ///< 6 raw bytes: processor family and model
  std::string pce_id;  ///< 2
  std::array<int, 16> components{};
  int pce_svn = 0;
  std::optional<bool> dynamic;  ///< only from the Platform CA, as the next two
  std::optional<bool> cached_keys;
  std::optional<bool> smt;  ///< hyperthreading is on
};
/// Throws Error{invalid}.
[[nodiscard]] Platform platform_of(const crypto::Certificate& pck);

/// Something whose validity ends: a certificate, a list.
struct Validity {
  std::string what;
  crypto::Time from;
  crypto::Time until;
};

struct Verdict {
  TcbStatus status = TcbStatus::not_supported;  ///< of the whole
  TcbStatus platform_status = TcbStatus::not_supported;
  TcbStatus qe_status = TcbStatus::not_supported;
  std::optional<TcbStatus> module_status;  ///< TDX
  std::vector<std::string> advisories;     ///< sorted, each once
  std::string tcb_date;                    ///< of the level of the platform; empty without one
  int evaluation_number = 0;
  bool debug = false;
  Platform platform;
  std::vector<Validity> validity;  ///< of everything that was used, the earliest end first
  /// What was not at hand, so that its check was not made; a verdict with one of these is none.
  std::vector<std::string> missing;
  /// What was not valid at the given time.
  std::vector<std::string> not_current;
};

struct VerificationOptions {
  crypto::Time at;
  /// Another root than Intel's, for tests: who holds its key can claim anything.
  std::optional<crypto::Certificate> test_root;
};

/// Which lists a quote is judged by.
struct CollateralNeed {
  Tee tee = Tee::sgx;
  std::string fmspc;         ///< 6 raw bytes
  bool platform_ca = false;  ///< the certificate is from the Platform CA, else the Processor CA

  bool operator==(const CollateralNeed&) const = default;
  bool operator<(const CollateralNeed& other) const {
    return std::tie(tee, fmspc, platform_ca) < std::tie(other.tee, other.fmspc, other.platform_ca);
  }
};

/// The platform of a quote and its quoting enclave: certificates that lead to Intel's root, or the
/// test root's, the report that the platform's key signed, and the attestation key that this report
/// vouches for. Dates are not judged. Immutable, cheap to copy, for any number of quotes that this
/// key signed.
class TrustedPlatform {
 public:
  /// `pck_chain` is for quotes that do not hold it. Throws as verify().
  TrustedPlatform(const Quote& quote, std::string_view pck_chain,
                  const VerificationOptions& options);

  [[nodiscard]] const CollateralNeed& need() const;

  /// SHA-256 of all that the constructor reads of a quote that holds its chain: quotes with the
  /// same have the same platform.
  [[nodiscard]] static std::string digest(const Quote& quote);

  struct Parts;
  [[nodiscard]] const Parts& parts() const { return *parts_; }

 private:
  std::shared_ptr<const Parts> parts_;
};

/// Collateral whose own signatures were checked, for any number of quotes. Immutable, cheap to
/// copy.
class TrustedCollateral {
 public:
  /// Of `options` the root counts, and not the time. Throws as verify().
  TrustedCollateral(const Collateral& collateral, const VerificationOptions& options);

  struct Parts;
  [[nodiscard]] const Parts& parts() const { return *parts_; }

 private:
  std::shared_ptr<const Parts> parts_;
};

/// Checks every signature from the quote to the root, the lists of revoked certificates, the
/// quoting enclave's identity, and finds the level of the platform (EV-002 to EV-011). Throws
/// Error{refused} that names the check which failed when something is not genuine, and
/// Error{invalid} for collateral that can not be read. What is genuine but old, revoked or not
/// current is a verdict.
[[nodiscard]] Verdict verify(const Quote& quote, const TrustedPlatform& platform,
                             const TrustedCollateral& collateral,
                             const VerificationOptions& options);
[[nodiscard]] Verdict verify(const Quote& quote, const Collateral& collateral,
                             const VerificationOptions& options);

}  // namespace sconectl::attest
