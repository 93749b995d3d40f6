// Where the database key lives between two starts.
#pragma once

#include <filesystem>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// Keeps one 32-byte key for the next start. The place of a hardware seal: an implementation for a
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
  [[nodiscard]] virtual crypto::Secret open() const = 0;
};

/// The key in a file with mode 0600, as 64 hex digits and a newline (CC-002, CC-030). A file that
/// others may read is refused; a group of this process is not among them (host::FileAccess).
class KeyFile : public KeyStore {
 public:
  explicit KeyFile(std::filesystem::path path) : path_(std::move(path)) {}
  [[nodiscard]] bool exists() const override;
  crypto::Secret create() override;
  [[nodiscard]] crypto::Secret open() const override;

 private:
  std::filesystem::path path_;
};

}  // namespace sconectl::casd
