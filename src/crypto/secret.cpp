#include "sconectl/crypto/secret.hpp"

#include <openssl/crypto.h>

#include <cassert>
#include <cstring>
#include <utility>

namespace sconectl::crypto {

Secret::Secret(std::string_view bytes) {
  if (bytes.empty()) return;
  bytes_ = std::make_unique<std::uint8_t[]>(bytes.size());
  size_ = bytes.size();
  std::memcpy(bytes_.get(), bytes.data(), size_);
}

Secret Secret::zeros(std::size_t size) {
  Secret result;
  if (size == 0) return result;
  result.bytes_ = std::make_unique<std::uint8_t[]>(size);
  result.size_ = size;
  return result;
}

Secret Secret::adopt(std::string&& text) {
  Secret result{std::string_view(text)};
  wipe(text);
  return result;
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  clear();
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

Secret::~Secret() {
  clear();
}

std::string_view Secret::view() const {
  if (size_ == 0) return {};
  return {reinterpret_cast<const char*>(bytes_.get()), size_};
}

void Secret::append(std::string_view more) {
  if (more.empty()) return;
  Secret grown = zeros(size_ + more.size());
  if (size_ > 0) std::memcpy(grown.bytes_.get(), bytes_.get(), size_);
  std::memcpy(grown.bytes_.get() + size_, more.data(), more.size());
  *this = std::move(grown);
}

void Secret::truncate(std::size_t size) {
  assert(size <= size_);
  *this = Secret(view().substr(0, size));
}

void Secret::clear() noexcept {
  if (bytes_) OPENSSL_cleanse(bytes_.get(), size_);
  bytes_.reset();
  size_ = 0;
}

void wipe(std::string& text) noexcept {
  // The short text of an earlier, longer value may still stand behind size(): overwrite all of it.
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace sconectl::crypto
