#include "attest/snp_chain.hpp"

#include <array>
#include <set>

#include "attest/refuse.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::attest {
namespace {

using crypto::Certificate;
using session::SnpKey;

/// SHA-256 of the keys of AMD's roots, in the order of the products.
constexpr std::array<std::string_view, 3> amd_root_keys{
    "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9",
    "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831",
    "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08"};

/// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes (RFC 4055 §3.1); AMD wrote the
/// default trailer field until 2024.
constexpr std::string_view pss_sha384 =
    "304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108"
    "300d06096086480165030402020500a203020130";
constexpr std::string_view pss_sha384_with_trailer =
    "304606092a864886f70d01010a3039a00f300d06096086480165030402020500a11c301a06092a864886f70d010108"
    "300d06096086480165030402020500a203020130a303020101";

constexpr std::string_view check_root = "S07 root (ARK)";
constexpr std::string_view check_leaf = "S10 certificate of the report's key";

bool is_pss_sha384(const Certificate& certificate) {
  const std::string algorithm = crypto::hex(certificate.signature_algorithm());
  return algorithm == pss_sha384 || algorithm == pss_sha384_with_trailer;
}

/// The only certificate of a text, DER or PEM.
Certificate certificate_of(const std::string& text, std::string_view check) {
  if (text.empty()) not_genuine(check, "it is not at hand");
  try {
    if (text.find("-----BEGIN") == std::string::npos) return Certificate::from_der(text);
    const auto all = crypto::certificates_from_pem(text);
    if (all.size() == 1) return all.front();
  } catch (const diag::Error& error) {
    not_genuine(check, error.text());
  }
  not_genuine(check, "there is more than one, or none");
}

std::optional<SnpProduct> product_of_root(const Certificate& ark) {
  const std::string name = ark.common_name();
  if (!name.starts_with("ARK-")) return std::nullopt;
  return text::from_word<SnpProduct>(std::string_view(name).substr(4));
}

SnpProduct product_in(const SnpReport& report, const Certificate& ark) {
  constexpr std::string_view check = "S06 product";
  const auto of_root = product_of_root(ark);
  if (!of_root)
    not_genuine(check_root, fmt::format("'{}' is no root of a known product", ark.common_name()));
  if (!report.cpu) {
    if (*of_root == SnpProduct::turin)
      not_genuine(check, "reports of version 2 are older than Turin");
    return *of_root;
  }
  const auto product = product_of(*report.cpu);
  if (!product)
    not_genuine(check, fmt::format("a processor of family {:#x}, model {:#x} is not known",
                                   report.cpu->family, report.cpu->model));
  if (*product != *of_root)
    not_genuine(check, fmt::format("the report is of {}, the root of {}", text::word(*product),
                                   text::word(*of_root)));
  return *product;
}

void judge_ark(const Certificate& ark, SnpProduct product, const SnpOptions& options) {
  const bool trusted = options.test_root
                           ? ark.public_key() == options.test_root->public_key()
                           : crypto::hex(crypto::view(crypto::sha256(ark.spki_der()))) ==
                                 amd_root_keys.at(static_cast<std::size_t>(product));
  if (!trusted)
    not_genuine(check_root, options.test_root ? "its key is not that of the given test root"
                                              : "its key is not AMD's");
  if (!ark.self_signed() || !ark.is_ca() || !is_pss_sha384(ark))
    not_genuine(check_root, "it is not a self-signed certificate of an authority");
}

/// "SEV-Milan" issues VCEKs, "SEV-VLEK-Milan" issues VLEKs.
void judge_ask(const Certificate& ask, const Certificate& ark, SnpProduct product, SnpKey key) {
  constexpr std::string_view check = "S08 intermediate (ASK)";
  const std::string name =
      fmt::format("SEV-{}{}", key == SnpKey::vlek ? "VLEK-" : "", text::word(product));
  if (ask.common_name() != name)
    not_genuine(check, fmt::format("it is '{}', needed is '{}'", ask.common_name(), name));
  if (!ask.issued_by(ark) || !is_pss_sha384(ask))
    not_genuine(check, "it is not issued by the root");
  if (!ask.is_ca()) not_genuine(check, "it is not that of an authority");
}

void judge_leaf_form(const Certificate& leaf, SnpKey key) {
  const std::string name = key == SnpKey::vlek ? "SEV-VLEK" : "SEV-VCEK";
  if (leaf.common_name() != name)
    not_genuine(check_leaf, fmt::format("it is '{}', needed is '{}'", leaf.common_name(), name));
  if (leaf.public_key().type() != crypto::KeyType::p384)
    not_genuine(check_leaf, "its key is not on the curve P-384");
  if (leaf.is_ca()) not_genuine(check_leaf, "it is that of an authority");
  std::set<std::string> seen;
  for (const crypto::CertificateExtension& each : leaf.extensions()) {
    if (each.critical) not_genuine(check_leaf, "it has a critical extension, which is not known");
    if (!seen.insert(each.oid).second)
      not_genuine(check_leaf, fmt::format("it has the extension {} twice", each.oid));
  }
}

void judge_leaf(const SnpChain& chain, SnpKey key) {
  judge_leaf_form(chain.leaf, key);
  if (!chain.leaf.issued_by(chain.ask) || !is_pss_sha384(chain.leaf))
    not_genuine(check_leaf, fmt::format("it is not issued by '{}', with RSASSA-PSS and SHA-384",
                                        chain.ask.common_name()));
  const std::array between{chain.ask};
  const std::array roots{chain.ark};
  if (const auto path = crypto::verify_chain(chain.leaf, between, roots); !path)
    not_genuine(check_leaf, path.refusal);
}

}  // namespace

SnpChain trusted_snp_chain(const SnpReport& report, const SnpCertificates& certificates,
                           const SnpOptions& options) {
  const bool vlek = report.signing_key == SnpKey::vlek;
  const Certificate ark = certificate_of(certificates.ark, check_root);
  const SnpProduct product = product_in(report, ark);
  judge_ark(ark, product, options);
  const std::string& issuer =
      vlek && !certificates.asvk.empty() ? certificates.asvk : certificates.ask;
  const Certificate ask = certificate_of(issuer, "S08 intermediate (ASK)");
  judge_ask(ask, ark, product, report.signing_key);
  const Certificate leaf = certificate_of(vlek ? certificates.vlek : certificates.vcek, check_leaf);
  SnpChain chain{product, ark, ask, leaf};
  judge_leaf(chain, report.signing_key);
  return chain;
}

std::string snp_chain_pem(const SnpReport& report, const SnpCertificates& certificates,
                          const SnpOptions& options) {
  const auto chain = trusted_snp_chain(report, certificates, options);
  return chain.leaf.pem() + chain.ask.pem() + chain.ark.pem();
}

}  // namespace sconectl::attest
