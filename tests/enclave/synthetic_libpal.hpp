// A library that is laid out as Gramine's libpal.so is: code, data and zero-filled memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sconectl::test {

struct SyntheticSegment {
  std::uint32_t flags;  ///< execute 1, write 2, read 4
  std::uint64_t offset;
  std::uint64_t address;
  std::uint64_t in_file;
  std::uint64_t in_memory;
};

template <typename Number>
void append_number(std::string& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i)
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff);
}

/// An ELF file of 0x3800 bytes with these segments; what is no header is a pattern of bytes.
inline std::string synthetic_elf(const std::vector<SyntheticSegment>& segments,
                                 std::uint64_t entry) {
  std::string file(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  file.resize(16, '\0');
  append_number<std::uint16_t>(file, 3);   // a shared object
  append_number<std::uint16_t>(file, 62);  // x86-64
  append_number<std::uint32_t>(file, 1);
  append_number<std::uint64_t>(file, entry);
  append_number<std::uint64_t>(file, 64);  // program headers
  append_number<std::uint64_t>(file, 0);   // no sections
  append_number<std::uint32_t>(file, 0);
  append_number<std::uint16_t>(file, 64);
  append_number<std::uint16_t>(file, 56);
  append_number<std::uint16_t>(file, static_cast<std::uint16_t>(segments.size()));
  for (int i = 0; i < 3; ++i) append_number<std::uint16_t>(file, 0);
  for (const SyntheticSegment& segment : segments) {
    append_number<std::uint32_t>(file, 1);
    append_number(file, segment.flags);
    for (const std::uint64_t number : {segment.offset, segment.address, segment.address,
                                       segment.in_file, segment.in_memory, std::uint64_t{0x1000}})
      append_number(file, number);
  }
  for (std::size_t i = file.size(); i < 0x3800; ++i) file += static_cast<char>(i * 31 + i / 256);
  return file;
}

inline std::string synthetic_libpal() {
  return synthetic_elf({{4, 0, 0, 0x800, 0x800},
                        {5, 0x1000, 0x1000, 0x1234, 0x1234},
                        {6, 0x2c10, 0x4c10, 0xbf0, 0x3000}},
                       0x1040);
}

}  // namespace sconectl::test
