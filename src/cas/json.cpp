#include "json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cas {
namespace {

using diag::Error;
using diag::ErrorKind;

[[noreturn]] void refuse_json(std::string_view what, std::string_view why) {
  throw Error(ErrorKind::invalid, fmt::format("{}: {}", what, why));
}

// Watches the parser: nlohmann itself sets no limit to depth and lets the last of equal keys win.
class Watch {
 public:
  explicit Watch(std::string_view what) : what_(what) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    switch (event) {
      case Json::parse_event_t::object_start:
      case Json::parse_event_t::array_start:
        if (depth >= max_json_depth) refuse_json(what_, "the JSON is nested too deeply");
        keys_.emplace_back();
        break;
      case Json::parse_event_t::object_end:
      case Json::parse_event_t::array_end:
        keys_.pop_back();
        break;
      case Json::parse_event_t::key:
        if (!keys_.back().insert(parsed.get_ref<const std::string&>()).second)
          refuse_json(what_, "a key stands twice in one JSON object");
        break;
      case Json::parse_event_t::value:
        break;
    }
    return true;
  }

 private:
  std::string_view what_;
  std::vector<std::set<std::string>> keys_;
};

constexpr char as_it_is = '\0';
constexpr char something_else = '?';

/// What stands behind a backslash for a byte; something_else: json_text() knows.
constexpr std::array<char, 256> short_escapes = [] {
  std::array<char, 256> escapes{};
  for (std::size_t byte = 0; byte < escapes.size(); ++byte)
    escapes[byte] = byte < 0x20 || byte > 0x7e ? something_else : as_it_is;
  escapes['\n'] = 'n';
  escapes['\t'] = 't';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}();

}  // namespace

Json parse_json(std::string_view text, std::string_view what) {
  if (text.size() > max_json_bytes) refuse_json(what, "the JSON is too large");
  try {
    Watch watch(what);
    return Json::parse(text.begin(), text.end(), std::ref(watch));
  } catch (const Json::exception&) {
    // The library's text quotes the input, which may hold a secret.
    refuse_json(what, "this is not UTF-8 JSON");
  }
}

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_string(std::string_view text) {
  std::string result;
  result.reserve(text.size() + text.size() / 16 + 16);
  result += '"';
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char short_escape = short_escapes[static_cast<unsigned char>(text[i])];
    if (short_escape == as_it_is) continue;
    if (short_escape == something_else) return json_text(Json(text));
    result.append(text, written, i - written);
    result += '\\';
    result += short_escape;
    written = i + 1;
  }
  result.append(text, written);
  result += '"';
  return result;
}

Members::Members(const Json& value, std::string_view what) : value_(value), what_(what) {
  if (!value.is_object()) refuse_json(what, "a JSON object is expected");
}

const Json* Members::present(const char* key) const {
  const auto found = value_.find(key);
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

const Json& Members::member(const char* key) const {
  const Json* found = present(key);
  if (found == nullptr) refuse_json(what_, fmt::format("'{}' is missing", key));
  return *found;
}

void Members::fail(const char* key, std::string_view expected) const {
  refuse_json(what_, fmt::format("'{}' must be {}", key, expected));
}

bool Members::has(const char* key) const {
  return present(key) != nullptr;
}

std::string Members::text(const char* key) const {
  const Json& found = member(key);
  if (!found.is_string()) fail(key, "a text");
  return found.get<std::string>();
}

std::optional<std::string> Members::optional_text(const char* key) const {
  return has(key) ? std::optional(text(key)) : std::nullopt;
}

bool Members::boolean(const char* key) const {
  const Json& found = member(key);
  if (!found.is_boolean()) fail(key, "true or false");
  return found.get<bool>();
}

bool Members::boolean_or(const char* key, bool otherwise) const {
  return has(key) ? boolean(key) : otherwise;
}

std::uint64_t Members::number(const char* key, std::uint64_t largest) const {
  const Json& found = member(key);
  if (!found.is_number_unsigned() || found.get<std::uint64_t>() > largest)
    fail(key, fmt::format("a whole number from 0 to {}", largest));
  return found.get<std::uint64_t>();
}

std::string Members::hash(const char* key) const {
  return crypto::hex(hex_bytes(key, 32, 32));
}

std::optional<std::string> Members::optional_hash(const char* key) const {
  return has(key) ? std::optional(hash(key)) : std::nullopt;
}

std::string Members::hex_bytes(const char* key, std::size_t least, std::size_t most) const {
  auto bytes = crypto::unhex(text(key));
  if (!bytes || bytes->size() < least || bytes->size() > most) {
    fail(key, least == most ? fmt::format("{} hex digits", 2 * least)
                            : fmt::format("{} to {} hex digits", 2 * least, 2 * most));
  }
  return *std::move(bytes);
}

std::string Members::base64_bytes(const char* key) const {
  auto bytes = crypto::unbase64(text(key));
  if (!bytes) fail(key, "base64 text");
  return *std::move(bytes);
}

const Json& Members::object(const char* key) const {
  const Json& found = member(key);
  if (!found.is_object()) fail(key, "a JSON object");
  return found;
}

const Json& Members::array(const char* key) const {
  const Json& found = member(key);
  if (!found.is_array()) fail(key, "a JSON array");
  return found;
}

std::vector<std::string> Members::texts(const char* key) const {
  std::vector<std::string> result;
  for (const Json& element : array(key)) {
    if (!element.is_string()) fail(key, "an array of texts");
    result.push_back(element.get<std::string>());
  }
  return result;
}

std::vector<std::string> Members::texts_or_none(const char* key) const {
  return has(key) ? texts(key) : std::vector<std::string>{};
}

void Members::only(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : value_.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      refuse_json(what_, fmt::format("unknown member '{}'", key.substr(0, 64)));
  }
}

}  // namespace sconectl::cas
