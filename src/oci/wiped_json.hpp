// JSON that holds passwords or tokens.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::oci {

/// Its texts leave the memory with it, and the text that it was read from at once. What is no
/// object is read as an empty one.
class WipedJson {
 public:
  using Json = nlohmann::ordered_json;

  explicit WipedJson(std::string& text) : json_(Json::parse(text, nullptr, false)) {
    crypto::wipe(text);
    was_object_ = json_.is_object();
    if (was_object_) return;
    wipe(json_);
    json_ = Json::object();
  }
  WipedJson(const WipedJson&) = delete;
  WipedJson& operator=(const WipedJson&) = delete;
  ~WipedJson() { wipe(json_); }

  [[nodiscard]] const Json& get() const { return json_; }
  [[nodiscard]] bool was_object() const { return was_object_; }

 private:
  static void wipe(Json& json) noexcept {
    if (auto* text = json.get_ptr<std::string*>()) crypto::wipe(*text);
    if (auto* array = json.get_ptr<Json::array_t*>())
      for (Json& each : *array) wipe(each);
    if (auto* object = json.get_ptr<Json::object_t*>())
      for (auto& [name, each] : *object) wipe(each);
  }

  Json json_;
  bool was_object_ = false;
};

}  // namespace sconectl::oci
