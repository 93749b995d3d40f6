// What both configuration files of a CAS are read with.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "sconectl/yaml/map_reader.hpp"

namespace sconectl::cas {

/// A duration such as "24h". Where `zero` says so it is one of waiting: also "0" and "0s", and at
/// most longest_wait.
enum class Zero { refused, allowed };
[[nodiscard]] std::optional<std::chrono::seconds> duration(yaml::MapReader& map,
                                                           std::string_view key,
                                                           Zero zero = Zero::refused);

/// An integer between two others.
[[nodiscard]] std::optional<long long> integer_between(yaml::MapReader& map, std::string_view key,
                                                       long long least, long long most);

/// The text of a key if `fault` has nothing against it; otherwise its words, which follow the name
/// of the key ("is not ..."), are a mistake at the value.
using Fault = std::function<std::string(const std::string&)>;
[[nodiscard]] std::optional<std::string> checked_text(yaml::MapReader& map, std::string_view key,
                                                      const Fault& fault);
/// The texts of a list, or of a single scalar, which each are checked.
[[nodiscard]] std::vector<std::string> checked_texts(yaml::MapReader& map, std::string_view key,
                                                     const Fault& fault);

/// Why it is not "IP:PORT" or "[IPv6]:PORT"; "" if it is.
[[nodiscard]] std::string listen_address_fault(const std::string& text);
/// Why it is neither a DNS name nor an IP address that clients take; "" if it is one.
[[nodiscard]] std::string host_name_fault(const std::string& text);
/// Why it is not so many hex digits; "" if it is.
[[nodiscard]] std::string hex_fault(const std::string& text, std::size_t digits);

}  // namespace sconectl::cas
