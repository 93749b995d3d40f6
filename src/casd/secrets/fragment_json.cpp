#include "casd/secrets/fragment_json.hpp"

#include "sconectl/session/placeholder.hpp"

namespace sconectl::casd {

namespace {

std::string json_string(std::string_view text) {
  return '"' + session::escape_json(text) + '"';
}

std::size_t digits(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end - from;
}

/// A number that JSON writes like YAML: -12.5e3, without leading zeros.
bool json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto whole = digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const auto fraction = digits(text, at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const auto exponent = digits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

std::string scalar(const yaml::Value& value) {
  if (value.plain()) {
    if (const auto truth = yaml::boolean(value)) return *truth ? "true" : "false";
    if (json_number(value.text())) return value.text();
    if (const auto number = yaml::integer(value)) return std::to_string(*number);
  }
  return json_string(value.text());
}

}  // namespace

std::string fragment_json(const yaml::Value& value) {
  std::string result;
  switch (value.kind()) {
    case yaml::Kind::null:
      return "null";
    case yaml::Kind::scalar:
      return scalar(value);
    case yaml::Kind::sequence:
      for (const auto& item : value.items())
        result += (result.empty() ? "" : ",") + fragment_json(item);
      return "[" + result + "]";
    case yaml::Kind::mapping:
      for (const auto& entry : value.entries())
        result +=
            (result.empty() ? "" : ",") + json_string(entry.key) + ":" + fragment_json(entry.value);
      return "{" + result + "}";
  }
  return "null";
}

}  // namespace sconectl::casd
