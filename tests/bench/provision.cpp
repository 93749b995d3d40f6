// Services that all start at the same moment; tests/bench/load.py runs it against the CAS.
//
//   g++ -O2 -std=c++20 -I ../../src provision.cpp ../../src/casd/connections/tls_library.cpp -lssl
//   -lcrypto -pthread \
//       -o provision
//   provision PORT SERVICES PREFIX SUFFIX SESSIONS TOKEN
//
// Each opens a TLS connection of its own, asks for a challenge and then for the configuration of
// PREFIX<n>SUFFIX, n a random number below SESSIONS, as `sconectl run` does; it does not open what
// was sealed. All connections are opened first, then one thread per processor waits for its share
// of them. Prints "served failures slowest median", in seconds since the first connection was
// opened. The clients' half of the handshakes is in it, and costs as much as the server's.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "casd/connections/tls_library.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int patience_ms = 30'000;

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4U];
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

std::string unhex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return bytes;
}

std::string fresh_public_key() {
  EVP_PKEY* pair = EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519");
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  EVP_PKEY_get_raw_public_key(pair, reinterpret_cast<unsigned char*>(raw.data()), &size);
  EVP_PKEY_free(pair);
  return raw;
}

std::string proof(const std::string& token, const std::string& nonce, const std::string& key) {
  const std::string message = "client" + nonce + key;
  unsigned char mac[32];
  HMAC(EVP_sha256(), token.data(), static_cast<int>(token.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac, nullptr);
  return {reinterpret_cast<char*>(mac), sizeof(mac)};
}

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class Service {
 public:
  Service(std::string config_id, std::string token)
      : config_id_(std::move(config_id)), token_(std::move(token)), key_(fresh_public_key()) {}
  ~Service() { end(); }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void start(SSL_CTX* context, std::uint16_t port, int poll) {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) != 0 &&
        errno != EINPROGRESS)
      return fail("connect");
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, socket_);
    SSL_set_connect_state(ssl_);
    out_ = post("/v1/service/challenge", "");
    epoll_event wanted{EPOLLIN | EPOLLOUT | EPOLLET, {.ptr = this}};
    epoll_ctl(poll, EPOLL_CTL_ADD, socket_, &wanted);
  }

  /// As far as it gets without waiting.
  void go_on() {
    while (!ended_) {
      const bool sends = !out_.empty();
      char buffer[16384];
      const int done = sends ? SSL_write(ssl_, out_.data(), static_cast<int>(out_.size()))
                             : SSL_read(ssl_, buffer, sizeof(buffer));
      if (done <= 0) {
        const int why = SSL_get_error(ssl_, done);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) fail("connection");
        return;
      }
      if (sends) {
        out_.clear();
      } else {
        in_.append(buffer, static_cast<std::size_t>(done));
        if (whole()) on_reply();
      }
    }
  }

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] Clock::time_point when() const { return when_; }

 private:
  [[nodiscard]] bool whole() const {
    const auto end = in_.find("\r\n\r\n");
    const auto length = in_.find("Content-Length: ");
    return end != std::string::npos && length < end &&
           in_.size() >= end + 4 + std::stoul(in_.substr(length + 16));
  }

  void on_reply() {
    if (in_.substr(9, 3) != "200") return fail(in_);
    if (asked_) {
      good_ = true;
      return end();
    }
    asked_ = true;
    const auto nonce = in_.substr(in_.find("\"nonce\":\"") + 9, 64);
    in_.clear();
    out_ = post("/v1/service/config", R"({"config_id":")" + config_id_ + R"(","nonce":")" + nonce +
                                          R"(","public_key":")" + hex(key_) +
                                          R"(","access_token_proof":")" +
                                          hex(proof(token_, unhex(nonce), key_)) + "\"}");
  }

  void fail(const std::string& why) {
    if (static std::atomic<bool> told = false; !told.exchange(true))
      std::fprintf(stderr, "provision: %s\n", why.c_str());
    end();
  }
  void end() {
    if (std::exchange(ended_, true)) return;
    when_ = Clock::now();
    SSL_free(ssl_);
    close(socket_);
  }

  std::string config_id_, token_, key_;
  int socket_ = -1;
  SSL* ssl_ = nullptr;
  std::string out_, in_;
  bool asked_ = false, good_ = false, ended_ = false;
  Clock::time_point when_;
};

/// Until all of `services` have ended; those that were not answered in time count as failed.
void wait_for(int poll, std::size_t services) {
  std::vector<epoll_event> events(services);
  for (std::size_t ended = 0; ended < services;) {
    const int ready = epoll_wait(poll, events.data(), static_cast<int>(services), patience_ms);
    if (ready <= 0) return;
    for (int i = 0; i < ready; ++i) {
      auto& service = *static_cast<Service*>(events[static_cast<std::size_t>(i)].data.ptr);
      service.go_on();
      if (service.ended()) ++ended;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return std::fprintf(stderr, "usage: see the top of provision.cpp\n"), 2;
  const auto port = static_cast<std::uint16_t>(std::stoi(argv[1]));
  const auto count = std::stoul(argv[2]), sessions = std::stoul(argv[5]);
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  SSL_CTX* const context =
      SSL_CTX_new_ex(sconectl::casd::tls_library(), nullptr, TLS_client_method());
  std::mt19937 random(std::random_device{}());
  std::deque<Service> services;
  for (std::size_t i = 0; i < count; ++i)
    services.emplace_back(argv[3] + std::to_string(random() % sessions) + argv[4], argv[6]);

  const auto begin = Clock::now();
  std::vector<std::pair<int, std::size_t>> shares(std::thread::hardware_concurrency());
  for (auto& share : shares) share.first = epoll_create1(0);
  for (std::size_t i = 0; i < count; ++i) {
    auto& share = shares[i % shares.size()];
    services[i].start(context, port, share.first);
    if (!services[i].ended()) ++share.second;
  }
  std::vector<std::thread> threads;
  for (const auto& [poll, size] : shares)
    if (size > 0) threads.emplace_back(wait_for, poll, size);
  for (auto& thread : threads) thread.join();

  std::vector<double> times;
  for (const auto& service : services)
    if (service.good())
      times.push_back(std::chrono::duration<double>(service.when() - begin).count());
  std::sort(times.begin(), times.end());
  std::printf("%zu %zu %.3f %.3f\n", times.size(), count - times.size(),
              times.empty() ? 0.0 : times.back(), times.empty() ? 0.0 : times[times.size() / 2]);
  return 0;
}
