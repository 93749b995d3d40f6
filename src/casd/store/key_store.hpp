// Where the database key lives between two starts.
#pragma once

#include <filesystem>

#include "casd/store/database.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// In the data directory.
inline constexpr const char* key_file_name = "cas.key-store";
/// There in a directory whose rows are in a database that several share.
inline constexpr const char* shared_marker = "cas.shared";

/// 32 bytes each.
struct DatabaseKeys {
  crypto::Secret key;
  crypto::Secret next;  ///< that the database gets or has got already (cas key rotate); or empty
};

/// Keeps the key for the next start. The place of a hardware seal: an implementation for a
/// trusted execution environment seals the key instead of trusting file permissions (CC-062).
class KeyStore {
 public:
  KeyStore() = default;
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;
  virtual ~KeyStore() = default;

  [[nodiscard]] virtual bool exists() const = 0;
  /// Makes a fresh random key and keeps it; durable on return.
  virtual crypto::Secret create() = 0;
  /// Throws Error{unavailable} if there is none, Error{invalid} if it is not a key.
  [[nodiscard]] virtual DatabaseKeys open() const = 0;
};

/// The key in a file with mode 0600, as 64 hex digits and a newline (CC-002, CC-030), then the next
/// one, if there is to be one, after "next: "; or that text sealed in the format of age (seal_key).
/// A file that others may read is refused; a group of this process is not among them
/// (host::FileAccess).
class KeyFile : public KeyStore {
 public:
  explicit KeyFile(std::filesystem::path path, KeyIdentities identities = {})
      : path_(std::move(path)), identities_(std::move(identities)) {}
  [[nodiscard]] bool exists() const override;
  crypto::Secret create() override;
  /// Throws Error{refused} too: it is sealed, and no identity opens it.
  [[nodiscard]] DatabaseKeys open() const override;
  /// `taken` is the key, and what was before it is no more. Nothing of a sealed file, which only
  /// those can write anew who know to whom it is sealed (seal_key).
  void forget_old_key(const crypto::Secret& taken) const;
  [[nodiscard]] bool sealed() const;
  /// What the file would be without a seal.
  [[nodiscard]] static crypto::Secret text_of(const DatabaseKeys& keys);

 private:
  [[nodiscard]] crypto::Secret unsealed(std::string_view bytes) const;

  std::filesystem::path path_;
  KeyIdentities identities_;
};

/// The newest counters of the database open with it.
[[nodiscard]] bool is_key_of(Connection& connection, const crypto::Secret& key);
/// The next key alone, if the database has got it already; else both.
[[nodiscard]] DatabaseKeys without_old_key(Connection& connection, DatabaseKeys keys);

}  // namespace sconectl::casd
