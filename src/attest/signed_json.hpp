// Documents of the form {"MEMBER":{…},"signature":"HEX"}, whose signature is over the bytes of the
// inner object as they were served.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/attest/tcb_status.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::attest {

using Json = nlohmann::json;

struct SignedJson {
  std::unique_ptr<const Json> value;  ///< the inner object
  std::string signed_text;            ///< its bytes
  std::string signature;              ///< 64 raw bytes
};

/// `what` names the document in errors. Throws Error{invalid} for what is no such document, is
/// nested too deep, or repeats a member anywhere.
[[nodiscard]] SignedJson read_signed_json(std::string_view text, const char* member,
                                          std::string_view what);

/// The members of one object of such a document; each call throws Error{invalid} that names the
/// member if it is not there or has another type.
class JsonObject {
 public:
  JsonObject(const Json& value, std::string_view what);

  [[nodiscard]] bool has(const char* key) const { return value_.contains(key); }
  [[nodiscard]] std::string text(const char* key) const;
  [[nodiscard]] int number(const char* key, int largest) const;
  /// Raw bytes of hex digits of either case.
  [[nodiscard]] std::string bytes(const char* key, std::size_t size) const;
  /// Hex digits in the order of memory, least significant byte first.
  [[nodiscard]] std::uint32_t little_endian(const char* key) const;
  /// "2025-06-19T10:56:11Z".
  [[nodiscard]] crypto::Time time(const char* key) const;
  [[nodiscard]] JsonObject object(const char* key) const;
  [[nodiscard]] std::vector<JsonObject> objects(const char* key) const;
  /// Empty if the member is not there.
  [[nodiscard]] std::vector<std::string> texts_or_none(const char* key) const;
  [[nodiscard]] TcbStatus status(const char* key) const;
  [[noreturn]] void fail(const char* key, std::string_view expected) const;

 private:
  [[nodiscard]] const Json& member(const char* key) const;
  [[nodiscard]] const Json& array(const char* key) const;

  const Json& value_;
  std::string_view what_;
};

}  // namespace sconectl::attest
