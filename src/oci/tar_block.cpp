#include "oci/tar_block.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::oci {
namespace {

constexpr std::size_t sum_begins = 148;
constexpr std::size_t sum_ends = 156;

/// As if the sum itself were blanks.
unsigned sum_of(std::string_view header) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i)
    sum += static_cast<unsigned char>(i >= sum_begins && i < sum_ends ? ' ' : header[i]);
  return sum;
}

}  // namespace

void damaged_archive(std::string_view why) {
  throw diag::Error(diag::ErrorKind::invalid, fmt::format("the archive is damaged: {}", why));
}

std::uint64_t number_field(std::string_view header, std::size_t at, std::size_t length) {
  const std::string_view field = header.substr(at, length);
  std::uint64_t value = 0;
  // A time before 1970.
  if (static_cast<unsigned char>(field.front()) == 0xffU) return 0;
  if ((static_cast<unsigned char>(field.front()) & 0x80U) != 0) {
    for (std::size_t i = 1; i < field.size(); ++i) {
      if (value >> 56U) damaged_archive("a number is too large");
      value = value << 8U | static_cast<unsigned char>(field[i]);
    }
    return value;
  }
  for (const char c : field) {
    if (c == ' ' && value == 0) continue;
    if (c < '0' || c > '7') break;
    if (value >> 60U) damaged_archive("a number is too large");
    value = value * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

void check_sum(std::string_view header) {
  if (sum_of(header) != number_field(header, sum_begins, sum_ends - sum_begins))
    damaged_archive("a header has a wrong checksum");
}

void put(TarHeader& header, std::size_t at, std::string_view text) {
  std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
}

void put_sum(TarHeader& header) {
  put(header, sum_begins,
      fmt::format("{:06o}", sum_of({header.data(), header.size()})) + std::string("\0 ", 2));
}

std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (fmt::formatted_size("{}", length) + rest != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

void for_each_pax_record(
    std::string_view records,
    const std::function<void(std::string_view key, std::string_view value)>& act) {
  for (std::string_view rest = records; !rest.empty();) {
    const auto blank = rest.find(' ');
    const auto length = text::number<std::size_t>(rest.substr(0, std::min(blank, rest.size())));
    if (!length || blank == std::string_view::npos || *length > rest.size() || *length < blank + 2)
      damaged_archive("a pax record has a wrong length");
    const std::string_view record = rest.substr(blank + 1, *length - blank - 2);
    const auto equals = record.find('=');
    if (equals != std::string_view::npos) act(record.substr(0, equals), record.substr(equals + 1));
    rest.remove_prefix(*length);
  }
}

}  // namespace sconectl::oci
