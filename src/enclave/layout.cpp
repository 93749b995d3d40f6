#include "enclave/layout.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "sconectl/diag/error.hpp"
#include "sconectl/enclave/measurement.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::enclave {

std::span<const GramineLayout> known_layouts() {
  static constexpr std::array<GramineLayout, 1> layouts{{{.version = "1.9",
                                                          .ssa_frame_size = 16384,
                                                          .ssa_frames = 2,
                                                          .stack_size = 262144,
                                                          .signal_stack_size = 65536,
                                                          .heap_low = 0x10000,
                                                          .registers_size = 184,
                                                          .canary = 0xbadbadbadbad,
                                                          .thread = {.self = 0,
                                                                     .canary = 8,
                                                                     .enclave_size = 272,
                                                                     .tcs_offset = 280,
                                                                     .stack_top = 288,
                                                                     .signal_stack_low = 304,
                                                                     .signal_stack_high = 312,
                                                                     .ssa = 328,
                                                                     .registers = 336,
                                                                     .manifest_size = 416,
                                                                     .heap_low = 424,
                                                                     .heap_high = 432}}}};
  return layouts;
}

std::vector<std::string_view> known_gramine_versions() {
  std::vector<std::string_view> versions;
  for (const GramineLayout& layout : known_layouts()) versions.push_back(layout.version);
  return versions;
}

const GramineLayout& layout_of(std::string_view version) {
  const auto layouts = known_layouts();
  const auto found = std::find_if(layouts.begin(), layouts.end(), [&](const GramineLayout& each) {
    return each.version == version;
  });
  if (found == layouts.end())
    throw diag::Error(
        diag::ErrorKind::unsupported,
        fmt::format("how Gramine '{}' lays out an enclave is not known here, and its measurement "
                    "is not guessed; known is {}",
                    version, fmt::join(known_gramine_versions(), ", ")));
  return *found;
}

std::string gramine_version(std::string_view start_script) {
  constexpr std::string_view words = "echo \"Gramine ";
  for (const std::string_view line : text::lines(start_script)) {
    const auto at = line.find(words);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = line.substr(at + words.size());
    const std::string version(rest.substr(0, rest.find_first_of(" \"(")));
    return std::string(layout_of(version).version);
  }
  throw diag::Error(diag::ErrorKind::invalid,
                    "this is no start script of Gramine ('gramine-sgx'): it names no version");
}

}  // namespace sconectl::enclave
