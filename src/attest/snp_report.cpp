#include "sconectl/attest/snp_report.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "attest/byte_reader.hpp"

namespace sconectl::attest {
namespace {

constexpr std::string_view what_report = "attestation report";
constexpr std::size_t signed_size = 0x2A0;
constexpr std::size_t number_width = 48;  // of r and s
constexpr std::size_t number_field = 72;  // with the zeros behind

int byte_of(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

/// One report's fields by their places.
class SnpFields {
 public:
  explicit SnpFields(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] std::string_view at(std::size_t from, std::size_t size) const {
    return bytes_.substr(from, size);
  }
  [[nodiscard]] std::string text(std::size_t from, std::size_t size) const {
    return std::string(at(from, size));
  }
  [[nodiscard]] std::uint64_t number(std::size_t from, std::size_t size) const {
    return little_endian(at(from, size));
  }
  [[nodiscard]] session::SnpFirmware firmware(std::size_t from) const {
    const auto part = [&](std::size_t i) {
      return static_cast<std::uint32_t>(byte_of(bytes_, from + i));
    };
    return {part(2), part(1), part(0)};
  }
  void zero(std::size_t from, std::size_t end) const {
    if (!all_zero(at(from, end - from)))
      unreadable(what_report,
                 fmt::format("S05: reserved bytes {:#x} to {:#x} are not zero", from, end - 1));
  }

 private:
  std::string_view bytes_;
};

int version_in(const SnpFields& fields) {
  const std::uint64_t version = fields.number(0, 4);
  if (version < 2 || version > 5)
    unreadable(what_report,
               fmt::format("S02: version {} is not known, only 2, 3, 4 and 5", version));
  return static_cast<int>(version);
}

session::SnpKey key_in(const SnpFields& fields) {
  const std::uint64_t info = fields.number(0x48, 4);
  if (info >> 5U != 0)
    unreadable(what_report, fmt::format("S04: reserved bits of KEY_INFO {:#x} are set", info));
  if ((info & 2U) != 0)
    unreadable(what_report, "S04: it is not signed, because the host hides the chip's key");
  const std::uint64_t kind = info >> 2U;
  if (kind > 1)
    unreadable(what_report, fmt::format("S04: it is signed with a key of kind {}, neither VCEK (0) "
                                        "nor VLEK (1)",
                                        kind));
  return kind == 0 ? session::SnpKey::vcek : session::SnpKey::vlek;
}

void check_policy(std::uint64_t policy) {
  if ((policy >> 17U & 1U) == 0 || policy >> 26U != 0)
    unreadable(what_report, fmt::format("S05: reserved bits of the policy {:#x}", policy));
}

/// The form of a TCB version depends on the product; version 2 is older than Turin.
void check_tcb(const SnpReport& report) {
  const auto product = report.cpu ? product_of(*report.cpu) : SnpProduct::milan;
  if (!product) return;  // its root is not known either
  for (const std::string* bytes :
       {&report.current_tcb, &report.reported_tcb, &report.committed_tcb, &report.launch_tcb})
    if (!snp_tcb(*bytes, *product))
      unreadable(what_report, "S05: reserved bytes of a TCB version are not zero");
}

void check_reserved(const SnpFields& fields, int version) {
  fields.zero(0x4C, 0x50);
  fields.zero(version == 2 ? 0x188 : 0x18B, 0x1A0);
  fields.zero(0x1EB, 0x1EC);
  fields.zero(0x1EF, 0x1F0);
  fields.zero(version == 5 ? 0x208 : 0x1F8, signed_size);
  fields.zero(signed_size + number_width, signed_size + number_field);
  fields.zero(signed_size + number_field + number_width, signed_size + 2 * number_field);
  fields.zero(signed_size + 2 * number_field, snp_report_size);
}

std::string big_endian(std::string_view bytes) {
  return {bytes.rbegin(), bytes.rend()};
}

void read_tcb(SnpReport& report, const SnpFields& fields) {
  report.current_tcb = fields.text(0x38, 8);
  report.reported_tcb = fields.text(0x180, 8);
  report.committed_tcb = fields.text(0x1E0, 8);
  report.current_firmware = fields.firmware(0x1E8);
  report.committed_firmware = fields.firmware(0x1EC);
  report.launch_tcb = fields.text(0x1F0, 8);
  report.launch_mitigations = fields.text(0x1F8, 8);
  report.current_mitigations = fields.text(0x200, 8);
  check_tcb(report);
}

void read_guest(SnpReport& report, const SnpFields& fields) {
  report.guest_svn = static_cast<std::uint32_t>(fields.number(4, 4));
  report.policy = fields.number(8, 8);
  check_policy(report.policy);
  report.family_id = fields.text(0x10, 16);
  report.image_id = fields.text(0x20, 16);
  report.vmpl = static_cast<std::uint32_t>(fields.number(0x30, 4));
  report.report_data = fields.text(0x50, 64);
  report.measurement = fields.text(0x90, 48);
  report.host_data = fields.text(0xC0, 32);
  report.id_key_digest = fields.text(0xE0, 48);
  report.author_key_digest = fields.text(0x110, 48);
  report.report_id = fields.text(0x140, 32);
  report.migration_agent = fields.text(0x160, 32);
}

}  // namespace

std::optional<SnpProduct> product_of(const SnpCpu& cpu) {
  if (cpu.family == 0x19) {
    if (cpu.model <= 0x0F) return SnpProduct::milan;
    if (cpu.model >= 0x10 && cpu.model <= 0x1F) return SnpProduct::genoa;
    if (cpu.model >= 0xA0 && cpu.model <= 0xAF) return SnpProduct::genoa;
  }
  if (cpu.family == 0x1A && cpu.model <= 0x11) return SnpProduct::turin;
  return std::nullopt;
}

std::optional<session::CpuLine> line_of(const SnpCpu& cpu) {
  using enum session::CpuLine;
  if (cpu.family == 0x19 && cpu.model == 0xA0) return bergamo;
  if (cpu.family == 0x1A && cpu.model == 0x02) return turin;
  if (cpu.family == 0x1A && cpu.model == 0x11) return turin_dense;
  const bool early = cpu.stepping == 0 || cpu.stepping == 1;
  const bool stacked = cpu.stepping == 2;  // the cache
  if (cpu.family != 0x19 || (!early && !stacked)) return std::nullopt;
  if (cpu.model == 0x01) return early ? milan : milan_x;
  if (cpu.model == 0x11) return early ? genoa : genoa_x;
  return std::nullopt;
}

std::optional<SnpTcb> snp_tcb(std::string_view bytes, SnpProduct product) {
  if (product == SnpProduct::turin) {
    if (!all_zero(bytes.substr(4, 3))) return std::nullopt;
    return SnpTcb{.fmc = byte_of(bytes, 0),
                  .bootloader = byte_of(bytes, 1),
                  .tee = byte_of(bytes, 2),
                  .snp = byte_of(bytes, 3),
                  .microcode = byte_of(bytes, 7)};
  }
  if (!all_zero(bytes.substr(2, 4))) return std::nullopt;
  return SnpTcb{.fmc = 0,
                .bootloader = byte_of(bytes, 0),
                .tee = byte_of(bytes, 1),
                .snp = byte_of(bytes, 6),
                .microcode = byte_of(bytes, 7)};
}

bool reaches(const SnpTcb& a, const SnpTcb& b) {
  return a.fmc >= b.fmc && a.bootloader >= b.bootloader && a.tee >= b.tee && a.snp >= b.snp &&
         a.microcode >= b.microcode;
}

SnpReport parse_snp_report(std::string_view bytes) {
  if (bytes.size() != snp_report_size)
    unreadable(what_report,
               fmt::format("S01: it has {} bytes, a report has {}", bytes.size(), snp_report_size));
  const SnpFields fields(bytes);
  SnpReport report;
  report.version = version_in(fields);
  if (fields.number(0x34, 4) != 1)
    unreadable(what_report, fmt::format("S03: signature algorithm {}: only 1, ECDSA P-384 with "
                                        "SHA-384, is known",
                                        fields.number(0x34, 4)));
  report.signing_key = key_in(fields);
  report.author_key_enabled = (fields.number(0x48, 4) & 1U) != 0;
  check_reserved(fields, report.version);
  read_guest(report, fields);
  report.platform_info = fields.number(0x40, 8);
  if (report.version > 2)
    report.cpu =
        SnpCpu{static_cast<int>(fields.number(0x188, 1)), static_cast<int>(fields.number(0x189, 1)),
               static_cast<int>(fields.number(0x18A, 1))};
  report.chip_id = fields.text(0x1A0, 64);
  read_tcb(report, fields);
  report.signed_bytes = fields.text(0, signed_size);
  report.signature = big_endian(fields.at(signed_size, number_width)) +
                     big_endian(fields.at(signed_size + number_field, number_width));
  return report;
}

}  // namespace sconectl::attest
