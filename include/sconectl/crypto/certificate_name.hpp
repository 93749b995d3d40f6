// What clients accept as a name in a certificate: the one rule for sessions and for issuing.
#pragma once

#include <string>
#include <string_view>

namespace sconectl::crypto {

/// RFC 5280, ub-common-name: clients refuse more, and so do tools that make certificates.
inline constexpr std::size_t longest_common_name = 64;

/// Why clients would not take it for a DNS name (RFC 5280 §4.2.1.6, RFC 6125 §6.4), such as "has an
/// empty part"; "" if they do. Underscores are allowed, as container networks have them; a wildcard
/// is the whole first part.
[[nodiscard]] std::string dns_name_fault(std::string_view name);

/// The same for an IPv4 or IPv6 address.
[[nodiscard]] std::string ip_address_fault(std::string_view address);

/// The same for a common name: 1 to 64 characters, none of them a control character.
[[nodiscard]] std::string common_name_fault(std::string_view name);

}  // namespace sconectl::crypto
