// Encryption of single database values, tied to their place.
#pragma once

#include <atomic>
#include <functional>
#include <initializer_list>
#include <memory>
#include <shared_mutex>
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

/// Seals with one key, and opens with all that it knows. Safe to use from several threads.
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
  /// As if that had not been, but for what opens.
  void change_back();
  [[nodiscard]] bool is_key(const crypto::Secret& key) const;

  /// Asked for keys when none that is known opens something: somebody else may have changed the
  /// key. Before the first use by several threads.
  using FurtherKeys = std::function<std::vector<crypto::Secret>()>;
  void ask_for_further_keys(FurtherKeys further) { further_ = std::move(further); }
  enum class Taken { was_the_key, is_the_key_now, no_key };
  /// From now on the key is the one that has sealed this. Never one in whose place another came:
  /// who knows it can not bring it back.
  [[nodiscard]] Taken take_key_of(std::string_view sealed, std::string_view place);

 private:
  struct Key {
    explicit Key(crypto::Secret bytes);
    crypto::Secret key;
    crypto::Secret digest_key;
    bool replaced = false;
  };
  struct Opened {
    Key* key = nullptr;
    crypto::Secret text;
  };
  [[nodiscard]] Opened opened(std::string_view sealed, std::string_view place) const;
  [[nodiscard]] Opened opened_by_any(std::string_view sealed, std::string_view place) const;
  Key* known(crypto::Secret key) const;

  FurtherKeys further_;
  mutable std::shared_mutex changing_;
  mutable std::vector<std::unique_ptr<Key>> keys_;  ///< who reads may still use any of them
  std::atomic<Key*> current_ = nullptr;
  Key* before_ = nullptr;
};

}  // namespace sconectl::casd
