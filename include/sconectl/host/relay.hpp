// Connections that are handed on to another place, byte for byte.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include "sconectl/text/address.hpp"

namespace sconectl::host {

/// Where something listens: at a TCP port of an IP address, or at a socket of the file system.
using Endpoint = std::variant<text::Address, std::filesystem::path>;

/// "127.0.0.1:18765", or the path.
[[nodiscard]] std::string text_of(const Endpoint& endpoint);

/// Whether something listens there at this moment. An address that can not be used counts as no.
[[nodiscard]] bool accepts_connections(const Endpoint& endpoint);

/// Listens at `from` and hands each connection on to `to`, in a thread of its own, until it is
/// destroyed. Where `to` does not answer, the connection is closed; so is one beyond a thousand.
/// Bytes are neither read nor changed: what is encrypted between both ends stays so.
class Relay {
 public:
  /// A socket of the file system that an earlier process left is replaced, and everybody who
  /// reaches its directory may connect to it. Throws Error{unavailable} where it can not listen.
  Relay(const Endpoint& from, const Endpoint& to);
  /// Ends all connections, and removes a socket of the file system.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace sconectl::host
