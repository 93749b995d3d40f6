// Where a CAS listens that nobody told where.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "casd/connections/connection_server.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

/// The ports of 127.0.0.1 that a CAS had at its last start. Services and trust refer to them, so it
/// takes them again.
struct LastPorts {
  std::optional<std::uint16_t> api;
  std::optional<std::uint16_t> enclave;
};

/// Those in the file that a CAS leaves behind; empty if there is none that can be read.
[[nodiscard]] LastPorts last_ports(const host::Files& files, const std::filesystem::path& endpoint);

/// Listens on 127.0.0.1: on the port of the last start, else on `usual`, and if others have these,
/// on the first free one of the hundred ports above. Returns the port; Error{unavailable} if all
/// are taken, which names the `option` for another one.
[[nodiscard]] std::uint16_t listen_on_usual_port(ConnectionServer& server,
                                                 const std::shared_ptr<Protocol>& protocol,
                                                 std::optional<std::uint16_t> last,
                                                 std::uint16_t usual, std::string_view option);

/// "127.0.0.1:8081"
[[nodiscard]] std::string loopback(std::uint16_t port);

}  // namespace sconectl::casd
