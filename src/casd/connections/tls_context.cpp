#include <utility>
// <utility> before Boost.Asio 1.74, which forgets it under C++20.
#include <openssl/pem.h>

#include <boost/asio/buffer.hpp>
#include <memory>

#include "casd/connections/tls_context.hpp"
#include "casd/connections/tls_library.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

namespace ssl = boost::asio::ssl;

constexpr int least_rsa_bits = 2048;

/// Runs instead of the check of the chain: any certificate will do (RA-004), but a key that can be
/// broken is nobody's identity.
int accept_any(X509_STORE_CTX* store, void*) {
  const X509* certificate = X509_STORE_CTX_get0_cert(store);
  const EVP_PKEY* key = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
  const bool weak = key == nullptr || (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
                                       EVP_PKEY_get_bits(key) < least_rsa_bits);
  X509_STORE_CTX_set_error(store, weak ? X509_V_ERR_EE_KEY_TOO_SMALL : X509_V_OK);
  return weak ? 0 : 1;
}

int select_protocol(SSL*, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned int offered_length, void*) {
  static const unsigned char http[] = "\x08http/1.1";
  unsigned char* match = nullptr;
  if (SSL_select_next_proto(&match, length, http, sizeof(http) - 1, offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

ssl::context tls_context(const Service& service) {
  OSSL_LIB_CTX* const library = tls_library();
  SSL_CTX* const fresh =
      library == nullptr ? nullptr : SSL_CTX_new_ex(library, nullptr, TLS_server_method());
  if (fresh == nullptr)
    throw diag::Error(diag::ErrorKind::failed, "the crypto library could not be prepared for TLS");
  ssl::context context(fresh);
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Thousands of idle connections should not hold a buffer each. The others are for TlsStream: a
  // reply goes out record by record, and is copied anew for each attempt.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One read of the socket for a record, not one for its length and one for the rest.
  SSL_CTX_set_read_ahead(native, 1);
  // No session is resumed. A ticket would hold the client's certificate, which OpenSSL parses anew
  // to write the ticket and to read it: that takes longer than what is saved. Without a certificate
  // a tenth is saved, which is not worth a key that could open recorded connections.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  const auto server = service.server_identity();
  const auto chain = server.certificate.pem() + service.shown_chain_pem();
  context.use_certificate_chain(boost::asio::buffer(chain));
  const auto key = server.key.pkcs8_pem();
  context.use_private_key(boost::asio::buffer(key.view()), ssl::context::pem);
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(native, accept_any, nullptr);
  SSL_CTX_set_alpn_select_cb(native, select_protocol, nullptr);
  return context;
}

std::optional<std::string> peer_certificate(const SSL* ssl) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl),
                                                                X509_free);
  if (!certificate) return std::nullopt;
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  if (!memory || PEM_write_bio_X509(memory.get(), certificate.get()) != 1) return std::nullopt;
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

}  // namespace sconectl::casd
