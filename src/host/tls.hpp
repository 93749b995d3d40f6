// OpenSSL settings and answers for one connection.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "sconectl/host/http.hpp"

namespace sconectl::host {

/// Prepares a context: TLS 1.2 or newer, the client's certificate and key, and whom to trust.
/// `peer` names the server in error texts. Throws Error{invalid} for PEM text that is none.
void set_up_tls(SSL_CTX* context, const Tls& tls);

/// Prepares a connection: the server's name in the first message and, for SystemTrust, as the name
/// that its certificate must have.
void set_up_server_name(SSL* connection, const ServerTrust& trust, const std::string& host);

/// The certificates that the other side presented, leaf first, PEM.
[[nodiscard]] std::vector<std::string> peer_chain(SSL* connection);

/// Why the other side's certificate was not accepted, or "" if it was.
[[nodiscard]] std::string why_not_trusted(SSL* connection);

/// Whether two requests may share a connection.
[[nodiscard]] bool same_identity_and_trust(const Tls& a, const Tls& b);

}  // namespace sconectl::host
