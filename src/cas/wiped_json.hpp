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
    if (auto* text = value.get_ptr<Json::string_t*>()) {
      crypto::wipe(*text);
    } else if (auto* array = value.get_ptr<Json::array_t*>()) {
      for (Json& element : *array) wipe(element);
    } else if (auto* object = value.get_ptr<Json::object_t*>()) {
      for (auto& [key, element] : *object) wipe(element);
    }
  }
};

}  // namespace sconectl::cas
