// Exchanges of secret_prov, for tests/bench/secret_prov.py.
//
// usage: secret_prov_load serve CERT KEY               a plain OpenSSL server, a thread for each
//                                                      connection; prints its port
//        secret_prov_load load PORT CERT KEY SECONDS   eight clients; prints exchanges in a second
//   g++ -O2 -std=c++20 secret_prov_load.cpp -lssl -lcrypto
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

const std::string question("SECRET_PROVISION_RA_TLS_REQUEST_V1\0", 35);
const std::string answer(
    "SECRET_PROVISION_RA_TLS_RESPONSE_V1:\0\0\0\0\x11"
    "0123456789abcdef\0",
    58);

SSL_CTX* context(const SSL_METHOD* method, const char* certificate, const char* key) {
  SSL_CTX* result = SSL_CTX_new(method);
  if (SSL_CTX_use_certificate_chain_file(result, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(result, key, SSL_FILETYPE_PEM) != 1)
    std::abort();
  SSL_CTX_set_num_tickets(result, 0);
  SSL_CTX_set_session_cache_mode(result, SSL_SESS_CACHE_OFF);
  return result;
}

bool read_all(SSL* ssl, std::size_t size) {
  char bytes[256];
  for (std::size_t got = 0; got < size;) {
    const int count = SSL_read(ssl, bytes, static_cast<int>(size - got));
    if (count <= 0) return false;
    got += static_cast<std::size_t>(count);
  }
  return true;
}

void answer_one(SSL_CTX* tls, int connection) {
  SSL* ssl = SSL_new(tls);
  SSL_set_fd(ssl, connection);
  if (SSL_accept(ssl) == 1 && read_all(ssl, question.size())) {
    SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
    SSL_shutdown(ssl);
  }
  SSL_free(ssl);
  close(connection);
}

int serve(const char* certificate, const char* key) {
  SSL_CTX* tls = context(TLS_server_method(), certificate, key);
  SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     [](int, X509_STORE_CTX*) { return 1; });
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0) return 1;
  listen(listener, 4096);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  for (;;) {
    const int connection = accept(listener, nullptr, nullptr);
    if (connection >= 0) std::thread(answer_one, tls, connection).detach();
  }
}

bool exchange(SSL_CTX* tls, std::uint16_t port) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  bool good = false;
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    SSL* ssl = SSL_new(tls);
    SSL_set_fd(ssl, connection);
    good = SSL_connect(ssl) == 1 &&
           SSL_write(ssl, question.data(), static_cast<int>(question.size())) > 0 &&
           read_all(ssl, answer.size());
    SSL_free(ssl);
  }
  close(connection);
  return good;
}

int load(std::uint16_t port, const char* certificate, const char* key, int seconds) {
  SSL_CTX* tls = context(TLS_client_method(), certificate, key);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::atomic<int> done = 0;
  std::atomic<int> failed = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      while (std::chrono::steady_clock::now() < end) ++(exchange(tls, port) ? done : failed);
    });
  for (auto& client : clients) client.join();
  std::printf("%d\n", done / seconds);
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  if (count == 4 && std::strcmp(words[1], "serve") == 0) return serve(words[2], words[3]);
  if (count == 6 && std::strcmp(words[1], "load") == 0)
    return load(static_cast<std::uint16_t>(std::atoi(words[2])), words[3], words[4],
                std::atoi(words[5]));
  return 2;
}
