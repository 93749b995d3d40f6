#include "attest/signed_json.hpp"

#include <optional>
#include <set>

#include "attest/refuse.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::attest {
namespace {

constexpr std::size_t most_bytes = std::size_t{4} << 20U;
constexpr int deepest = 16;

/// Refuses repeated members: readers differ in which of them counts.
class Watch {
 public:
  explicit Watch(std::string_view what) : what_(what) {}

  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > deepest) unreadable(what_, "it is nested too deep");
    if (event == Json::parse_event_t::object_start) names_.emplace_back();
    if (event == Json::parse_event_t::object_end) names_.pop_back();
    if (event == Json::parse_event_t::key &&
        !names_.back().insert(parsed.get<std::string>()).second)
      unreadable(what_, fmt::format("'{}' stands there twice", parsed.get<std::string>()));
    return true;
  }

 private:
  std::string_view what_;
  std::vector<std::set<std::string>> names_;
};

/// The bytes of a member's value in the text of an object that is known to be JSON.
class Slicer {
 public:
  explicit Slicer(std::string_view text) : text_(text) {}

  /// Nothing for a member whose name is written with escapes.
  std::optional<std::string_view> value_of(std::string_view name) {
    at_ = text_.find('{') + 1;
    while (true) {
      at_ = text_.find('"', at_);
      if (at_ == std::string_view::npos) return std::nullopt;
      const std::size_t key = at_;
      skip_string();
      const bool found = text_.substr(key + 1, at_ - key - 2) == name;
      at_ = text_.find_first_not_of(" \t\r\n", text_.find(':', at_) + 1);
      const std::size_t begin = at_;
      skip_value();
      if (found) return text_.substr(begin, at_ - begin);
    }
  }

 private:
  void skip_string() {
    for (++at_; text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    ++at_;
  }
  void skip_value() {
    int depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    } while (depth > 0 || (text_[at_] != ',' && text_[at_] != '}'));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

SignedJson read_signed_json(std::string_view text, const char* member, std::string_view what) {
  if (text.size() > most_bytes) unreadable(what, "it is larger than 4 MiB");
  Json document;
  try {
    document = Json::parse(text, Watch(what));
  } catch (const Json::exception& error) {
    unreadable(what, fmt::format("it is not JSON: {}", error.what()));
  }
  SignedJson result;
  const JsonObject outer(document, what);
  static_cast<void>(outer.object(member));
  result.signature = outer.bytes("signature", 64);
  const auto signed_text = Slicer(text).value_of(member);
  if (!signed_text) unreadable(what, fmt::format("the name '{}' is written with escapes", member));
  result.signed_text = *signed_text;
  result.value = std::make_unique<const Json>(std::move(document[member]));
  return result;
}

JsonObject::JsonObject(const Json& value, std::string_view what) : value_(value), what_(what) {
  if (!value.is_object()) unreadable(what, "it is not a JSON object");
}

void JsonObject::fail(const char* key, std::string_view expected) const {
  unreadable(what_, fmt::format("'{}' must be {}", key, expected));
}

const Json& JsonObject::member(const char* key) const {
  const auto found = value_.find(key);
  if (found == value_.end()) unreadable(what_, fmt::format("'{}' is missing", key));
  return *found;
}

const Json& JsonObject::array(const char* key) const {
  const Json& value = member(key);
  if (!value.is_array()) fail(key, "a list");
  return value;
}

std::string JsonObject::text(const char* key) const {
  const Json& value = member(key);
  if (!value.is_string()) fail(key, "a text");
  return value.get<std::string>();
}

int JsonObject::number(const char* key, int largest) const {
  const Json& value = member(key);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > static_cast<unsigned>(largest))
    fail(key, fmt::format("a number from 0 to {}", largest));
  return value.get<int>();
}

std::string JsonObject::bytes(const char* key, std::size_t size) const {
  auto result = crypto::unhex(text(key));
  if (!result || result->size() != size) fail(key, fmt::format("{} hex digits", 2 * size));
  return *std::move(result);
}

std::uint32_t JsonObject::little_endian(const char* key) const {
  std::uint32_t result = 0;
  const std::string raw = bytes(key, 4);
  for (std::size_t i = raw.size(); i-- > 0;)
    result = result << 8U | static_cast<unsigned char>(raw[i]);
  return result;
}

crypto::Time JsonObject::time(const char* key) const {
  const auto result = text::time(text(key));
  if (!result) fail(key, "a time such as 2025-06-19T10:56:11Z");
  return *result;
}

JsonObject JsonObject::object(const char* key) const {
  const Json& value = member(key);
  if (!value.is_object()) fail(key, "an object");
  return {value, what_};
}

std::vector<JsonObject> JsonObject::objects(const char* key) const {
  std::vector<JsonObject> result;
  for (const Json& value : array(key)) {
    if (!value.is_object()) fail(key, "a list of objects");
    result.emplace_back(value, what_);
  }
  return result;
}

std::vector<std::string> JsonObject::texts_or_none(const char* key) const {
  std::vector<std::string> result;
  if (!has(key)) return result;
  for (const Json& value : array(key)) {
    if (!value.is_string()) fail(key, "a list of texts");
    result.push_back(value.get<std::string>());
  }
  return result;
}

TcbStatus JsonObject::status(const char* key) const {
  const auto result = text::from_word<TcbStatus>(text(key));
  if (!result || *result == TcbStatus::not_supported || *result == TcbStatus::td_relaunch_advised ||
      *result == TcbStatus::td_relaunch_advised_configuration_needed)
    fail(key, "a status such as UpToDate or OutOfDate");
  return *result;
}

}  // namespace sconectl::attest
