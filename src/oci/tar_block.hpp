// What archives are divided into, and what stands in a header (POSIX.1-2017, pax, ustar).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sconectl::oci {

inline constexpr std::size_t tar_block = 512;
using TarHeader = std::array<char, tar_block>;

/// Of what a header says about the next entry: its name at most.
inline constexpr std::uint64_t largest_extended = std::uint64_t{1} << 20U;

/// What eleven octal digits hold.
inline constexpr std::uint64_t largest_octal = (std::uint64_t{1} << 33U) - 1;

/// Error{invalid}.
[[noreturn]] void damaged_archive(std::string_view why);

/// Octal digits, or (first bit set) the bytes of a number.
[[nodiscard]] std::uint64_t number_field(std::string_view header, std::size_t at,
                                         std::size_t length);
/// Error{invalid} if the header says another sum than it has.
void check_sum(std::string_view header);

void put(TarHeader& header, std::size_t at, std::string_view text);
/// The last thing that is written to a header.
void put_sum(TarHeader& header);

/// "LENGTH key=value\n", where the length counts itself.
[[nodiscard]] std::string pax_record(std::string_view key, std::string_view value);
/// Error{invalid} for what are no records.
void for_each_pax_record(
    std::string_view records,
    const std::function<void(std::string_view key, std::string_view value)>& act);

/// Bytes behind a content of this size, up to the next block.
[[nodiscard]] constexpr std::size_t padding_behind(std::uint64_t size) {
  return static_cast<std::size_t>((tar_block - size % tar_block) % tar_block);
}

}  // namespace sconectl::oci
