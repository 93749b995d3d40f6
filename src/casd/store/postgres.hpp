// A database of PostgreSQL, for any number of processes.
#pragma once

#include <memory>
#include <string>

#include "casd/store/database.hpp"

namespace sconectl::casd {

/// The schema of a database that `url` leads to, as libpq takes it (PostgreSQL, 34.1.1). Throws
/// Error{unsupported} in a program that was built without libpq.
[[nodiscard]] std::shared_ptr<const Database> postgres_database(std::string url);

}  // namespace sconectl::casd
