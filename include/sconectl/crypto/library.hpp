// How OpenSSL comes up in this process.
#pragma once

namespace sconectl::crypto {

/// OpenSSL reads no openssl.cnf, neither the system's nor that of OPENSSL_CONF. Such a file may
/// name libraries to load, and inside of somebody's image these fit neither us nor our C library.
/// To be called before anything else of this room or of `host::Http`; not thread-safe.
void ignore_configuration();

}  // namespace sconectl::crypto
