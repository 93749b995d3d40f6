// The CAS on this machine (docs/cas.md).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sconectl/action/system.hpp"
#include "sconectl/cas/identity.hpp"

namespace sconectl::action {

struct EmbeddedCas {
  std::string api;      ///< "127.0.0.1:8081"
  std::string enclave;  ///< "127.0.0.1:18765"
  std::string key_hash;
};

/// ~/.sconectl/cas
[[nodiscard]] std::filesystem::path embedded_cas_directory(const System& system);

/// The socket that containers reach it by: ~/.sconectl/containers/cas.sock. Its directory holds
/// nothing else, so that it can be shown to containers.
[[nodiscard]] std::filesystem::path embedded_cas_socket(const System& system);

/// What its data directory tells without contacting it; nothing if it never ran.
[[nodiscard]] std::optional<EmbeddedCas> recorded_embedded_cas(const System& system);

/// The same, or where a CAS that never ran will be unless others have its ports (no key hash then).
[[nodiscard]] EmbeddedCas expected_embedded_cas(const System& system);

/// The running CAS; starts it in the background if none answers, and says so. Throws
/// Error{unavailable} with what it wrote to its log as soon as it ends, or if it does not get ready
/// in time. It is asked as `identity`, so that the connection serves for the requests that follow.
[[nodiscard]] EmbeddedCas running_embedded_cas(System& system, const cas::Identity& identity);

}  // namespace sconectl::action
