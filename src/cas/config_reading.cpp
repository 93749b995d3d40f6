#include "config_reading.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/cas/availability_config.hpp"
#include "sconectl/crypto/certificate_name.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/duration.hpp"
#include "sconectl/text/address.hpp"

namespace sconectl::cas {

std::optional<std::chrono::seconds> duration(yaml::MapReader& map, std::string_view key,
                                             Zero zero) {
  const auto text = map.text(key);
  if (!text) return std::nullopt;
  if (zero == Zero::allowed && (*text == "0" || *text == "0s")) return std::chrono::seconds(0);
  try {
    const auto result = session::parse_duration(*text);
    if (zero == Zero::refused || result <= longest_wait) return result;
    map.error(*map.value().find(key), fmt::format("'{}' is at most a day", map.path(key)));
    return std::nullopt;
  } catch (const diag::Error& error) {
    map.error(*map.value().find(key), fmt::format("'{}': {}", map.path(key), error.text()));
    return std::nullopt;
  }
}

std::optional<long long> integer_between(yaml::MapReader& map, std::string_view key,
                                         long long least, long long most) {
  const auto number = map.integer(key);
  if (!number || (*number >= least && *number <= most)) return number;
  map.error(*map.value().find(key),
            fmt::format("'{}' must be a number from {} to {}", map.path(key), least, most));
  return std::nullopt;
}

std::optional<std::string> checked_text(yaml::MapReader& map, std::string_view key,
                                        const Fault& fault) {
  auto text = map.text(key);
  if (!text) return std::nullopt;
  const std::string words = fault(*text);
  if (words.empty()) return text;
  map.error(*map.value().find(key), fmt::format("'{}' {}", map.path(key), words));
  return std::nullopt;
}

std::vector<std::string> checked_texts(yaml::MapReader& map, std::string_view key,
                                       const Fault& fault) {
  const yaml::Value* found = map.find(key);
  std::vector<std::string> result;
  if (found == nullptr) return result;
  if (found->is_scalar()) {
    if (auto text = checked_text(map, key, fault)) result.push_back(std::move(*text));
    return result;
  }
  const auto& items = map.list(key);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string words = items[i].is_scalar()
                                  ? fault(items[i].text())
                                  : fmt::format("must be text, this is {}", kind_name(items[i]));
    if (words.empty())
      result.push_back(items[i].text());
    else
      map.error(items[i], fmt::format("'{}' {}", map.item_path(key, i), words));
  }
  return result;
}

std::string listen_address_fault(const std::string& text) {
  try {
    const auto address = text::parse_address(text, {.otherwise = std::nullopt, .least = 0});
    if (address.host == "localhost") return "";
    const std::string fault = crypto::ip_address_fault(address.host);
    return fault.empty() ? "" : "is not of the form IP:PORT: the address " + fault;
  } catch (const diag::Error& error) {
    return "is not of the form IP:PORT: " + error.text();
  }
}

std::string host_name_fault(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
  const std::string fault = digits || text.find(':') != std::string::npos
                                ? crypto::ip_address_fault(text)
                                : crypto::dns_name_fault(text);
  return fault.empty() ? "" : "is no name that clients take: it " + fault;
}

std::string hex_fault(const std::string& text, std::size_t digits) {
  const auto bytes = crypto::unhex(text);
  return bytes && bytes->size() * 2 == digits ? "" : fmt::format("must be {} hex digits", digits);
}

}  // namespace sconectl::cas
