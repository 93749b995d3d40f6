// What every part of the session model is made with.
#pragma once

#include <type_traits>
#include <variant>

#include "sconectl/diag/location.hpp"
#include "sconectl/session/placeholder.hpp"

namespace sconectl::session {

/// Where something stands in the user's file; never part of a comparison. Empty in sessions that
/// were built in code.
struct Place {
  diag::Location at{};
  /// A part of it could not be read, which was reported: what it seems to lack says nothing.
  bool unread = false;
  bool operator==(const Place&) const { return true; }
};

/// A setting of a configuration section: the value, or a whole placeholder (SL-200).
template <typename T>
using Setting = std::variant<T, Placeholder>;

/// The setting is this value, not a placeholder.
template <typename T>
[[nodiscard]] bool is(const Setting<T>& setting, const std::type_identity_t<T>& value) {
  const T* known = std::get_if<T>(&setting);
  return known != nullptr && *known == value;
}

}  // namespace sconectl::session
