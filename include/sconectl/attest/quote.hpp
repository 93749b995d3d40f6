// Quotes of SGX enclaves and TDX domains: from bytes to what they claim. Nothing is judged here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sconectl::attest {

/// What the processor says about an enclave (EV-001). Byte strings are raw, as they stand in the
/// report; numbers are little-endian there.
struct EnclaveReport {
  std::string cpu_svn;  ///< 16
  std::uint32_t misc_select = 0;
  std::string ext_prod_id;  ///< 16, with KSS
  std::string attributes;   ///< 16: flags, XFRM
  std::string mr_enclave;   ///< 32
  std::string mr_signer;    ///< 32
  std::string config_id;    ///< 64, with KSS
  std::uint16_t prod_id = 0;
  std::uint16_t svn = 0;
  std::uint16_t config_svn = 0;
  std::string family_id;    ///< 16, with KSS
  std::string report_data;  ///< 64

  [[nodiscard]] bool debug() const { return (attributes[0] & 2) != 0; }
};

/// What the TDX module says about a domain: TD report 1.0 and 1.5.
struct TdReport {
  std::string tee_tcb_svn;  ///< 16
  std::string mr_seam;      ///< 48, as all measurements
  std::string mr_signer_seam;
  std::string seam_attributes;  ///< 8
  std::string attributes;       ///< 8
  std::string xfam;             ///< 8
  std::string mr_td;
  std::string mr_config_id;
  std::string mr_owner;
  std::string mr_owner_config;
  std::array<std::string, 4> rtmr;
  std::string report_data;   ///< 64
  std::string tee_tcb_svn2;  ///< 16; empty in 1.0, as the next
  std::string mr_service_td;

  [[nodiscard]] bool debug() const { return (attributes[0] & 1) != 0; }
};

enum class Tee { sgx, tdx };

/// A quote with everything in it. All strings are raw bytes.
struct Quote {
  int version = 0;  ///< 3, 4 or 5
  Tee tee = Tee::sgx;
  std::string qe_id;  ///< 16: the platform, as its quoting enclave calls it
  std::variant<EnclaveReport, TdReport> body;
  std::string signed_bytes;     ///< what `signature` is over
  std::string signature;        ///< r ‖ s
  std::string attestation_key;  ///< x ‖ y
  EnclaveReport qe_report;
  std::string qe_report_bytes;      ///< what `qe_report_signature` is over
  std::string qe_report_signature;  ///< r ‖ s
  std::string qe_auth_data;
  int certification_type = 0;  ///< 1 to 5; 5: a PCK chain in PEM
  std::string certification_data;
  std::size_t trailing = 0;  ///< bytes after the quote; they mean nothing

  [[nodiscard]] bool debug() const;
  [[nodiscard]] const std::string& report_data() const;
};

/// Versions 3, 4 and 5 with an ECDSA P-256 attestation key of Intel's quoting enclave. Bytes after
/// the quote's own end are allowed, as they occur. Throws Error{invalid} that says what does not
/// fit and where.
[[nodiscard]] Quote parse_quote(std::string_view bytes);

}  // namespace sconectl::attest
