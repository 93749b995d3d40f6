// Services of a session and how they prove themselves (SL-057 to SL-097).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sconectl/session/confidential_vm.hpp"
#include "sconectl/session/setting.hpp"
#include "sconectl/text/variable.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::session {

/// As given: a string that split_command() splits, or the list of its elements.
using Command = std::variant<std::string, std::vector<std::string>>;

enum class FspfUpdatePolicy { rollback_protected_reinitializable, no_rollback_protection };
[[nodiscard]] constexpr auto words_of(FspfUpdatePolicy) {
  return text::words<FspfUpdatePolicy::no_rollback_protection>("rollback_protected_reinitializable",
                                                               "no_rollback_protection");
}

struct Fspf {
  std::string path{};
  Setting<std::string> key{};  ///< 64 hex digits
  std::optional<std::string> tag{};
  FspfUpdatePolicy update_policy = FspfUpdatePolicy::rollback_protected_reinitializable;
  bool operator==(const Fspf&) const = default;
};

/// A number of an enclave's identity, 0...65535, possibly from a secret (SL-091).
using Number = Setting<std::uint32_t>;

struct EnclaveSigner {
  std::string mrsigner{};  ///< 64 hex digits, or a placeholder's text
  Number isvprodid = 0U;
  std::optional<Number> isvsvn{};
  std::optional<Number> isvsvn_min{};
  std::optional<Number> isvsvn_max{};
  bool operator==(const EnclaveSigner&) const = default;
};

/// One way for a service to prove itself; what is given must all hold (SL-087). It is of one kind:
/// an enclave (`mrenclave`, `signer`), a TDX domain or an SNP guest (XA-001).
struct AttestationVariant {
  /// 64 hex digits each, any of them; empty: not checked.
  std::vector<Setting<std::string>> mrenclave{};
  std::optional<Setting<EnclaveSigner>> signer{};
  std::optional<Setting<TdxVariant>> tdx{};
  std::optional<Setting<SnpVariant>> snp{};
  bool operator==(const AttestationVariant&) const = default;
};

/// Calls `visit` with every setting of the variant that may be a placeholder; what stands inside of
/// `signer` is left out.
template <typename Variant, typename Visit>
void each_setting(Variant& variant, const Visit& visit) {
  const auto each = [&](auto& settings) {
    for (auto& setting : settings) visit(setting);
  };
  each(variant.mrenclave);
  if (variant.signer) visit(*variant.signer);
  if (variant.tdx) {
    visit(*variant.tdx);
    if (auto* tdx = std::get_if<TdxVariant>(&*variant.tdx))
      for (const auto& field : tdx_fields) each((tdx->*field.pins).values);
  }
  if (variant.snp) {
    visit(*variant.snp);
    if (auto* snp = std::get_if<SnpVariant>(&*variant.snp)) {
      for (const auto& field : snp_fields) each((snp->*field.pins).values);
      each(snp->csp_id);
      each(snp->policy);
    }
  }
}

struct Service {
  std::string name{};
  std::optional<Command> command{};
  text::Environment environment{};
  std::string pwd = "/";
  std::optional<Fspf> fspf{};
  std::optional<std::string> image_name{};
  /// Any variant suffices (SL-085). A placeholder stands for one variant or a list of them
  /// (SL-086); `attestation: $$SCONE::x$$` is a list of one placeholder.
  std::vector<Setting<AttestationVariant>> attestation{};
  std::vector<Setting<std::string>> mrenclaves{};  ///< deprecated, OR-ed with attestation (SL-092)
  std::vector<std::string> platforms{};            ///< identifiers or placeholders' texts (SL-093)
  std::optional<std::string> one_time_password_shared_secret{};
  Place place{};
  bool operator==(const Service&) const = default;
};

}  // namespace sconectl::session
