#include "enclave/toml_writing.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::enclave {
namespace {

std::string quoted_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (text::is_control(c)) {
      result += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result += '"';
}

std::string key_text(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return text::is_alphanumeric(c) || c == '_' || c == '-';
  });
  return bare ? std::string(key) : quoted_text(key);
}

std::string real_number(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  const std::string digits = fmt::format("{}", number);
  return digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;
}

std::string value_text(const toml::node& node);

std::string inline_table(const toml::table& table) {
  std::string text;
  for (const auto& [key, value] : table) {
    text += text.empty() ? " " : ", ";
    text += key_text(key);
    text += " = ";
    text += value_text(value);
  }
  return text.empty() ? "{}" : "{" + text + " }";
}

std::string list_text(const toml::array& list) {
  if (list.empty()) return "[]";
  std::string text = "[\n";
  for (const toml::node& value : list) {
    text += "  ";
    text += value_text(value);
    text += ",\n";
  }
  return text += "]";
}

std::string value_text(const toml::node& node) {
  if (const auto* table = node.as_table()) return inline_table(*table);
  if (const auto* list = node.as_array()) return list_text(*list);
  if (const auto* text = node.as_string()) return quoted_text(text->get());
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* number = node.as_floating_point()) return real_number(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  throw diag::Error(diag::ErrorKind::invalid, "a manifest of Gramine holds no dates");
}

void write_table(const toml::table& table, const std::string& path, std::string& out) {
  std::string values;
  for (const auto& [key, value] : table)
    if (!value.is_table()) values += fmt::format("{} = {}\n", key_text(key), value_text(value));
  if (!values.empty() && !path.empty()) out += fmt::format("\n[{}]\n", path);
  out += values;
  for (const auto& [key, value] : table)
    if (const auto* inner = value.as_table())
      write_table(*inner, path.empty() ? key_text(key) : path + "." + key_text(key), out);
}

}  // namespace

std::string write_toml(const toml::table& table) {
  std::string text;
  write_table(table, "", text);
  return text.starts_with('\n') ? text.substr(1) : text;
}

}  // namespace sconectl::enclave
