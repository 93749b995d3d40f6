#include "collateral/snp_bundle.hpp"

#include <fmt/core.h>

#include "sconectl/collateral/bundle.hpp"
#include "sconectl/collateral/snp_source.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::collateral {
namespace {

constexpr std::size_t largest_certificate = std::size_t{1} << 20U;

}  // namespace

std::string authorities_name(attest::SnpProduct product, session::SnpKey key) {
  return fmt::format("{}-{}", text::lower(text::word(product)), text::word(key));
}

std::filesystem::path vcek_path(const attest::SnpNeed& need) {
  const auto& tcb = need.reported;
  const std::string fmc =
      need.product == attest::SnpProduct::turin ? fmt::format("_fmc{:02}", tcb.fmc) : "";
  return std::filesystem::path("vcek") / crypto::hex(need.chip_id) /
         fmt::format("bl{:02}_tee{:02}_snp{:02}_ucode{:02}{}_vcek.der", tcb.bootloader, tcb.tee,
                     tcb.snp, tcb.microcode, fmc);
}

attest::SnpCertificates read_certificates(const host::Files& files,
                                          const std::filesystem::path& directory) {
  const auto text = [&](const char* name) {
    return files.read_if_exists(directory / name, largest_certificate).value_or("");
  };
  return {.ark = text("ark.der"),
          .ask = text("ask.der"),
          .asvk = text("asvk.der"),
          .vcek = text("vcek.der"),
          .vlek = text("vlek.der"),
          .crl = text("crl.der")};
}

attest::SnpCertificates read_snp_bundle(const host::Files& files,
                                        const std::filesystem::path& directory) {
  static_cast<void>(files.list(directory));
  auto result = read_certificates(files, directory);
  auto table = attest::parse_certificate_table(
      files.read_if_exists(directory / "auxblob", largest_certificate).value_or(""));
  for (const auto member : {&attest::SnpCertificates::ark, &attest::SnpCertificates::ask,
                            &attest::SnpCertificates::asvk, &attest::SnpCertificates::vcek,
                            &attest::SnpCertificates::vlek, &attest::SnpCertificates::crl})
    if ((result.*member).empty()) result.*member = std::move(table.*member);
  return result;
}

host::Tree authorities_tree(const attest::SnpCertificates& certificates) {
  host::Tree tree;
  const auto add_file = [&](const char* name, const std::string& bytes) {
    if (!bytes.empty()) tree[name] = {bytes};
  };
  add_file("ark.der", certificates.ark);
  add_file("ask.der", certificates.ask);
  add_file("asvk.der", certificates.asvk);
  add_file("crl.der", certificates.crl);
  return tree;
}

}  // namespace sconectl::collateral
