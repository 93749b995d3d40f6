#include "casd/store/row_seal.hpp"

#include <algorithm>

#include "sconectl/crypto/seal.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {
constexpr std::size_t seal_end_bytes = 16;
}

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

void RowSeal::change_key(crypto::Secret next) {
  keys_.push_back(std::make_unique<const Key>(std::move(next)));
  before_ = current_.load();
  current_ = keys_.back().get();
}

void RowSeal::change_back() {
  const Key* const taken_back = current_.load();
  current_ = before_.load();
  before_ = taken_back;
}

crypto::Digest RowSeal::digest(std::string_view sealed, std::string_view place) const {
  return crypto::hmac_sha256(current_.load()->digest_key.view(),
                             seal_end(sealed) + std::string(place));
}

std::string RowSeal::seal(std::string_view plaintext, std::string_view place) const {
  return crypto::seal(current_.load()->key.view(), plaintext, place);
}

crypto::Secret RowSeal::open(std::string_view sealed, std::string_view place) const {
  for (const Key* key : {current_.load(), before_.load()}) {
    if (key == nullptr) continue;
    try {
      return crypto::open(key->key.view(), sealed, place);
    } catch (const diag::Error&) {  // the other one may open it
    }
  }
  throw diag::Error(
      diag::ErrorKind::failed,
      "the CAS database was changed from outside, or its key file belongs to another database",
      {"an entry of table " + std::string(place.substr(0, place.find('/'))) + " does not open"});
}

}  // namespace sconectl::casd
