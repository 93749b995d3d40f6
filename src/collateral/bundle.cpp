#include "sconectl/collateral/bundle.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/crl.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::collateral {
namespace {

/// The lists of the largest platforms have 1 MB.
constexpr std::size_t largest_part = std::size_t{16} << 20U;

void add(std::vector<attest::Validity>& all, const std::string& pem, const char* what) {
  for (const auto& certificate : crypto::certificates_from_pem(pem))
    all.push_back({fmt::format("{} '{}'", what, certificate.common_name()),
                   certificate.not_before(), certificate.not_after()});
}

void add_crl(std::vector<attest::Validity>& all, const std::string& text, const char* what) {
  if (text.empty()) return;
  const auto list = crypto::Crl::from_text(text);
  all.push_back({what, list.this_update(), list.next_update()});
}

}  // namespace

std::string bundle_name(const attest::CollateralNeed& need) {
  return fmt::format("{}-{}-{}", need.tee == attest::Tee::sgx ? "sgx" : "tdx",
                     crypto::hex(need.fmspc), need.platform_ca ? "platform" : "processor");
}

attest::Collateral read_bundle(const host::Files& files, const std::filesystem::path& directory) {
  static_cast<void>(files.list(directory));
  const auto text = [&](const char* name) {
    return files.read_if_exists(directory / name, largest_part).value_or("");
  };
  return {.tcb_info = text("tcbInfo.json"),
          .qe_identity = text("qeIdentity.json"),
          .signing_chain = text("tcbSignChain.pem"),
          .root_crl = text("rootCaCrl.der"),
          .pck_crl = text("intermediateCaCrl.der"),
          .pck_chain = text("pckCert.pem") + text("pckSignChain.pem")};
}

host::Tree bundle_tree(const attest::Collateral& collateral) {
  host::Tree tree;
  const auto add_file = [&](const char* name, const std::string& text) {
    if (!text.empty()) tree[name] = {text};
  };
  add_file("tcbInfo.json", collateral.tcb_info);
  add_file("qeIdentity.json", collateral.qe_identity);
  add_file("tcbSignChain.pem", collateral.signing_chain);
  add_file("rootCaCrl.der", collateral.root_crl);
  add_file("intermediateCaCrl.der", collateral.pck_crl);
  add_file("pckSignChain.pem", collateral.pck_chain);
  return tree;
}

std::vector<attest::Validity> validity_of(const attest::Collateral& collateral) {
  std::vector<attest::Validity> all;
  if (!collateral.tcb_info.empty()) {
    const auto info = attest::parse_tcb_info(collateral.tcb_info);
    all.push_back({"TCB info", info.issued, info.next_update});
  }
  if (!collateral.qe_identity.empty()) {
    const auto identity = attest::parse_qe_identity(collateral.qe_identity);
    all.push_back({"QE identity", identity.issued, identity.next_update});
  }
  add_crl(all, collateral.root_crl, "root CRL");
  add_crl(all, collateral.pck_crl, "PCK CRL");
  add(all, collateral.signing_chain, "certificate");
  add(all, collateral.pck_chain, "certificate");
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.until < b.until; });
  return all;
}

}  // namespace sconectl::collateral
