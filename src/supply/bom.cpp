#include "supply/bom.hpp"

#include <fmt/core.h>

#include <set>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "supply/reference.hpp"

namespace sconectl::supply {
namespace {

/// The namespace of our UUIDs; it may never change.
constexpr std::string_view uuid_namespace =
    "\x8e\x0c\x5b\x1d\x37\x52\x4f\x0a\x9b\x44\x61\xd2\xc0\x7e\x93\xa8";

}  // namespace

std::string time_text(std::chrono::sys_seconds time) {
  using namespace std::chrono;
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  const int year = static_cast<int>(date.year());
  if (year < 1970 || year > 9999) {
    throw diag::Error(diag::ErrorKind::invalid,
                      "the time of a document lies between the years 1970 and 9999");
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", year,
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string content_uuid(std::string_view content) {
  std::string bytes = crypto::sha1(std::string(uuid_namespace) + std::string(content));
  bytes.resize(16);
  const auto set = [&](std::size_t at, unsigned keep, unsigned put) {
    bytes[at] = static_cast<char>((static_cast<unsigned char>(bytes[at]) & keep) | put);
  };
  set(6, 0x0FU, 0x50U);  // version 5
  set(8, 0x3FU, 0x80U);  // variant of the RFC
  const std::string hex = crypto::hex(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

std::vector<std::string> package_ids(const std::vector<Package>& packages) {
  constexpr std::size_t longest_word = 60;
  std::vector<std::string> ids;
  std::set<std::string> taken;
  for (const Package& package : packages) {
    std::string word = std::string(text::word(package.type)) + "-";
    for (const char c : package.name.substr(0, longest_word)) {
      word += text::is_alphanumeric(c) || c == '.' ? c : '-';
    }
    // A count tells apart what has the same URL.
    for (int count = 0;; ++count) {
      const std::string seed =
          count == 0 ? package.purl : fmt::format("{}#{}", package.purl, count);
      const std::string digest = crypto::hex(crypto::view(crypto::sha256(seed)));
      std::string id = word + "-" + digest.substr(0, 12);
      if (!taken.insert(id).second) continue;
      ids.push_back(std::move(id));
      break;
    }
  }
  return ids;
}

Person person(std::string_view text) {
  const std::size_t open = text.find('<');
  if (open == std::string_view::npos) {
    const bool is_mail =
        text.find('@') != std::string_view::npos && text.find(' ') == std::string_view::npos;
    return is_mail ? Person{"", std::string(text)} : Person{std::string(text), ""};
  }
  std::string_view name = text::trimmed(text.substr(0, open));
  if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) {
    name = name.substr(1, name.size() - 2);
  }
  const std::string_view rest = text.substr(open + 1);
  return {std::string(name), std::string(text::trimmed(rest.substr(0, rest.find('>'))))};
}

std::string image_version(const Bom& bom) {
  return bom.digest.empty() ? parse_reference(bom.image).tag : bom.digest;
}

std::string supplier_of(const Package& package, const Distribution& distribution) {
  if (package.type != PackageType::deb && package.type != PackageType::apk) return {};
  return distribution.name.empty() ? distribution.id : distribution.name;
}

}  // namespace sconectl::supply
