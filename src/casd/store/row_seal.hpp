// Encryption of single database values, tied to their place.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// The place of a sealed value: its table and the other columns of its row. Written so that two
/// different places never give the same bytes.
[[nodiscard]] std::string place(std::string_view table,
                                std::initializer_list<std::string_view> columns);

class RowSeal {
 public:
  explicit RowSeal(crypto::Secret key) : key_(std::move(key)) {}

  [[nodiscard]] std::string seal(std::string_view plaintext, std::string_view place) const;
  /// Throws Error{failed} for bytes that were changed or that belong to another place.
  [[nodiscard]] crypto::Secret open(std::string_view sealed, std::string_view place) const;

 private:
  crypto::Secret key_;
};

}  // namespace sconectl::casd
