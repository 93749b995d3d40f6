#include "sconectl/enclave/measurement.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>

#include "enclave/elf.hpp"
#include "enclave/layout.hpp"
#include "enclave/little_endian.hpp"
#include "enclave/page.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::enclave {
namespace {

// Flags of SECINFO.
constexpr std::uint64_t readable = 0x1;
constexpr std::uint64_t writable = 0x2;
constexpr std::uint64_t executable = 0x4;
constexpr std::uint64_t thread_control = 0x100;
constexpr std::uint64_t regular = 0x200;

// Offsets in a thread control structure (TCS).
constexpr std::size_t tcs_ossa_at = 16;
constexpr std::size_t tcs_nssa_at = 28;
constexpr std::size_t tcs_oentry_at = 32;
constexpr std::size_t tcs_ogsbase_at = 56;
constexpr std::size_t tcs_ofslimit_at = 64;
constexpr std::size_t tcs_ogslimit_at = 68;
constexpr std::uint32_t segment_limit = 0xfff;

/// Of an enclave all of whose pages are added before it starts.
constexpr std::uint64_t largest_added = std::uint64_t{1} << 40U;

/// The records that the processor hashes, one for each instruction that builds an enclave.
class Measurement {
 public:
  Measurement(std::uint64_t ssa_frame_size, std::uint64_t enclave_size) {
    record("ECREATE", little_endian(static_cast<std::uint32_t>(ssa_frame_size / page_size)) +
                          little_endian(enclave_size));
  }
  void page(std::uint64_t address, std::uint64_t flags) {
    record("EADD", little_endian(address) + little_endian(flags));
  }
  /// With its content, at most a page; the rest of the page is zero.
  void page(std::uint64_t address, std::uint64_t flags, std::string_view content) {
    page(address, flags);
    std::string bytes(content);
    bytes.resize(page_size, '\0');
    for (std::uint64_t at = 0; at < page_size; at += chunk_size) {
      record("EEXTEND", little_endian(address + at));
      hash_.update(std::string_view(bytes).substr(at, chunk_size));
    }
  }
  [[nodiscard]] crypto::Digest finish() { return hash_.finish(); }

 private:
  static constexpr std::uint64_t chunk_size = 256;
  static constexpr std::size_t record_size = 64;
  static constexpr std::size_t name_size = 8;

  void record(std::string name, const std::string& fields) {
    name.resize(name_size, '\0');
    name += fields;
    name.resize(record_size, '\0');
    hash_.update(name);
  }

  crypto::Sha256 hash_;
};

/// The addresses of all areas. They follow each other from the end of the enclave downwards.
struct Areas {
  std::uint64_t manifest = 0;
  std::uint64_t ssa = 0;
  std::uint64_t tcs = 0;
  std::uint64_t thread_data = 0;
  std::uint64_t stacks = 0;         ///< of the last thread; that of the first is the highest
  std::uint64_t signal_stacks = 0;  ///< the same
  std::uint64_t pal = 0;            ///< where the heap ends
};

Areas areas_of(const EnclaveShape& shape, const GramineLayout& layout, std::uint64_t manifest_size,
               std::uint64_t pal_span) {
  if (!std::has_single_bit(shape.size))
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("the size of an enclave has to be a power of two; "
                                  "'sgx.enclave_size' is {:#x}",
                                  shape.size));
  if (!shape.edmm && shape.size > largest_added)
    throw diag::Error(diag::ErrorKind::invalid,
                      "'sgx.enclave_size' is larger than 1 TiB, which needs 'sgx.edmm_enable'");
  if (shape.threads == 0)
    throw diag::Error(diag::ErrorKind::invalid, "'sgx.max_threads' has to be at least 1");
  std::uint64_t top = shape.size;
  const auto below = [&](std::uint64_t size) {
    if (top < layout.heap_low || size > top - layout.heap_low)
      throw diag::Error(diag::ErrorKind::invalid,
                        fmt::format("the enclave is too small: 'sgx.enclave_size' is {:#x}, and {} "
                                    "threads, the manifest and Gramine do not fit into it",
                                    shape.size, shape.threads));
    return top -= size;
  };
  const std::uint64_t threads = shape.threads;
  Areas areas;
  areas.manifest = below(whole_pages(manifest_size));
  areas.ssa = below(threads * layout.ssa_frames * layout.ssa_frame_size);
  areas.tcs = below(threads * page_size);
  areas.thread_data = below(threads * page_size);
  areas.stacks = below(threads * layout.stack_size);
  areas.signal_stacks = below(threads * layout.signal_stack_size);
  areas.pal = below(pal_span);
  return areas;
}

void put_number(std::string& page, std::size_t at, std::uint64_t number) {
  page.replace(at, sizeof number, little_endian(number));
}

/// Builds an enclave, page by page, in Gramine's order.
class Builder {
 public:
  Builder(const EnclaveShape& shape, const GramineLayout& layout, std::string manifest,
          const LoadableElf& pal)
      : shape_(shape),
        layout_(layout),
        manifest_(std::move(manifest)),
        pal_(pal),
        areas_(areas_of(shape, layout, manifest_.size(), pal.span)),
        measurement_(layout.ssa_frame_size, shape.size) {}

  crypto::Digest run() {
    const std::uint64_t threads = shape_.threads;
    for (std::uint64_t at = 0; at < manifest_.size(); at += page_size)
      measurement_.page(areas_.manifest + at, readable | regular,
                        std::string_view(manifest_).substr(at, page_size));
    zeros(areas_.ssa, threads * layout_.ssa_frames * layout_.ssa_frame_size);
    for (std::uint64_t thread = 0; thread < threads; ++thread)
      measurement_.page(areas_.tcs + thread * page_size, thread_control, control(thread));
    for (std::uint64_t thread = 0; thread < threads; ++thread)
      measurement_.page(areas_.thread_data + thread * page_size, readable | writable | regular,
                        data(thread));
    for (std::uint64_t thread = 0; thread < threads; ++thread)
      zeros(stack(thread), layout_.stack_size);
    for (std::uint64_t thread = 0; thread < threads; ++thread)
      zeros(signal_stack(thread), layout_.signal_stack_size);
    for (const Segment& segment : pal_.segments) load(segment);
    if (!shape_.edmm)
      for (std::uint64_t at = layout_.heap_low; at < areas_.pal; at += page_size)
        measurement_.page(at, readable | writable | executable | regular);
    return measurement_.finish();
  }

 private:
  [[nodiscard]] std::uint64_t stack(std::uint64_t thread) const {
    return areas_.stacks + (shape_.threads - 1 - thread) * layout_.stack_size;
  }
  [[nodiscard]] std::uint64_t signal_stack(std::uint64_t thread) const {
    return areas_.signal_stacks + (shape_.threads - 1 - thread) * layout_.signal_stack_size;
  }
  [[nodiscard]] std::uint64_t ssa(std::uint64_t thread) const {
    return areas_.ssa + thread * layout_.ssa_frames * layout_.ssa_frame_size;
  }

  void zeros(std::uint64_t from, std::uint64_t size) {
    for (std::uint64_t at = 0; at < size; at += page_size)
      measurement_.page(from + at, readable | writable | regular, {});
  }

  void load(const Segment& segment) {
    const std::uint64_t flags = regular | (segment.readable ? readable : 0) |
                                (segment.writable ? writable : 0) |
                                (segment.executable ? executable : 0);
    const std::uint64_t end = segment.address + segment.size;
    for (std::uint64_t page = page_of(segment.address); page < end; page += page_size) {
      const std::uint64_t skipped = page < segment.address ? segment.address - page : 0;
      const std::uint64_t from = page + skipped - segment.address;
      std::string content(skipped, '\0');
      if (from < segment.bytes.size()) content += segment.bytes.substr(from, page_size - skipped);
      measurement_.page(areas_.pal + page, flags, content);
    }
  }

  [[nodiscard]] std::string control(std::uint64_t thread) const {
    std::string page(page_size, '\0');
    put_number(page, tcs_ossa_at, ssa(thread));
    page.replace(tcs_nssa_at, sizeof layout_.ssa_frames, little_endian(layout_.ssa_frames));
    put_number(page, tcs_oentry_at, areas_.pal + pal_.entry);
    put_number(page, tcs_ogsbase_at, areas_.thread_data + thread * page_size);
    page.replace(tcs_ofslimit_at, sizeof segment_limit, little_endian(segment_limit));
    page.replace(tcs_ogslimit_at, sizeof segment_limit, little_endian(segment_limit));
    return page;
  }

  [[nodiscard]] std::string data(std::uint64_t thread) const {
    const ThreadFields& at = layout_.thread;
    std::string page(page_size, '\0');
    put_number(page, at.self, areas_.thread_data + thread * page_size);
    put_number(page, at.canary, layout_.canary);
    put_number(page, at.enclave_size, shape_.size);
    put_number(page, at.tcs_offset, areas_.tcs + thread * page_size);
    put_number(page, at.stack_top, stack(thread) + layout_.stack_size);
    put_number(page, at.signal_stack_low, signal_stack(thread));
    put_number(page, at.signal_stack_high, signal_stack(thread) + layout_.signal_stack_size);
    put_number(page, at.ssa, ssa(thread));
    put_number(page, at.registers, ssa(thread) + layout_.ssa_frame_size - layout_.registers_size);
    put_number(page, at.manifest_size, manifest_.size());
    put_number(page, at.heap_low, layout_.heap_low);
    put_number(page, at.heap_high, areas_.pal);
    return page;
  }

  const EnclaveShape& shape_;
  const GramineLayout& layout_;
  std::string manifest_;  ///< with the NUL that ends it in memory
  const LoadableElf& pal_;
  Areas areas_;
  Measurement measurement_;
};

}  // namespace

crypto::Digest mr_enclave(const EnclaveShape& shape, std::string_view manifest,
                          std::string_view libpal, std::string_view version) {
  const GramineLayout& layout = layout_of(version);
  const LoadableElf pal = parse_elf(libpal);
  std::string ended(manifest);
  ended += '\0';
  return Builder(shape, layout, std::move(ended), pal).run();
}

}  // namespace sconectl::enclave
