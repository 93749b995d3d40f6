#include "casd/store/row_seal.hpp"

#include <algorithm>
#include <mutex>
#include <optional>

#include "sconectl/crypto/seal.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {
constexpr std::size_t seal_end_bytes = 16;

std::optional<crypto::Secret> opened_by(const crypto::Secret& key, std::string_view sealed,
                                        std::string_view place) {
  try {
    return crypto::open(key.view(), sealed, place);
  } catch (const diag::Error&) {  // another one may open it
    return std::nullopt;
  }
}
}  // namespace

std::string place(std::string_view table, std::initializer_list<std::string_view> columns) {
  std::string result(table);
  for (const auto column : columns) {
    result += '/';
    result += std::to_string(column.size());
    result += ':';
    result += column;
  }
  return result;
}

std::string seal_end(std::string_view sealed) {
  return std::string(sealed.substr(sealed.size() - std::min(sealed.size(), seal_end_bytes)));
}

RowSeal::Key::Key(crypto::Secret bytes)
    : key(std::move(bytes)),
      digest_key(crypto::view(crypto::hmac_sha256(key.view(), "sconectl cas rows v1"))) {}

RowSeal::RowSeal(crypto::Secret key) {
  change_key(std::move(key));
}

/// Under the lock. No key is kept twice.
RowSeal::Key* RowSeal::known(crypto::Secret key) const {
  for (const auto& each : keys_)
    if (crypto::constant_time_equal(each->key.view(), key.view())) return each.get();
  keys_.push_back(std::make_unique<Key>(std::move(key)));
  return keys_.back().get();
}

void RowSeal::change_key(crypto::Secret next) {
  const std::lock_guard lock(changing_);
  Key* const key = known(std::move(next));
  before_ = current_.load();
  if (before_ != nullptr) before_->replaced = true;
  key->replaced = false;
  current_ = key;
}

void RowSeal::change_back() {
  const std::lock_guard lock(changing_);
  before_->replaced = false;
  current_ = before_;
}

bool RowSeal::is_key(const crypto::Secret& key) const {
  return crypto::constant_time_equal(current_.load()->key.view(), key.view());
}

crypto::Digest RowSeal::digest(std::string_view sealed, std::string_view place) const {
  return crypto::hmac_sha256(current_.load()->digest_key.view(),
                             seal_end(sealed) + std::string(place));
}

std::string RowSeal::seal(std::string_view plaintext, std::string_view place) const {
  return crypto::seal(current_.load()->key.view(), plaintext, place);
}

crypto::Secret RowSeal::open(std::string_view sealed, std::string_view place) const {
  auto found = opened(sealed, place);
  if (found.key != nullptr) return std::move(found.text);
  throw diag::Error(
      diag::ErrorKind::failed,
      "the CAS database was changed from outside, or its key file belongs to another database",
      {"an entry of table " + std::string(place.substr(0, place.find('/'))) + " does not open"});
}

RowSeal::Taken RowSeal::take_key_of(std::string_view sealed, std::string_view place) {
  Key* const key = opened(sealed, place).key;
  const std::lock_guard lock(changing_);
  if (key == nullptr || key->replaced) return Taken::no_key;
  if (key == current_) return Taken::was_the_key;
  current_.load()->replaced = true;
  current_ = key;
  return Taken::is_the_key_now;
}

RowSeal::Opened RowSeal::opened(std::string_view sealed, std::string_view place) const {
  Key* const current = current_;
  if (auto text = opened_by(current->key, sealed, place)) return {current, std::move(*text)};
  auto found = opened_by_any(sealed, place);
  if (found.key != nullptr || !further_) return found;
  auto further = further_();
  {
    const std::lock_guard lock(changing_);
    for (auto& key : further) (void)known(std::move(key));
  }
  return opened_by_any(sealed, place);
}

RowSeal::Opened RowSeal::opened_by_any(std::string_view sealed, std::string_view place) const {
  const std::shared_lock lock(changing_);
  for (const auto& key : keys_)
    if (auto text = opened_by(key->key, sealed, place)) return {key.get(), std::move(*text)};
  return {};
}

}  // namespace sconectl::casd
