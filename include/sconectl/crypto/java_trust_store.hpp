// Certificates in the form in which every version of Java reads whom to trust.
#pragma once

#include <string>
#include <vector>

#include "sconectl/crypto/certificate.hpp"

namespace sconectl::crypto {

/// A key store of type JKS, for `-Djavax.net.ssl.trustStore=FILE`. It is not secret; its checksum
/// is made with Java's usual password, "changeit". The same certificates give the same bytes.
[[nodiscard]] std::string java_trust_store(const std::vector<Certificate>& trusted);

}  // namespace sconectl::crypto
