// Reports of AMD SEV-SNP guests and what comes with them: from bytes to what they claim. Nothing is
// judged here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/session/confidential_vm.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::attest {

/// The size of a report, which tells it from quotes.
inline constexpr std::size_t snp_report_size = 1184;

/// Processors with one root: AMD's names (EV-016).
enum class SnpProduct { milan, genoa, turin };
[[nodiscard]] constexpr auto words_of(SnpProduct) {
  return text::words<SnpProduct::turin>("Milan", "Genoa", "Turin");
}

/// The combined values of CPUID.
struct SnpCpu {
  int family = 0;
  int model = 0;
  int stepping = 0;
  bool operator==(const SnpCpu&) const = default;
};
/// Nothing for processors whose root is not known.
[[nodiscard]] std::optional<SnpProduct> product_of(const SnpCpu& cpu);
/// Nothing for a model or stepping whose microcode is not known to be numbered like another's.
[[nodiscard]] std::optional<session::CpuLine> line_of(const SnpCpu& cpu);

/// Versions of the parts that protect a guest, each 0...255.
struct SnpTcb {
  int fmc = 0;  ///< Turin only
  int bootloader = 0;
  int tee = 0;
  int snp = 0;
  int microcode = 0;
  bool operator==(const SnpTcb&) const = default;
};
/// From the 8 bytes of a report, whose order depends on the product; nothing if a reserved one is
/// not zero.
[[nodiscard]] std::optional<SnpTcb> snp_tcb(std::string_view bytes, SnpProduct product);
/// Each part of `a` is at least that of `b`.
[[nodiscard]] bool reaches(const SnpTcb& a, const SnpTcb& b);

/// An attestation report (EV-014). Byte strings are raw, as they stand in it.
struct SnpReport {
  int version = 0;  ///< 2, 3, 4 or 5
  std::uint32_t guest_svn = 0;
  std::uint64_t policy = 0;
  std::string family_id;   ///< 16
  std::string image_id;    ///< 16
  std::uint32_t vmpl = 0;  ///< 0...3; 0xffffffff: the host asked for it
  std::uint64_t platform_info = 0;
  bool author_key_enabled = false;
  session::SnpKey signing_key = session::SnpKey::vcek;
  std::string report_data;        ///< 64
  std::string measurement;        ///< 48
  std::string host_data;          ///< 32
  std::string id_key_digest;      ///< 48
  std::string author_key_digest;  ///< 48
  std::string report_id;          ///< 32
  std::string migration_agent;    ///< 32; all 0xff: none
  std::optional<SnpCpu> cpu;      ///< from version 3 on
  std::string chip_id;            ///< 64; zero if the host hides it
  std::string reported_tcb;       ///< 8, as the next three: see snp_tcb()
  std::string committed_tcb;
  std::string current_tcb;
  std::string launch_tcb;
  session::SnpFirmware current_firmware{};
  session::SnpFirmware committed_firmware{};
  std::string launch_mitigations;   ///< 8; zero before version 5
  std::string current_mitigations;  ///< 8
  std::string signed_bytes;         ///< what `signature` is over
  std::string signature;            ///< r ‖ s, 48 bytes each, big-endian

  [[nodiscard]] bool debug() const { return policy_bit(19); }
  /// The guest may run on processors with hyperthreading.
  [[nodiscard]] bool smt_allowed() const { return policy_bit(16); }
  [[nodiscard]] bool policy_bit(unsigned bit) const { return (policy >> bit & 1U) != 0; }
  /// The platform has looked for memory that answers under two addresses (EV-021).
  [[nodiscard]] bool alias_check_complete() const { return (platform_info >> 5U & 1U) != 0; }
};

/// Versions 2 to 5; 4 has the form of 3. Throws Error{invalid} that names the check, S01 to S05.
[[nodiscard]] SnpReport parse_snp_report(std::string_view bytes);

/// Certificates for a report, DER or PEM; what is empty is not at hand.
struct SnpCertificates {
  std::string ark;   ///< AMD's root of the product
  std::string ask;   ///< issues VCEKs; or that of VLEKs, if `asvk` is empty
  std::string asvk;  ///< issues VLEKs
  std::string vcek;
  std::string vlek;
  std::string crl;  ///< of the root
};

/// The table of certificates that a host hands to its guest (auxblob); no bytes: no certificates.
/// Throws Error{invalid} for a table that is broken, and for what is no certificate (EV-015).
[[nodiscard]] SnpCertificates parse_certificate_table(std::string_view bytes);

}  // namespace sconectl::attest
