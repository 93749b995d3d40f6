// Which values an update keeps (SL-215 to SL-229).
#pragma once

#include <string>
#include <vector>

#include "sconectl/session/session.hpp"

namespace sconectl::session {

struct Migration {
  bool keep = false;
  std::string reason;  ///< "size changed from 20 to 32", for the update's report; never a value
};

/// Whether the value that was generated for `before` is kept for `after` (SL-215 ... SL-227). Both
/// have the same name; `before` is nullptr if the old version had no such secret. A CA is kept only
/// if its key and its issuer are the same afterwards, too, which needs the values (SL-220).
[[nodiscard]] Migration migration(const Secret* before, const Secret& after);

/// A line for each generated private key that an update replaces: whoever relies on the old one, or
/// on a certificate for it, is cut off.
[[nodiscard]] std::vector<std::string> replaced_keys(const Session& before, const Session& after);

/// Whether an auto-initialised volume's key and tag are kept (SL-228).
[[nodiscard]] Migration migration(const Volume* before, const Volume& after);
/// Whether the tag that the running service reported is kept, or the session's tag starts anew
/// (SL-228).
[[nodiscard]] Migration migration(const Service* before, const Service& after);

}  // namespace sconectl::session
