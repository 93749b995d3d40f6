// What both kinds of bills of materials share.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/supply/bom.hpp"

namespace sconectl::supply {

/// "2026-11-27T05:00:00Z". Times that four digits of a year do not hold are Error{invalid}.
[[nodiscard]] std::string time_text(std::chrono::sys_seconds time);

/// A UUID of version 5 (RFC 9562) that stands for this content.
[[nodiscard]] std::string content_uuid(std::string_view content);

/// For each package a name that no other package of the list has, of letters, digits, '.' and '-':
/// "deb-curl-0a1b2c3d4e5f".
[[nodiscard]] std::vector<std::string> package_ids(const std::vector<Package>& packages);

/// "Name <mail>" taken apart; either may be empty.
struct Person {
  std::string name;
  std::string mail;
};
[[nodiscard]] Person person(std::string_view text);

/// The digest of the image, else its tag.
[[nodiscard]] std::string image_version(const Bom& bom);

/// Who gives the package to those who install it: the distribution for its packages, else nobody
/// that we know of.
[[nodiscard]] std::string supplier_of(const Package& package, const Distribution& distribution);

}  // namespace sconectl::supply
