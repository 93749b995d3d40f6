// Every row that is sealed, sealed in another way.
#pragma once

#include <functional>
#include <string>

#include "casd/store/database.hpp"

namespace sconectl::casd {

struct SealedRow {
  std::string session;
  std::string sealed;
  std::string place;  ///< what its seal is tied to
};
/// The seal that takes its place.
using SealAgain = std::function<std::string(const SealedRow&)>;

/// Versions, values and states of the session `name` and all below it, or, if it is empty, of all
/// sessions; some at a time, in the transaction of the caller.
void reseal_rows(Connection& connection, const std::string& name, const SealAgain& again);

}  // namespace sconectl::casd
