// A JSON document with secrets in it.
#pragma once

#include "json.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::cas {

/// Overwrites every text in it when it goes away, also on the way of an exception.
struct WipedJson {
  Json json;

  explicit WipedJson(Json&& value) : json(std::move(value)) {}
  WipedJson(const WipedJson&) = delete;
  WipedJson& operator=(const WipedJson&) = delete;
  ~WipedJson() { wipe(json); }

 private:
  static void wipe(Json& value) noexcept {
    if (value.is_string()) {
      crypto::wipe(value.get_ref<std::string&>());
    } else if (value.is_structured()) {
      for (Json& element : value) wipe(element);
    }
  }
};

}  // namespace sconectl::cas
