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
    if (json.is_string()) crypto::wipe(json.get_ref<std::string&>());
    if (json.is_structured())
      for (Json& each : json) wipe(each);
  }

  Json json_;
  bool was_object_ = false;
};

}  // namespace sconectl::oci
