// Where Gramine puts what into an enclave, by its version.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sconectl::enclave {

/// Offsets of the fields of Gramine's data of a thread, in its page.
struct ThreadFields {
  std::size_t self;
  std::size_t canary;
  std::size_t enclave_size;
  std::size_t tcs_offset;
  std::size_t stack_top;
  std::size_t signal_stack_low;
  std::size_t signal_stack_high;
  std::size_t ssa;
  std::size_t registers;
  std::size_t manifest_size;
  std::size_t heap_low;
  std::size_t heap_high;
};

struct GramineLayout {
  std::string_view version;
  std::uint64_t ssa_frame_size;
  std::uint32_t ssa_frames;  ///< of a thread
  std::uint64_t stack_size;
  std::uint64_t signal_stack_size;
  std::uint64_t heap_low;        ///< the lowest address that is used
  std::uint64_t registers_size;  ///< at the end of an SSA frame
  std::uint64_t canary;
  ThreadFields thread;
};

[[nodiscard]] std::span<const GramineLayout> known_layouts();

/// Throws Error{unsupported} for an unknown version.
[[nodiscard]] const GramineLayout& layout_of(std::string_view version);

}  // namespace sconectl::enclave
