// The secrets of a session by name.
#pragma once

#include <string_view>
#include <unordered_map>

#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// A session may have a hundred thousand secrets, and each of them may be asked for. The session
/// must live as long, and stay as it is.
class SecretIndex {
 public:
  explicit SecretIndex(const Session& session);

  /// Of two secrets with one name the first; a null pointer if there is none.
  [[nodiscard]] const Secret* find(std::string_view name) const;

 private:
  std::unordered_map<std::string_view, const Secret*> secrets_;
};

}  // namespace sconectl::session
