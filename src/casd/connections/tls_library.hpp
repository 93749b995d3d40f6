// OpenSSL's algorithms for TLS connections.
#pragma once

#include <openssl/types.h>

namespace sconectl::casd {

/// A library context for SSL_CTX_new_ex() with all algorithms of OpenSSL's default provider, but
/// only those forms of keys that client certificates have. OpenSSL 3.0 goes through all the forms
/// that it knows whenever it reads a certificate, which takes longer than any other step of a
/// handshake. Made once, and never freed; null if
/// OpenSSL can not.
[[nodiscard]] OSSL_LIB_CTX* tls_library();

}  // namespace sconectl::casd
