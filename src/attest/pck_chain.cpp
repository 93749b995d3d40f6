#include "attest/pck_chain.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "attest/refuse.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::attest {
namespace {

using crypto::Certificate;

/// SHA-256 of the key of Intel's root. Two certificates with this key are around, which end at
/// different times.
constexpr std::string_view intel_root_key =
    "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e";

bool is_root_key(const Certificate& root, const VerificationOptions& options) {
  if (options.test_root) return root.public_key() == options.test_root->public_key();
  return crypto::hex(crypto::view(crypto::sha256(root.spki_der()))) == intel_root_key;
}

void judge_root(const Certificate& root, std::string_view chain,
                const VerificationOptions& options) {
  if (!root.self_signed() || !root.is_ca() || root.common_name() != "Intel SGX Root CA" ||
      !is_root_key(root, options))
    not_genuine(chain, fmt::format("it does not end in {}",
                                   options.test_root ? "the given test root" : "Intel's SGX root"));
}

/// The only certificate that is meant; a second one would leave open which is.
template <typename Is>
Certificate only(const std::vector<Certificate>& all, std::string_view chain, const char* what,
                 Is is) {
  const auto found = std::find_if(all.begin(), all.end(), is);
  if (found == all.end()) not_genuine(chain, fmt::format("it has no {}", what));
  if (std::find_if(found + 1, all.end(), is) != all.end())
    not_genuine(chain, fmt::format("it has more than one {}", what));
  return *found;
}

bool is_root(const Certificate& each) {
  return each.subject_der() == each.issuer_der();
}

std::vector<Certificate> certificates(std::string_view pem, std::string_view chain,
                                      std::size_t size) {
  try {
    auto result = crypto::certificates_from_pem(pem);
    for (auto each = result.begin(); each != result.end(); ++each)  // the same one twice is one
      result.erase(std::remove(each + 1, result.end(), *each), result.end());
    if (result.size() == size) return result;
    not_genuine(chain, fmt::format("it has {} certificates, not {}", result.size(), size));
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::invalid) not_genuine(chain, error.text());
    throw;
  }
}

void judge_path(const Certificate& leaf, std::span<const Certificate> between,
                const Certificate& root, std::string_view chain) {
  const std::array roots{root};
  if (leaf.is_ca()) not_genuine(chain, "its end is a certificate authority");
  if (const auto verdict = crypto::verify_chain(leaf, between, roots); !verdict)
    not_genuine(chain, verdict.refusal);
}

}  // namespace

PckChain trusted_pck_chain(std::string_view pem, const VerificationOptions& options) {
  constexpr std::string_view chain = "PCK certificate chain";
  const auto all = certificates(pem, chain, 3);
  PckChain result{only(all, chain, "PCK certificate",
                       [](const Certificate& each) {
                         return each.common_name() == "Intel SGX PCK Certificate";
                       }),
                  only(all, chain, "PCK Processor CA or PCK Platform CA",
                       [](const Certificate& each) {
                         return each.common_name() == "Intel SGX PCK Processor CA" ||
                                each.common_name() == "Intel SGX PCK Platform CA";
                       }),
                  only(all, chain, "root", is_root)};
  judge_root(result.root, chain, options);
  const std::array between{result.intermediate};
  judge_path(result.leaf, between, result.root, chain);
  // The path led through the intermediate, and not directly to the root.
  if (result.leaf.issuer_der() != result.intermediate.subject_der())
    not_genuine(chain, "it is not one chain");
  return result;
}

SigningChain trusted_signing_chain(std::string_view pem, const VerificationOptions& options) {
  constexpr std::string_view chain = "TCB signing chain";
  const auto all = certificates(pem, chain, 2);
  SigningChain result{
      only(all, chain, "TCB signing certificate",
           [](const Certificate& each) { return each.common_name() == "Intel SGX TCB Signing"; }),
      only(all, chain, "root", is_root)};
  judge_root(result.root, chain, options);
  judge_path(result.signer, {}, result.root, chain);
  return result;
}

}  // namespace sconectl::attest
