#pragma once

#include <cstddef>
#include <string_view>

namespace sconectl::session {

/// Well-formed UTF-8: shortest forms, no surrogates, at most U+10FFFF.
[[nodiscard]] inline bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = byte(i);
    const std::size_t more = lead < 0x80U                    ? 0
                             : lead >= 0xC2U && lead < 0xE0U ? 1
                             : lead >= 0xE0U && lead < 0xF0U ? 2
                             : lead >= 0xF0U && lead < 0xF5U ? 3
                                                             : 4;
    if (more == 4 || i + more >= text.size() + (more == 0 ? 1U : 0U)) return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((byte(i + k) & 0xC0U) != 0x80U) return false;
    if (more >= 2) {
      const unsigned second = byte(i + 1);
      if ((lead == 0xE0U && second < 0xA0U) || (lead == 0xEDU && second > 0x9FU) ||
          (lead == 0xF0U && second < 0x90U) || (lead == 0xF4U && second > 0x8FU))
        return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace sconectl::session
