// A key in a token that a PKCS#11 module knows.
#pragma once

#include <memory>
#include <string_view>

#include "sconectl/crypto/p256.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/processes.hpp"

namespace sconectl::token {

/// See hardware_key().
[[nodiscard]] std::unique_ptr<const crypto::P256Key> pkcs11_key(std::string_view uri,
                                                                host::Files& files,
                                                                host::Processes& processes);

}  // namespace sconectl::token
