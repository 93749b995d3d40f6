#include "tls.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "resolve.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::host {

using diag::Error;
using diag::ErrorKind;

namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

Bio reader(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// An encrypted key must not make OpenSSL ask on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*write*/, void* /*data*/) {
  return 0;
}

std::vector<Certificate> certificates(const std::string& pem) {
  std::vector<Certificate> found;
  const Bio text = reader(pem);
  while (X509* certificate = PEM_read_bio_X509(text.get(), nullptr, no_password, nullptr)) {
    found.emplace_back(certificate);
  }
  ERR_clear_error();  // the end of the text counts as an error
  return found;
}

void use_client_certificate(SSL_CTX* context, const ClientCertificate& client) {
  const auto chain = certificates(client.chain_pem);
  if (chain.empty()) throw Error(ErrorKind::invalid, "the client certificate is not PEM text");
  const Key key(
      PEM_read_bio_PrivateKey(reader(client.key_pem).get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (!key) throw Error(ErrorKind::invalid, "the client's private key is not PEM text");
  bool used = SSL_CTX_use_certificate(context, chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    used = used && SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  }
  ERR_clear_error();
  if (!used) {
    throw Error(ErrorKind::invalid, "the client's certificate and private key do not fit together");
  }
}

void trust_roots(SSL_CTX* context, const ChainTo& trust) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  bool any = false;
  for (const std::string& pem : trust.roots) {
    for (const Certificate& root : certificates(pem)) {
      any = true;
      X509_STORE_add_cert(store, root.get());
    }
  }
  if (!any) throw Error(ErrorKind::invalid, "there is no certificate to trust the server by");
  // What is pinned is trusted as it is, even if it is not self-signed.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
}

}  // namespace

ClientCertificate::~ClientCertificate() {
  key_pem.resize(key_pem.capacity());
  OPENSSL_cleanse(key_pem.data(), key_pem.size());
}

void set_up_tls(SSL_CTX* context, const Tls& tls) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A server that closes without a closing message after a complete reply did nothing wrong.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (tls.client) use_client_certificate(context, *tls.client);
  if (std::holds_alternative<Unverified>(tls.trust)) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return;
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (const auto* chain = std::get_if<ChainTo>(&tls.trust)) {
    trust_roots(context, *chain);
  } else {
    SSL_CTX_set_default_verify_paths(context);
  }
}

void set_up_server_name(SSL* connection, const ServerTrust& trust, const std::string& host) {
  if (!is_address(host)) SSL_set_tlsext_host_name(connection, host.c_str());
  const auto* chain = std::get_if<ChainTo>(&trust);
  const bool compared = chain != nullptr ? chain->host_name == HostName::compared
                                         : std::holds_alternative<SystemTrust>(trust);
  if (!compared) return;
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str());
  } else {
    SSL_set1_host(connection, host.c_str());
  }
}

std::vector<std::string> peer_chain(SSL* connection) {
  std::vector<std::string> chain;
  const STACK_OF(X509)* presented = SSL_get_peer_cert_chain(connection);
  for (int i = 0; presented != nullptr && i < sk_X509_num(presented); ++i) {
    const Bio text(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(text.get(), sk_X509_value(presented, i));
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    chain.emplace_back(bytes, static_cast<std::size_t>(size));
  }
  return chain;
}

std::string why_not_trusted(SSL* connection) {
  const long result = SSL_get_verify_result(connection);
  return result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
}

bool same_identity_and_trust(const Tls& a, const Tls& b) {
  if (a.client.has_value() != b.client.has_value()) return false;
  if (a.client &&
      (a.client->chain_pem != b.client->chain_pem || a.client->key_pem != b.client->key_pem)) {
    return false;
  }
  if (a.trust.index() != b.trust.index()) return false;
  const auto* roots = std::get_if<ChainTo>(&a.trust);
  if (roots == nullptr) return true;
  const auto& others = std::get<ChainTo>(b.trust);
  return roots->roots == others.roots && roots->host_name == others.host_name;
}

}  // namespace sconectl::host
