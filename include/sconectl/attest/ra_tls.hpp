// Quotes in certificates: what an enclave shows in a TLS handshake (RA-TLS).
#pragma once

#include <string>

#include "sconectl/crypto/certificate.hpp"

namespace sconectl::attest {

/// A quote, and what it must be about so that it is one of the key of its certificate.
struct RaTlsEvidence {
  std::string quote;        ///< raw bytes, nothing judged
  std::string report_data;  ///< 64 bytes
};

/// From the TCG DICE extension 2.23.133.5.4.9 (tagged CBOR: a quote about the SHA-256 of claims,
/// which hold the hash of the key), or, without one, from Gramine's own extension, in the encoding
/// that Gramine writes and in the one that was meant: a quote about the SHA-256 of the key. A
/// certificate with the first is judged by it alone (EV-032). Throws Error{refused} for a
/// certificate without a quote and for claims that are not about its key, Error{invalid} for what
/// can not be read.
[[nodiscard]] RaTlsEvidence ra_tls_evidence(const crypto::Certificate& certificate);

}  // namespace sconectl::attest
