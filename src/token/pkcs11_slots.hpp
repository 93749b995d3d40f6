// The tokens that pkcs11-tool --list-slots tells of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sconectl::token {

struct Slot {
  std::string id;  ///< as --slot takes it
  std::string label = {};
  std::string manufacturer = {};
  std::string model = {};
  std::string serial = {};
  std::vector<std::string> flags = {};  ///< "login required", "user PIN count low"

  [[nodiscard]] bool has(std::string_view flag) const;
  /// The next PIN that is wrong, or another one soon, locks the token.
  [[nodiscard]] bool pin_in_danger() const;
};

/// Those that hold a token that was initialized. Throws Error{unavailable} for a token without a
/// line of flags, which would have to be used blindly.
[[nodiscard]] std::vector<Slot> parse_slots(std::string_view text);

}  // namespace sconectl::token
