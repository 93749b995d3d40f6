#include "enclave/elf.hpp"

#include <fmt/core.h>

#include "enclave/little_endian.hpp"
#include "enclave/page.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::enclave {
namespace {

// ELF-64 Object File Format: the file's header and a program header.
constexpr std::string_view magic(
    "\x7f"
    "ELF\x02\x01\x01",
    7);  // 64 bits, little-endian, version 1
constexpr std::size_t file_header_size = 64;
constexpr std::size_t machine_at = 18;
constexpr std::size_t entry_at = 24;
constexpr std::size_t program_headers_at = 32;
constexpr std::size_t program_header_size_at = 54;
constexpr std::size_t program_header_count_at = 56;
constexpr std::uint16_t x86_64 = 62;
constexpr std::size_t program_header_size = 56;
constexpr std::uint32_t loadable = 1;
constexpr std::uint32_t may_execute = 1;
constexpr std::uint32_t may_write = 2;
constexpr std::uint32_t may_read = 4;
constexpr std::uint64_t largest_span = std::uint64_t{1} << 30U;

[[noreturn]] void no_elf(const std::string& why) {
  throw diag::Error(diag::ErrorKind::invalid,
                    fmt::format("this is no ELF library for x86-64: {}", why));
}

Segment segment_at(std::string_view file, std::size_t header) {
  const auto flags = number_at<std::uint32_t>(file, header + 4);
  const auto offset = number_at<std::uint64_t>(file, header + 8);
  const auto in_file = number_at<std::uint64_t>(file, header + 32);
  Segment segment;
  segment.address = number_at<std::uint64_t>(file, header + 16);
  segment.size = number_at<std::uint64_t>(file, header + 40);
  if (offset > file.size() || in_file > file.size() - offset)
    no_elf("a segment lies behind the end of the file");
  if (in_file > segment.size) no_elf("a segment is larger in the file than in memory");
  if (segment.size == 0) no_elf("a segment is empty");
  if (segment.address > largest_span || segment.size > largest_span - segment.address)
    no_elf("it takes more than 1 GiB of memory");
  if (offset % page_size != segment.address % page_size)
    no_elf("a segment can not be mapped page by page");
  segment.bytes = file.substr(offset, in_file);
  segment.readable = (flags & may_read) != 0;
  segment.writable = (flags & may_write) != 0;
  segment.executable = (flags & may_execute) != 0;
  return segment;
}

}  // namespace

LoadableElf parse_elf(std::string_view bytes) {
  if (bytes.size() < file_header_size || !bytes.starts_with(magic) ||
      number_at<std::uint16_t>(bytes, machine_at) != x86_64)
    no_elf("its header is another one");
  if (number_at<std::uint16_t>(bytes, program_header_size_at) != program_header_size)
    no_elf("its program headers have another size");
  const auto first = number_at<std::uint64_t>(bytes, program_headers_at);
  const std::size_t count = number_at<std::uint16_t>(bytes, program_header_count_at);
  if (first > bytes.size() || count > (bytes.size() - first) / program_header_size)
    no_elf("its program headers lie behind the end of the file");

  LoadableElf result;
  result.entry = number_at<std::uint64_t>(bytes, entry_at);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t header = first + i * program_header_size;
    if (number_at<std::uint32_t>(bytes, header) != loadable) continue;
    const Segment segment = segment_at(bytes, header);
    const std::uint64_t begin = page_of(segment.address);
    if (result.segments.empty() ? begin != 0 : begin < result.span)
      no_elf(result.segments.empty() ? "its first segment does not begin at address 0"
                                     : "its segments overlap or are not sorted");
    result.span = whole_pages(segment.address + segment.size);
    result.segments.push_back(segment);
  }
  if (result.segments.empty()) no_elf("it has no loadable segment");
  if (result.entry >= result.span) no_elf("its entry point lies outside of its segments");
  return result;
}

}  // namespace sconectl::enclave
