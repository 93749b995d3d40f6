// Text that a POSIX shell reads.
#pragma once

#include <string>
#include <string_view>

namespace sconectl::text {

/// A word as a shell has to read it to get exactly this text: as it is if nothing in it is special,
/// else in single quotes.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace sconectl::text
