// The state file of the command line, `~/.cas/config.json` (CL-019 ... CL-028): who we are and
// which CASes we trust.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sconectl/cas/identity.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/host/environment.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::cas {

/// A CAS that was attested or pinned: one entry of `cas_db` (CL-021).
struct KnownCas {
  std::string url;                     ///< "https://mycas:8081/"
  std::string chain;                   ///< PEM: software certificate, then root certificate
  std::string cas_key_hash;            ///< of the root's key
  std::string cas_software_key_hash;   ///< of the software certificate's key
  std::string session_encryption_key;  ///< 64 hex, X25519; "" if unknown
  std::string attestation;             ///< how it came to be trusted, JSON text; "" if unknown
  std::string other;  ///< members of others (`ias_report`), JSON object; "" if none
  friend bool operator==(const KnownCas&, const KnownCas&) = default;
};

/// The contents of the state file. Members that we do not know stay in it (`other`).
struct Config {
  std::optional<std::string> default_cas;
  std::optional<Identity> identity;
  std::optional<crypto::PrivateKey> session_signing_key;  ///< Ed25519 (CL-027)
  std::map<std::string, KnownCas> cas_db;                 ///< by address as typed
  /// How often the access tokens of a namespace at a CAS were replaced: "KEYHASH/NAMESPACE" ->
  /// number; 0 for those that are not there.
  std::map<std::string, std::uint64_t> token_generations;
  std::string other;  ///< JSON object; "" if none
};

/// An empty or blank text is a new Config (CL-025). Throws Error{invalid} for broken content and
/// Error{unsupported} for a file of a newer version (CL-023); neither shows any value.
[[nodiscard]] Config parse_config(std::string_view text);
/// Deterministic, ends in a newline. Holds private keys.
[[nodiscard]] crypto::Secret config_text(const Config& config);

/// The entry for `address`: by its exact text, then by equal URL (CL-014); nothing if there is
/// none.
[[nodiscard]] const KnownCas* find_cas(const Config& config, std::string_view address);

struct ChosenCas {
  std::string address;  ///< as the user wrote it
  KnownCas known;
};
/// The CAS that `address`, or without it `default_cas`, means. Throws Error{unavailable} if there
/// is no default (CL-014), Error{refused} for a CAS that is not trusted yet (CL-015); both say how
/// to attest it.
[[nodiscard]] ChosenCas chosen_cas(const Config& config,
                                   const std::optional<std::string>& address = std::nullopt);

/// The state file on disk: directory 0700, file 0600 (CL-019).
class ConfigFile {
 public:
  ConfigFile(host::Files& files, std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// A missing file is an empty Config. Throws Error{refused} for one with keys that others may
  /// read and for one that others may write, and as
  /// parse_config, naming the path.
  [[nodiscard]] Config load() const;
  /// Loads, changes and saves under a lock, so that runs at the same time lose nothing (CL-024).
  /// Nothing is written if `change` throws or changes nothing. Returns what is now in the file.
  Config update(const std::function<void(Config&)>& change);

  /// The identity and the signing key, made and saved on first need (CL-019).
  [[nodiscard]] Identity identity();
  [[nodiscard]] crypto::PrivateKey session_signing_key();

 private:
  [[nodiscard]] std::unique_ptr<host::FileLock> lock();
  void refuse_if_open_to_others(const Config& config) const;
  [[nodiscard]] Config parsed(std::string_view text) const;

  host::Files& files_;
  std::filesystem::path path_;
  /// What load() read last, by the hash of the text: keys are checked once, not at every look.
  mutable std::optional<std::pair<crypto::Digest, Config>> last_;
};

/// `option` if given, else SCONE_CLI_CONFIG, else ~/.cas/config.json (CL-001).
[[nodiscard]] std::filesystem::path config_path(
    const host::Environment& environment,
    const std::optional<std::filesystem::path>& option = std::nullopt);

}  // namespace sconectl::cas
