// MRENCLAVE of a Gramine enclave: what the processor will have measured when it is started
// (Intel SDM, volume 3D; EV-051 to EV-053).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/hash.hpp"

namespace sconectl::enclave {

/// What of the manifest's settings has a part in the layout.
struct EnclaveShape {
  std::uint64_t size = std::uint64_t{256} << 20U;  ///< sgx.enclave_size, bytes, a power of two
  std::uint32_t threads = 4;                       ///< sgx.max_threads
  bool edmm = false;                               ///< sgx.edmm_enable: no heap at the start
};

/// The versions of Gramine whose layout of enclaves is known here ("1.9").
[[nodiscard]] std::vector<std::string_view> known_gramine_versions();

/// The version that a Gramine's start script (`gramine-sgx`) says it is of. Throws
/// Error{unsupported} for a version whose layout is not known, Error{invalid} for another text.
[[nodiscard]] std::string gramine_version(std::string_view start_script);

/// `manifest`: the bytes of the final manifest; `libpal`: those of Gramine's sgx/libpal.so. Throws
/// Error{unsupported} for an unknown version, Error{invalid} for a libpal that is no such ELF file
/// and for an enclave that is too small or whose size is no power of two.
[[nodiscard]] crypto::Digest mr_enclave(const EnclaveShape& shape, std::string_view manifest,
                                        std::string_view libpal, std::string_view version);

}  // namespace sconectl::enclave
