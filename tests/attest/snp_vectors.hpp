// Recorded and made SNP reports, where the collection of vectors lies beside that of public files.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "sconectl/attest/snp_verdict.hpp"
#include "sconectl/text/time.hpp"
#include "support/repository.hpp"

namespace sconectl::test {

struct SnpVector {
  std::string name;
  std::string report;
  attest::SnpCertificates certificates;
  nlohmann::json expected;  ///< time, policy, roots, expect
  [[nodiscard]] const nlohmann::json& policy() const { return expected.at("policy"); }
};

inline std::filesystem::path snp_vectors() {
  return corpus("../vectors/snp").lexically_normal();
}

inline std::string file_text(const std::filesystem::path& file) {
  std::ostringstream text;
  if (std::filesystem::exists(file)) text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

inline SnpVector read_snp_vector(const std::filesystem::path& folder) {
  return {.name = folder.filename().string(),
          .report = file_text(folder / "report.bin"),
          .certificates = {.ark = file_text(folder / "ark.der"),
                           .ask = file_text(folder / "ask.der"),
                           .asvk = {},
                           .vcek = file_text(folder / "vcek.der"),
                           .vlek = file_text(folder / "vlek.der"),
                           .crl = file_text(folder / "crl.der")},
          .expected = nlohmann::json::parse(file_text(folder / "expect.json"))};
}

/// Every folder with a report below this one.
inline std::vector<SnpVector> read_snp_vectors(const std::filesystem::path& part) {
  std::vector<SnpVector> result;
  for (const auto& each : std::filesystem::directory_iterator(snp_vectors() / part))
    if (std::filesystem::exists(each.path() / "report.bin"))
      result.push_back(read_snp_vector(each.path()));
  std::sort(result.begin(), result.end(),
            [](const SnpVector& a, const SnpVector& b) { return a.name < b.name; });
  return result;
}

inline std::vector<session::MinTcb> minimums_of(const nlohmann::json& policy) {
  std::vector<session::MinTcb> result;
  for (const auto& [line, given] : policy.at("min_tcb").items()) {
    const auto& parts = given;  // for clang, which takes no such names into a lambda
    const auto part = [&](const char* key) { return parts.value(key, 0U); };
    session::MinTcb minimum{.cpu = *text::from_word<session::CpuLine>(line),
                            .fmc = part("fmc"),
                            .bootloader = part("bl"),
                            .tee = part("tee"),
                            .snp = part("snp"),
                            .microcode = part("ucode")};
    if (parts.contains("fw")) minimum.firmware = parts.at("fw").get<session::SnpFirmware>();
    result.push_back(minimum);
  }
  return result;
}

/// With the made root of the product where the vector has one.
inline attest::SnpOptions options_of(const SnpVector& vector) {
  attest::SnpOptions result;
  result.at = *text::time(vector.expected.at("time").get<std::string>());
  result.require_crl = vector.policy().value("require_crl", false);
  if (vector.expected.contains("roots")) {
    std::string product = vector.expected.at("roots").begin().key();
    product.front() = static_cast<char>(product.front() - 'A' + 'a');
    result.test_root = crypto::Certificate::from_der(
        file_text(snp_vectors() / "synthetic/pki" / (product + "-ark.der")));
  }
  return result;
}

/// What a session would say of the pins of a vector.
inline session::SnpVariant variant_of(const nlohmann::json& policy) {
  session::SnpVariant result;
  const auto pin = [&](const char* key, session::Pins& pins) {
    if (!policy.contains(key)) return;
    for (const auto& value : policy.at(key)) pins.values.emplace_back(value.get<std::string>());
  };
  pin("measurement", result.measurement);
  pin("host_data", result.host_data);
  pin("id_key_digest", result.id_key);
  pin("author_key_digest", result.author_key);
  pin("family_id", result.family_id);
  pin("image_id", result.image_id);
  result.guest_svn_min = policy.value("guest_svn_min", 0U);
  result.vmpl = policy.value("vmpl", 0U);
  result.version_min = policy.value("version_min", 3U);
  if (policy.contains("endorsement")) result.key = session::SnpKey::vlek;
  if (policy.contains("csp_id"))
    for (const auto& name : policy.at("csp_id"))
      result.csp_id.emplace_back(name.get<std::string>());
  if (policy.value("ciphertext_hiding", false))
    result.policy.emplace_back(session::SnpPolicy::ciphertext_hiding);
  if (policy.contains("mitigations"))
    result.mitigations = fmt::format("{:02x}00000000000000", policy.at("mitigations").get<int>());
  return result;
}

}  // namespace sconectl::test
