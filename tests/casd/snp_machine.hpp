// An SNP machine whose reports are about whatever a test wants.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "sconectl/collateral/snp_source.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/host/files.hpp"
#include "support/repository.hpp"

namespace sconectl::test {

/// The made-up machine of the public vectors, whose keys are public.
class SnpMachine final : public collateral::SnpSource {
 public:
  SnpMachine() {
    const auto files = host::system_files();
    const auto read = [&](const std::string& file) {
      return files->read(corpus("../vectors/snp/synthetic/" + file).lexically_normal());
    };
    certificates.ark = read("ok-crl/ark.der");
    certificates.ask = read("ok-crl/ask.der");
    certificates.crl = read("ok-crl/crl.der");
    chip = read("ok-milan-v3/vcek.der");
    report = read("ok-milan-v3/report.bin");
    key.emplace(crypto::PrivateKey::from_pem(read("pki/vek.key.pem")));
  }
  attest::SnpCertificates authorities(attest::SnpProduct product, session::SnpKey) override {
    EXPECT_EQ(product, attest::SnpProduct::milan);
    return certificates;
  }
  std::string vcek(const attest::SnpNeed&) override {
    ++asked_for_chip;
    return chip;
  }
  [[nodiscard]] std::string about(const std::string& report_data) const {
    std::string bytes = report;
    bytes.replace(0x50, 64, report_data);
    const std::string raw = key->sign_raw_ecdsa(std::string_view(bytes).substr(0, 0x2A0));
    for (int part = 0; part < 2; ++part)
      for (std::size_t i = 0; i < 48; ++i)
        bytes[0x2A0 + static_cast<std::size_t>(part) * 72 + i] =
            raw[static_cast<std::size_t>(part) * 48 + 47 - i];
    return bytes;
  }
  [[nodiscard]] std::string measurement() const { return crypto::hex(report.substr(0x90, 48)); }

  attest::SnpCertificates certificates;
  std::string chip;
  std::string report;
  std::optional<crypto::PrivateKey> key;
  int asked_for_chip = 0;
};

}  // namespace sconectl::test
