// The loadable part of an ELF file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::enclave {

struct Segment {
  std::uint64_t address = 0;
  std::uint64_t size = 0;  ///< in memory; what the file does not fill is zero
  std::string_view bytes;  ///< of the file
  bool readable = false;
  bool writable = false;
  bool executable = false;
};

/// A position-independent program or library for x86-64.
struct LoadableElf {
  std::uint64_t entry = 0;
  std::vector<Segment> segments;  ///< by address; their pages do not overlap, the first one is 0
  std::uint64_t span = 0;         ///< from 0 to the end of the last page
};

/// `bytes` must outlive the result. Throws Error{invalid} for anything else than such a file, with
/// whatever is wrong; spans end at 1 GiB.
[[nodiscard]] LoadableElf parse_elf(std::string_view bytes);

}  // namespace sconectl::enclave
