#include "sconectl/crypto/certificate_name.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace sconectl::crypto {
namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_part = 63;

bool is_label(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

/// What a character that no name has says about the mistake.
std::string character_fault(char c) {
  if (static_cast<unsigned char>(c) >= 0x80)
    return "has characters beyond ASCII; write it in its form 'xn--...'";
  if (c == ',' || c == ';' || c == ' ' || c == '\t' || c == '\n')
    return "is more than one name in one text; give each an entry of its own in a list";
  if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return "has a control character";
  if (c == '*') return "has a '*' that is not the whole first part";
  return std::string("has the character '") + c + "'";
}

std::string part_fault(std::string_view part) {
  if (part.empty()) return "has an empty part";
  if (part.size() > longest_part) return "has a part of more than 63 characters";
  const auto odd = std::find_if_not(part.begin(), part.end(), is_label);
  if (odd != part.end()) return character_fault(*odd);
  if (part.front() == '-' || part.back() == '-') return "has a part that begins or ends with '-'";
  return "";
}

}  // namespace

std::string dns_name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > longest_name) return "has more than 253 characters";
  if (name == "*") return "stands for no name: a '*' needs a domain behind it";
  if (name.starts_with("*.")) name.remove_prefix(2);
  while (true) {
    const auto dot = name.find('.');
    if (auto fault = part_fault(name.substr(0, dot)); !fault.empty()) return fault;
    if (dot == std::string_view::npos) return "";
    name.remove_prefix(dot + 1);
  }
}

std::string ip_address_fault(std::string_view address) {
  const std::string text(address);
  std::array<unsigned char, 16> bytes{};
  const bool whole = text.find('\0') == std::string::npos;
  if (whole && (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
                inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1))
    return "";
  if (text.find_first_of(",; ") != std::string::npos) return character_fault(',');
  return "is no IPv4 or IPv6 address";
}

std::string common_name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  const auto begins_character = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  };
  if (static_cast<std::size_t>(std::count_if(name.begin(), name.end(), begins_character)) >
      longest_common_name)
    return "has more than 64 characters";
  if (std::any_of(name.begin(), name.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }))
    return "has a control character";
  return "";
}

}  // namespace sconectl::crypto
