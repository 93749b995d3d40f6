// What confidential virtual machines have to prove: the extension tee/1 of the language
// (XA-001 to XA-021).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/session/setting.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::session {

struct Session;

/// What a field of evidence may hold: one of these values, or anything at all. Nothing pinned: the
/// field has to be zero (XA-004).
struct Pins {
  bool any = false;                            ///< the whole value is `any` (XA-003)
  std::vector<Setting<std::string>> values{};  ///< lower-case hex
  [[nodiscard]] bool given() const { return any || !values.empty(); }
  bool operator==(const Pins&) const = default;
};

/// What it means that a variant does not name a field.
enum class Absent { mistake, zero, unchecked };

/// A field that a variant can pin: the table of a variant says everything about its form.
template <typename Variant>
struct PinField {
  std::string_view key;
  Pins Variant::*pins;
  std::size_t bytes;
  Absent absent;
};

/// A TDX domain. Byte strings are in the order of memory.
struct TdxVariant {
  Pins mrtd{};
  Pins rtmr0{};
  Pins rtmr1{};
  Pins rtmr2{};
  Pins rtmr3{};
  Pins mrconfigid{};
  Pins mrowner{};
  Pins mrownerconfig{};
  Pins mrservicetd{};  ///< domains of TDX 1.5
  Pins td_attributes{};
  Pins xfam{};
  Place place{};
  bool operator==(const TdxVariant&) const = default;
};
inline constexpr std::array<PinField<TdxVariant>, 11> tdx_fields{{
    {"mrtd", &TdxVariant::mrtd, 48, Absent::mistake},
    {"rtmr0", &TdxVariant::rtmr0, 48, Absent::mistake},
    {"rtmr1", &TdxVariant::rtmr1, 48, Absent::mistake},
    {"rtmr2", &TdxVariant::rtmr2, 48, Absent::mistake},
    {"rtmr3", &TdxVariant::rtmr3, 48, Absent::zero},
    {"mrconfigid", &TdxVariant::mrconfigid, 48, Absent::zero},
    {"mrowner", &TdxVariant::mrowner, 48, Absent::zero},
    {"mrownerconfig", &TdxVariant::mrownerconfig, 48, Absent::zero},
    {"mrservicetd", &TdxVariant::mrservicetd, 48, Absent::zero},
    {"td_attributes", &TdxVariant::td_attributes, 8, Absent::unchecked},
    {"xfam", &TdxVariant::xfam, 8, Absent::unchecked},
}};

/// Who certified the key that signed a report: the chip, or the provider of the cloud.
enum class SnpKey { vcek, vlek };
[[nodiscard]] constexpr auto words_of(SnpKey) {
  return text::words<SnpKey::vlek>("vcek", "vlek");
}

/// What a guest's policy can demand of the machine: each makes it stronger.
enum class SnpPolicy {
  single_socket,
  aes256_xts,
  rapl_disabled,
  ciphertext_hiding,
  page_swap_disabled
};
[[nodiscard]] constexpr auto words_of(SnpPolicy) {
  return text::words<SnpPolicy::page_swap_disabled>("single_socket", "aes256_xts", "rapl_disabled",
                                                    "ciphertext_hiding", "page_swap_disabled");
}

/// A guest of AMD SEV-SNP.
struct SnpVariant {
  Pins measurement{};
  Pins host_data{};
  Pins id_key{};      ///< SHA-384 of the key that signed the ID block
  Pins author_key{};  ///< of the key that signed that one
  Pins family_id{};
  Pins image_id{};
  std::uint32_t guest_svn_min = 0;
  std::uint32_t vmpl = 0;  ///< 0...3
  SnpKey key = SnpKey::vcek;
  std::vector<Setting<std::string>> csp_id{};  ///< needed with vlek, and only there
  std::vector<Setting<SnpPolicy>> policy{};
  std::optional<std::string> mitigations{};  ///< 8 bytes in the order of memory: bits needed
  std::uint32_t version_min = 3;             ///< of the report: 2, 3 or 5
  Place place{};
  bool operator==(const SnpVariant&) const = default;
};

inline constexpr std::array<PinField<SnpVariant>, 6> snp_fields{{
    {"measurement", &SnpVariant::measurement, 48, Absent::mistake},
    {"host_data", &SnpVariant::host_data, 32, Absent::zero},
    {"id_key", &SnpVariant::id_key, 48, Absent::zero},
    {"author_key", &SnpVariant::author_key, 48, Absent::zero},
    {"family_id", &SnpVariant::family_id, 16, Absent::zero},
    {"image_id", &SnpVariant::image_id, 16, Absent::zero},
}};

/// Processors whose microcode is numbered alike.
enum class CpuLine { milan, milan_x, genoa, genoa_x, bergamo, turin, turin_dense };
[[nodiscard]] constexpr auto words_of(CpuLine) {
  return text::words<CpuLine::turin_dense>("milan", "milan-x", "genoa", "genoa-x", "bergamo",
                                           "turin", "turin-dense");
}
[[nodiscard]] constexpr bool has_fmc(CpuLine line) {
  return line == CpuLine::turin || line == CpuLine::turin_dense;
}

/// The version of an AMD secure processor's firmware: major, minor, build.
using SnpFirmware = std::array<std::uint32_t, 3>;

/// The lowest versions that count as up to date on one line of processors (XA-013).
struct MinTcb {
  CpuLine cpu = CpuLine::milan;
  std::uint32_t fmc = 0;  ///< Turin only
  std::uint32_t bootloader = 0;
  std::uint32_t tee = 0;
  std::uint32_t snp = 0;
  std::uint32_t microcode = 0;
  std::optional<SnpFirmware> firmware{};
  bool operator==(const MinTcb&) const = default;
};

/// Before the id of an AMD chip in `platforms` (XA-015).
inline constexpr std::string_view amd_chip_prefix = "AMD_CHIP_ID:";

/// The name by which a CAS announces that it knows the extension (XA-021).
inline constexpr std::string_view tee_extension = "tee/1";

/// The session has a key of the extension.
[[nodiscard]] bool uses_tee_extension(const Session& session);

}  // namespace sconectl::session
