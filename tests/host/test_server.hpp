// A small HTTP server with or without TLS, on a loopback port or a unix socket.
#pragma once

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sconectl::host {

/// A self-signed certificate (P-256) with its key.
struct TestIdentity {
  explicit TestIdentity(const std::string& name);
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;
  [[nodiscard]] std::string certificate_pem() const;
  [[nodiscard]] std::string key_pem() const;
};

class TestServer {
 public:
  struct Options {
    const TestIdentity* identity = nullptr;     ///< TLS with this certificate
    const TestIdentity* only_client = nullptr;  ///< demand exactly this client
    std::string unix_socket = {};               ///< instead of a port
    bool silent = false;                        ///< accept and never say anything
    std::function<std::string(const std::string& request)> answer = {};  ///< raw reply; "": close
  };
  explicit TestServer(Options options);
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& target = "/") const;
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] std::vector<std::string> requests();

 private:
  void accept_all();
  void serve(int socket);

  Options options_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

/// A reply with a body and its length.
[[nodiscard]] std::string reply(const std::string& body, const std::string& headers = "");

inline TestIdentity::TestIdentity(const std::string& name) {
  key.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
  certificate.reset(X509_new(), X509_free);
  X509* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(x));
  X509_set_pubkey(x, key.get());
  X509_sign(x, key.get(), EVP_sha256());
}

namespace test_server_detail {
inline std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}
}  // namespace test_server_detail

inline std::string TestIdentity::certificate_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate.get());
  return test_server_detail::text_of(bio);
}

inline std::string TestIdentity::key_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return test_server_detail::text_of(bio);
}

inline std::string reply(const std::string& body, const std::string& headers) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers +
         "\r\n" + body;
}

}  // namespace sconectl::host
