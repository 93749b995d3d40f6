// `sconectl signer`: enclaves are measured and signed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/system.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/enclave/sigstruct.hpp"

namespace sconectl::action {

/// Who signs: a key in a file, or a program that has one elsewhere (HSM, Key Vault).
struct SignerOptions {
  /// PEM, encrypted or not; the passphrase is asked on the terminal.
  std::optional<std::filesystem::path> key;
  /// Program and arguments. It gets the SHA-256 to be signed as base64 on its standard input and in
  /// SCONECTL_DIGEST, and prints the RSA signature (PKCS#1 v1.5) as base64, hex or raw bytes.
  std::vector<std::string> command;
  /// A signature that was made before, in the same forms.
  std::optional<std::filesystem::path> signature;
  /// PEM; needed with `command` and `signature`.
  std::optional<std::filesystem::path> public_key;
};

/// Where Gramine is installed, for the measurement.
struct GramineInstallation {
  /// With bin/gramine-sgx and lib/x86_64-linux-gnu/gramine or lib64/gramine.
  std::filesystem::path prefix = "/usr";
};

/// A signer whose keys have been read.
struct Signer {
  SignerOptions options;
  std::optional<crypto::PrivateKey> key;
  std::optional<crypto::PublicKey> public_key;
};

/// Before what takes long. Throws Error{usage} unless exactly one way to sign is chosen,
/// Error{invalid} for another kind of key.
[[nodiscard]] Signer read_signer(System& system, const SignerOptions& options);

/// The SIGSTRUCT of a statement. Throws Error{invalid} for a signature that does not fit,
/// Error{failed} for a program that fails.
[[nodiscard]] std::string sign_enclave(System& system, const enclave::EnclaveStatement& statement,
                                       const Signer& signer);

/// What is to be signed for a file: a SIGSTRUCT, signed or not, as it stands there, or a final
/// manifest of Gramine, which is measured. `date` as in EnclaveStatement; for a SIGSTRUCT nothing
/// keeps its own. Throws Error{invalid} for other files.
[[nodiscard]] enclave::EnclaveStatement statement_of(System& system,
                                                     const std::filesystem::path& file,
                                                     const GramineInstallation& gramine,
                                                     std::optional<std::uint32_t> date);

struct MeasureOptions {
  GramineInstallation gramine;
  /// As enclave::FinishOptions has it.
  bool whole_image = false;
  /// A program of the image: it gets a link where the manifest's entry point says, beside the
  /// manifest.
  std::optional<std::string> program;
};

/// Completes a manifest of Gramine with the files of this machine (the image that is being built)
/// and measures it: `app.manifest` becomes final, and beside it are written the same as
/// `app.manifest.sgx` and the unsigned `app.sig`, whose date is 0000-00-00. Throws Error{invalid}
/// with every mistake.
enclave::EnclaveStatement measure_image(System& system, const std::filesystem::path& manifest,
                                        const MeasureOptions& options);

/// The SIGSTRUCT in a file. Throws Error{invalid} that names the file.
[[nodiscard]] enclave::Sigstruct read_sigstruct(const host::Files& files,
                                                const std::filesystem::path& file);

/// The SIGSTRUCT of an image that apply has built and the engine has. Throws Error{invalid} for
/// another image, Error{unavailable} for one that is not there.
[[nodiscard]] enclave::Sigstruct read_image_sigstruct(System& system, const std::string& reference,
                                                      const std::optional<std::string>& engine);

/// "2026-11-22" as in EnclaveStatement::date; nothing for another text.
[[nodiscard]] std::optional<std::uint32_t> signing_date(const std::string& text);
/// Of SOURCE_DATE_EPOCH, else of today (UTC).
[[nodiscard]] std::uint32_t signing_date(const System& system);

/// "app.manifest.sgx" and "app.manifest" -> "app.sig"; ".sig" behind any other name.
[[nodiscard]] std::filesystem::path sigstruct_path(const std::filesystem::path& file);

}  // namespace sconectl::action
