// The custom resources that carry a session: SignedPolicy and EncryptedPolicy of
// cas.scone.cloud/v1beta1 (templates/platform/crds), as structs. The names are the published ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/kubernetes/object.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::kubernetes {

/// The words are the plural names, as in paths of the API.
enum class PolicyKind { signed_policy, encrypted_policy };
[[nodiscard]] constexpr auto words_of(PolicyKind) {
  return text::words<PolicyKind::encrypted_policy>("signedpolicies", "encryptedpolicies");
}
/// "SignedPolicy"
[[nodiscard]] std::string_view kind_name(PolicyKind kind);

struct PolicyStatus {
  std::string state;                     ///< a word for `kubectl get`
  std::string hash;                      ///< of the session, 64 hex digits; "" if unknown
  std::int64_t observed_generation = 0;  ///< of the spec that this is about
  std::vector<Condition> conditions;
  friend bool operator==(const PolicyStatus&, const PolicyStatus&) = default;
};

struct PolicySignature {
  std::string signer;
  std::string signature;  ///< hex, as it stands there
};

struct Policy {
  PolicyKind kind = PolicyKind::signed_policy;
  ObjectMeta meta;
  std::string cas_address;
  std::string policy;                       ///< signed: YAML text; encrypted: base64
  std::vector<PolicySignature> signatures;  ///< of a SignedPolicy
  std::string encryption_key;               ///< of an EncryptedPolicy
  PolicyStatus status;
  std::string fault;  ///< why the spec can not be used, "" if it can

  /// "SignedPolicy namespace/name", for people.
  [[nodiscard]] std::string title() const;
};

}  // namespace sconectl::kubernetes
