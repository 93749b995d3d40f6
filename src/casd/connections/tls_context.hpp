// The TLS side of the server (RA-001 ... RA-004).
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <optional>
#include <string>

#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

/// TLS 1.2 and 1.3 with the service's certificate; asks for a client certificate and takes any, or
/// none. The handshake proves that the client holds its key; who may do what is decided by that
/// key.
[[nodiscard]] boost::asio::ssl::context tls_context(const Service& service);

/// The client's certificate, PEM; nothing if it sent none.
[[nodiscard]] std::optional<std::string> peer_certificate(const SSL* ssl);

}  // namespace sconectl::casd
