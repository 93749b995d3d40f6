// The access policy of a session as it is written (SL-254 to SL-285). access_policy.hpp decides by
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sconectl/session/setting.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::session {

enum class Keyword { creator, any, none };
[[nodiscard]] constexpr auto words_of(Keyword) {
  return text::words<Keyword::none>("CREATOR", "ANY", "NONE");
}
/// Matches by public key (SL-261).
struct CertificateEntry {
  std::string pem{};
  bool operator==(const CertificateEntry&) const = default;
};
struct KeyHashEntry {
  std::string text{};  ///< Base58Check (SL-262)
  bool operator==(const KeyHashEntry&) const = default;
};
/// Legacy: SHA-256 of a certificate's PEM (SL-263, SL-330).
struct CertificateHashEntry {
  std::string hex{};
  bool operator==(const CertificateHashEntry&) const = default;
};
/// A signer of sessions: SPKI PEM (Ed25519, P-384), Base58Check version 10, or a placeholder.
struct SignerEntry {
  Setting<std::string> key{};
  bool operator==(const SignerEntry&) const = default;
};
struct AccessEntry;
/// `require-all`, or with a number `require-at-least-N` (SL-268).
struct Require {
  std::optional<std::uint32_t> at_least{};
  std::vector<AccessEntry> members;
  bool operator==(const Require&) const = default;
};
struct AccessEntry {
  std::variant<Keyword, CertificateEntry, KeyHashEntry, CertificateHashEntry, SignerEntry,
               Placeholder, Require>
      rule;
  Place place{};
  bool operator==(const AccessEntry&) const = default;
};
/// Entries of which one suffices (SL-270). A single entry and a list of one are the same.
using AccessEntries = std::vector<AccessEntry>;

struct AccessPolicy {
  AccessEntries read{{Keyword::creator, {}}};
  AccessEntries update{{Keyword::creator, {}}};
  std::optional<AccessEntries> create_sessions{};  ///< absent: as update (SL-256)
  std::optional<AccessEntries> list_sessions{};    ///< absent: as read (SL-257)
  bool operator==(const AccessPolicy&) const = default;
};

/// Who made this version (SL-279 ... SL-285).
struct Creator {
  bool signer = false;  ///< `{signer: key}` instead of a certificate
  std::string text{};   ///< certificate PEM, or the signer's SPKI PEM or Base58Check v10
  bool operator==(const Creator&) const = default;
};

}  // namespace sconectl::session
