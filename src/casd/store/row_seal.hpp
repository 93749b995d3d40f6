// Encryption of single database values, tied to their place.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// The place of a sealed value: its table and the other columns of its row. Written so that two
/// different places never give the same bytes.
[[nodiscard]] std::string place(std::string_view table,
                                std::initializer_list<std::string_view> columns);

/// The end of the bytes of a seal: its authentication tag.
[[nodiscard]] std::string seal_end(std::string_view sealed);

class RowSeal {
 public:
  explicit RowSeal(crypto::Secret key);

  [[nodiscard]] std::string seal(std::string_view plaintext, std::string_view place) const;
  /// Throws Error{failed} for bytes that were changed or that belong to another place.
  [[nodiscard]] crypto::Secret open(std::string_view sealed, std::string_view place) const;
  /// What stands for the row in a RowSet. The end of the seal, which is random, stands for its
  /// bytes.
  [[nodiscard]] crypto::Digest digest(std::string_view sealed, std::string_view place) const;

 private:
  crypto::Secret key_;
  crypto::Secret digest_key_;
};

}  // namespace sconectl::casd
