// Load for a TLS server; tests/bench/load.py runs it against the CAS and nginx.
//
//   g++ -O2 -std=c++20 -I ../../src load.cpp ../../src/casd/connections/tls_library.cpp -lssl
//   -lcrypto -pthread -o load load connect   PORT CLIENTS SECONDS CERT KEY PATH COUNT    a new
//   mutual-TLS connection and one GET each load keepalive PORT CLIENTS SECONDS CERT KEY PATH COUNT
//   GET after GET on one connection per client load create    PORT CLIENTS TOTAL   CERT KEY PREFIX
//   FIRST  POST /session of PREFIX0FIRST ... until TOTAL are stored
//
// A `%` in PATH becomes a random number below COUNT. Prints "requests seconds failures
// bytes-of-one-reply".
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
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "casd/connections/tls_library.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Task {
  std::string mode;
  std::uint16_t port = 0;
  int clients = 0;
  long amount = 0;  // seconds, or sessions
  std::string path;
  long count = 0;
};

std::atomic<long> done = 0;
std::atomic<long> failed = 0;
std::atomic<long> next = 0;
std::atomic<std::size_t> reply_bytes = 0;

class Connection {
 public:
  Connection(SSL_CTX* context, std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) != 0) return;
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, socket_);
    good_ = SSL_connect(ssl_) == 1;
  }
  ~Connection() {
    if (good_) SSL_shutdown(ssl_);
    SSL_free(ssl_);
    close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The status; 0 if the connection failed.
  int exchange(const std::string& request) {
    if (!good_ || SSL_write(ssl_, request.data(), static_cast<int>(request.size())) <= 0)
      return fail();
    std::string reply;
    std::size_t whole = std::string::npos;
    char buffer[16384];
    while (reply.size() < whole) {
      const int got = SSL_read(ssl_, buffer, sizeof(buffer));
      if (got <= 0) return fail();
      reply.append(buffer, static_cast<std::size_t>(got));
      if (whole != std::string::npos) continue;
      const auto end = reply.find("\r\n\r\n");
      const auto length = reply.find("Content-Length: ");
      if (end == std::string::npos) continue;
      if (length > end) return fail();
      whole = end + 4 + std::stoul(reply.substr(length + 16));
    }
    reply_bytes = whole - reply.find("\r\n\r\n") - 4;
    return std::stoi(reply.substr(9, 3));
  }

 private:
  int fail() {
    good_ = false;
    return 0;
  }
  int socket_;
  SSL* ssl_ = nullptr;
  bool good_ = false;
};

std::string get(const Task& task, std::mt19937& random) {
  auto path = task.path;
  if (const auto at = path.find('%'); at != std::string::npos)
    path.replace(at, 1, std::to_string(static_cast<long>(random()) % task.count));
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

std::string create(const Task& task, long number) {
  const auto body =
      "name: " + task.path + std::to_string(number) +
      "\nversion: \"0.3\"\n"
      "security: {attestation: {mode: none}, service_access_token: token-of-the-load}\n"
      "services:\n  - name: app\n    command: app --serve\n"
      "    environment: {PASSWORD: $$SCONE::password$$}\n"
      "secrets:\n  - {name: password, kind: ascii, size: 20}\n";
  return "POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void client(SSL_CTX* context, const Task& task, Clock::time_point end, unsigned seed) {
  std::mt19937 random(seed);
  std::unique_ptr<Connection> connection;
  while (true) {
    long number = 0;
    if (task.mode == "create" ? (number = next++) >= task.count + task.amount : Clock::now() >= end)
      return;
    if (!connection || task.mode == "connect")
      connection = std::make_unique<Connection>(context, task.port);
    const bool creates = task.mode == "create";
    const int status = connection->exchange(creates ? create(task, number) : get(task, random));
    if (status == (creates ? 201 : 200)) {
      ++done;
      continue;
    }
    if (failed++ == 0) std::fprintf(stderr, "load: status %d\n", status);
    connection.reset();
    if (failed > 1000) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) return std::fprintf(stderr, "usage: see the top of load.cpp\n"), 2;
  const Task task{argv[1],
                  static_cast<std::uint16_t>(std::stoi(argv[2])),
                  std::stoi(argv[3]),
                  std::stol(argv[4]),
                  argv[7],
                  std::stol(argv[8])};
  std::signal(SIGPIPE, SIG_IGN);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
      SSL_CTX_new_ex(sconectl::casd::tls_library(), nullptr, TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_session_cache_mode(context.get(),
                                 SSL_SESS_CACHE_OFF);  // every handshake is a full one
  if (SSL_CTX_use_certificate_file(context.get(), argv[5], SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), argv[6], SSL_FILETYPE_PEM) != 1)
    return std::fprintf(stderr, "load: the certificate or key can not be read\n"), 2;
  next = task.count;
  const auto start = Clock::now();
  std::vector<std::thread> clients;
  for (int i = 0; i < task.clients; ++i)
    clients.emplace_back(client, context.get(), task, start + std::chrono::seconds(task.amount),
                         i + 1U);
  for (auto& thread : clients) thread.join();
  const std::chrono::duration<double> time = Clock::now() - start;
  std::printf("%ld %.3f %ld %zu\n", done.load(), time.count(), failed.load(), reply_bytes.load());
  return 0;
}
