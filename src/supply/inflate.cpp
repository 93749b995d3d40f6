// Bit by bit, with canonical Huffman codes. Slow, small, and every access has a bound.
#include "supply/inflate.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace sconectl::supply {
namespace {

constexpr std::size_t longest_code = 15;
constexpr std::size_t literals = 288;
constexpr std::size_t distances = 30;
constexpr unsigned end_of_block = 256;

/// Numbers that a code and some bits behind it stand for (RFC 1951, 3.2.5).
struct Range {
  std::uint16_t base;
  std::uint8_t bits;
};
constexpr std::array<Range, 29> lengths{
    {{3, 0},  {4, 0},  {5, 0},  {6, 0},   {7, 0},   {8, 0},   {9, 0},   {10, 0},  {11, 1}, {13, 1},
     {15, 1}, {17, 1}, {19, 2}, {23, 2},  {27, 2},  {31, 2},  {35, 3},  {43, 3},  {51, 3}, {59, 3},
     {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}}};
constexpr std::array<Range, distances> offsets{
    {{1, 0},     {2, 0},     {3, 0},     {4, 0},      {5, 1},      {7, 1},
     {9, 2},     {13, 2},    {17, 3},    {25, 3},     {33, 4},     {49, 4},
     {65, 5},    {97, 5},    {129, 6},   {193, 6},    {257, 7},    {385, 7},
     {513, 8},   {769, 8},   {1025, 9},  {1537, 9},   {2049, 10},  {3073, 10},
     {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}}};

/// A canonical Huffman code: how many codes there are of each length, and the symbols in their
/// order.
struct HuffmanCode {
  std::array<std::uint16_t, longest_code + 1> count{};
  std::array<std::uint16_t, literals> symbol{};
};

/// Nothing for lengths that are no code: too many, or too few. A code of one symbol may be half
/// empty (3.2.7).
std::optional<HuffmanCode> huffman_code(std::span<const std::uint8_t> code_lengths) {
  HuffmanCode code;
  for (const std::uint8_t length : code_lengths) ++code.count[length];
  std::size_t used = code_lengths.size() - code.count[0];
  code.count[0] = 0;
  std::int32_t free = 1;
  for (std::size_t length = 1; length <= longest_code; ++length) {
    free = 2 * free - code.count[length];
    if (free < 0) return std::nullopt;
  }
  if (free > 0 && !(used <= 1 && code.count[1] == used)) return std::nullopt;

  std::array<std::size_t, longest_code + 2> first{};
  for (std::size_t length = 1; length <= longest_code; ++length) {
    first[length + 1] = first[length] + code.count[length];
  }
  for (std::size_t i = 0; i < code_lengths.size(); ++i) {
    if (code_lengths[i] != 0) {
      code.symbol[first[code_lengths[i]]++] = static_cast<std::uint16_t>(i);
    }
  }
  return code;
}

class Inflater {
 public:
  Inflater(std::string_view compressed, std::size_t most_bytes)
      : compressed_(compressed), most_bytes_(most_bytes) {}

  std::optional<std::string> all() {
    bool last = false;
    while (!last && !failed_) {
      last = bits(1) == 1;
      block(bits(2));
    }
    if (failed_) return std::nullopt;
    return std::move(output_);
  }

 private:
  /// The next bits, the first of them least significant; 0 and a failure where there are no more.
  unsigned bits(unsigned count) {
    unsigned value = 0;
    for (unsigned i = 0; i < count; ++i) {
      if (at_ / 8 >= compressed_.size()) {
        failed_ = true;
        return 0;
      }
      const auto byte = static_cast<unsigned char>(compressed_[at_ / 8]);
      value |= (byte >> (at_ % 8) & 1U) << i;
      ++at_;
    }
    return value;
  }

  void put(char byte) {
    if (output_.size() >= most_bytes_) {
      failed_ = true;
    } else {
      output_ += byte;
    }
  }

  void block(unsigned type) {
    if (type == 0) {
      stored();
    } else if (type == 1) {
      fixed();
    } else if (type == 2) {
      dynamic();
    } else {
      failed_ = true;
    }
  }

  void stored() {
    at_ = (at_ + 7) / 8 * 8;
    const unsigned size = bits(16);
    if (bits(16) != (~size & 0xFFFFU)) failed_ = true;
    for (unsigned i = 0; i < size && !failed_; ++i) put(static_cast<char>(bits(8)));
  }

  void fixed() {
    std::array<std::uint8_t, literals> code_lengths{};
    for (std::size_t i = 0; i < literals; ++i) {
      code_lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    }
    // Two distances are never used, and make the code complete.
    std::array<std::uint8_t, distances + 2> distance_lengths{};
    distance_lengths.fill(5);
    codes(huffman_code(code_lengths), huffman_code(distance_lengths));
  }

  /// The lengths of both codes stand before the data, themselves in a code.
  void dynamic() {
    constexpr std::array<std::uint8_t, 19> order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                 11, 4,  12, 3, 13, 2, 14, 1, 15};
    const unsigned literal_count = bits(5) + 257;
    const unsigned distance_count = bits(5) + 1;
    const unsigned length_count = bits(4) + 4;
    std::array<std::uint8_t, order.size()> length_lengths{};
    for (unsigned i = 0; i < length_count; ++i) {
      length_lengths[order[i]] = static_cast<std::uint8_t>(bits(3));
    }
    const auto length_code = huffman_code(length_lengths);
    if (!length_code || literal_count > literals || distance_count > distances) {
      failed_ = true;
      return;
    }
    std::array<std::uint8_t, literals + distances> all{};
    const std::span<std::uint8_t> both(all.data(), literal_count + distance_count);
    code_lengths_of(*length_code, both);
    if (both[end_of_block] == 0) failed_ = true;
    if (failed_) return;
    codes(huffman_code(both.first(literal_count)), huffman_code(both.subspan(literal_count)));
  }

  /// A length, or one of three ways to repeat one.
  void code_lengths_of(const HuffmanCode& code, std::span<std::uint8_t> into) {
    std::size_t at = 0;
    while (at < into.size() && !failed_) {
      const unsigned symbol = decode(code);
      std::uint8_t repeated = 0;
      unsigned times = 1;
      if (symbol < 16) {
        repeated = static_cast<std::uint8_t>(symbol);
      } else if (symbol == 16) {
        if (at == 0) failed_ = true;
        repeated = at == 0 ? std::uint8_t{0} : into[at - 1];
        times = 3 + bits(2);
      } else {
        times = symbol == 17 ? 3 + bits(3) : 11 + bits(7);
      }
      if (times > into.size() - at) failed_ = true;
      for (; times > 0 && !failed_; --times) into[at++] = repeated;
    }
  }

  /// The next symbol; 0 and a failure for bits that are none.
  unsigned decode(const HuffmanCode& code) {
    std::uint32_t bits_so_far = 0;
    std::uint32_t first = 0;
    std::uint32_t index = 0;
    for (std::size_t length = 1; length <= longest_code && !failed_; ++length) {
      bits_so_far |= bits(1);
      const std::uint32_t count = code.count[length];
      if (bits_so_far - first < count) return code.symbol[index + (bits_so_far - first)];
      index += count;
      first = (first + count) << 1U;
      bits_so_far <<= 1U;
    }
    failed_ = true;
    return 0;
  }

  void codes(const std::optional<HuffmanCode>& literal_code,
             const std::optional<HuffmanCode>& distance_code) {
    if (!literal_code || !distance_code) failed_ = true;
    while (!failed_) {
      const unsigned symbol = decode(*literal_code);
      if (failed_ || symbol == end_of_block) return;
      if (symbol < end_of_block) {
        put(static_cast<char>(symbol));
      } else {
        repeat(symbol - end_of_block - 1, *distance_code);
      }
    }
  }

  /// Bytes that were there before.
  void repeat(unsigned length_symbol, const HuffmanCode& distance_code) {
    if (length_symbol >= lengths.size()) {
      failed_ = true;
      return;
    }
    unsigned length = lengths[length_symbol].base + bits(lengths[length_symbol].bits);
    const unsigned distance_symbol = decode(distance_code);
    if (failed_ || distance_symbol >= offsets.size()) {
      failed_ = true;
      return;
    }
    const std::size_t distance =
        offsets[distance_symbol].base + bits(offsets[distance_symbol].bits);
    if (distance > output_.size()) failed_ = true;
    for (; length > 0 && !failed_; --length) put(output_[output_.size() - distance]);
  }

  std::string_view compressed_;
  std::size_t most_bytes_;
  std::size_t at_ = 0;  // in bits
  bool failed_ = false;
  std::string output_;
};

}  // namespace

std::optional<std::string> inflated(std::string_view compressed, std::size_t most_bytes) {
  return Inflater(compressed, most_bytes).all();
}

}  // namespace sconectl::supply
