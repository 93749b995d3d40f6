// Encryption of single database values, tied to their place.
#pragma once

#include <atomic>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// The place of a sealed value: its table and the other columns of its row. Written so that two
/// different places never give the same bytes.
[[nodiscard]] std::string place(std::string_view table,
                                std::initializer_list<std::string_view> columns);

/// The end of the bytes of a seal: its authentication tag.
[[nodiscard]] std::string seal_end(std::string_view sealed);

/// Safe to use from several threads, of which one changes the key.
class RowSeal {
 public:
  explicit RowSeal(crypto::Secret key);

  [[nodiscard]] std::string seal(std::string_view plaintext, std::string_view place) const;
  /// Throws Error{failed} for bytes that were changed or that belong to another place.
  [[nodiscard]] crypto::Secret open(std::string_view sealed, std::string_view place) const;
  /// What stands for the row in a RowSet. The end of the seal, which is random, stands for its
  /// bytes.
  [[nodiscard]] crypto::Digest digest(std::string_view sealed, std::string_view place) const;

  /// From now on this is the key. What the one before has sealed opens, too.
  void change_key(crypto::Secret next);
  /// As if that had not been.
  void change_back();

 private:
  struct Key {
    explicit Key(crypto::Secret bytes);
    crypto::Secret key;
    crypto::Secret digest_key;
  };
  /// Who reads may still use one that was changed.
  std::vector<std::unique_ptr<const Key>> keys_;
  std::atomic<const Key*> current_ = nullptr;
  std::atomic<const Key*> before_ = nullptr;
};

}  // namespace sconectl::casd
