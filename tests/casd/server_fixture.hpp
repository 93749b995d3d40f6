// A CAS on real sockets, and the programs that talk to it.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "casd/cas_fixture.hpp"
#include "sconectl/casd/server.hpp"

namespace sconectl::test {

/// Output of a shell command of the test itself.
inline std::string shell(const std::string& command) {
  std::string output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.append(buffer.data(), got);
  pclose(pipe);
  return output;
}

class ServerTest : public testing::Test {
 protected:
  ServerTest()
      : files(host::system_files()),
        directory(*files, "server-test-"),
        at(directory.path().string()) {
    options.data = directory.path() / "data";
    options.api_listen = {"127.0.0.1:0"};
    options.enclave_listen = {"127.0.0.1:0"};
    options.log.file = directory.path() / "cas.log";
  }
  void start() {
    server = std::make_unique<casd::Server>(options);
    server->start();
    api = server->api_addresses().at(0);
    port = api.substr(api.rfind(':') + 1);
    files->write(at + "/chain.pem", server->chain_pem());
  }
  void write_client(const std::string& name, const Client& client) {
    files->write(at + "/" + name + ".crt", client.certificate.pem());
    files->write(at + "/" + name + ".key", client.key.pkcs8_pem().view());
    // As `identity` of the CLI's file: the key first (RA-080).
    files->write(at + "/" + name + ".pem",
                 std::string(client.key.pkcs8_pem().view()) + client.certificate.pem());
  }
  [[nodiscard]] std::string log() const { return files->read(options.log.file); }
  std::string curl(const std::string& arguments) { return shell("curl -sS " + arguments); }
  std::string url(const std::string& path) const { return "'https://" + api + path + "'"; }
  std::string with(const std::string& name) const {
    return " --cert " + at + "/" + name + ".crt --key " + at + "/" + name + ".key ";
  }
  /// Bytes through `openssl s_client`.
  std::string raw(const std::string& bytes, const std::string& more = "") {
    files->write(at + "/raw", bytes);
    return shell("timeout 10 openssl s_client -quiet -ign_eof -connect " + api + " " + more +
                 " < " + at + "/raw");
  }

  /// A socket that has said nothing yet; -1 where nobody listens (any more).
  [[nodiscard]] int connected() const {
    const int connection = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0)
      return connection;
    close(connection);
    return -1;
  }

  std::unique_ptr<host::Files> files;
  host::TemporaryDirectory directory;
  std::string at;
  casd::ServerOptions options;
  std::unique_ptr<casd::Server> server;
  std::string api, port;
};

}  // namespace sconectl::test
