// A small HTTP server with or without TLS, on a loopback port or a unix socket.
#pragma once

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sconectl::host {

/// A self-signed certificate (P-256) with its key.
struct TestIdentity {
  /// `names`: what it is a certificate for ("DNS:localhost,IP:127.0.0.1"); "": nothing is said.
  explicit TestIdentity(const std::string& name, const std::string& names = "");
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

inline TestIdentity::TestIdentity(const std::string& name, const std::string& names) {
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
  if (!names.empty()) {
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  }
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

inline TestServer::TestServer(Options options) : options_(std::move(options)) {
  if (options_.unix_socket.empty()) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  } else {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, options_.unix_socket.c_str(), sizeof address.sun_path - 1);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  ::listen(listener_, 16);
  acceptor_ = std::thread([this] { accept_all(); });
}

inline TestServer::~TestServer() {
  stop_ = true;
  acceptor_.join();
  for (std::thread& worker : workers_) worker.join();
  ::close(listener_);
}

inline std::string TestServer::url(const std::string& target) const {
  return (options_.identity != nullptr ? "https://127.0.0.1:" : "http://127.0.0.1:") +
         std::to_string(port_) + target;
}

inline std::vector<std::string> TestServer::requests() {
  const std::scoped_lock guard(mutex_);
  return requests_;
}

inline void TestServer::accept_all() {
  while (!stop_) {
    pollfd wanted{listener_, POLLIN, 0};
    if (::poll(&wanted, 1, 20) <= 0) continue;
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) continue;
    ++connections_;
    const timeval patience{0, 50'000};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    workers_.emplace_back([this, socket] { serve(socket); });
  }
}

inline void TestServer::serve(int socket) {
  SSL_CTX* context = nullptr;
  SSL* ssl = nullptr;
  const auto receive = [&](char* block, int size) -> int {
    while (!stop_) {
      const int got = ssl != nullptr
                          ? SSL_read(ssl, block, size)
                          : static_cast<int>(::recv(socket, block, static_cast<size_t>(size), 0));
      if (got > 0) return got;
      const bool later = ssl != nullptr ? SSL_get_error(ssl, got) == SSL_ERROR_WANT_READ
                                        : got < 0 && errno == EAGAIN;
      if (!later) return 0;
    }
    return 0;
  };
  bool up = true;
  if (options_.silent) {
    while (!stop_) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    up = false;
  } else if (options_.identity != nullptr) {
    context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context, options_.identity->certificate.get());
    SSL_CTX_use_PrivateKey(context, options_.identity->key.get());
    if (options_.only_client != nullptr) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context), options_.only_client->certificate.get());
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    ssl = SSL_new(context);
    SSL_set_fd(ssl, socket);
    int shaken = SSL_accept(ssl);
    while (!stop_ && shaken != 1 && SSL_get_error(ssl, shaken) == SSL_ERROR_WANT_READ) {
      shaken = SSL_accept(ssl);
    }
    up = shaken == 1;
  }
  std::string text;
  char block[4096];
  while (up && !stop_) {
    std::size_t head_end = text.find("\r\n\r\n");
    std::size_t length = 0;
    if (const auto at = text.find("Content-Length: "); at != std::string::npos) {
      length = std::stoul(text.substr(at + 16));
    }
    if (head_end != std::string::npos && text.size() >= head_end + 4 + length) {
      const std::string request = text.substr(0, head_end + 4 + length);
      text.erase(0, request.size());
      {
        const std::scoped_lock guard(mutex_);
        requests_.push_back(request);
      }
      const std::string answer = options_.answer ? options_.answer(request) : reply("ok");
      if (answer.empty()) break;
      if (ssl != nullptr) {
        SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
      } else {
        ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      if (answer.find("Connection: close") != std::string::npos) break;
      continue;
    }
    const int got = receive(block, sizeof block);
    if (got <= 0) break;
    text.append(block, static_cast<std::size_t>(got));
  }
  if (ssl != nullptr) SSL_free(ssl);
  if (context != nullptr) SSL_CTX_free(context);
  ::close(socket);
}

}  // namespace sconectl::host
