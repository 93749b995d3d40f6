// What a final manifest of Gramine says about its enclave.
#pragma once

#include <string>

#include "sconectl/enclave/measurement.hpp"
#include "sconectl/enclave/sigstruct.hpp"

namespace sconectl::enclave {

struct EnclaveSettings {
  EnclaveShape shape;
  /// What the manifest decides of what is signed; date and MRENCLAVE are not filled in.
  EnclaveStatement statement;
};

/// Of a manifest as Gramine gets it (`*.manifest.sgx`): every trusted file and the first program
/// have their hashes. `name` is that of the file, for messages. Throws Error{invalid} with all
/// mistakes and their places, also for a manifest that is not final.
[[nodiscard]] EnclaveSettings settings_of(const std::string& name, const std::string& manifest);

/// "256M", "0x10000000": a number with K, M or G. Throws Error{invalid}.
[[nodiscard]] std::uint64_t size_of(const std::string& words);

}  // namespace sconectl::enclave
