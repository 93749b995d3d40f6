// A database of PostgreSQL, for any number of processes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "casd/store/database.hpp"

namespace sconectl::casd {

/// What libpq says of a connection that fails: names of hosts and users, but no password.
using OnTrouble = std::function<void(const std::string& text)>;

/// The schema of a database that `url` leads to, as libpq takes it (PostgreSQL, 34.1.1). Throws
/// Error{invalid} for what is no such URL, without its text, which may have a password in it;
/// Error{unsupported} in a program that was built without libpq.
[[nodiscard]] std::shared_ptr<const Database> postgres_database(std::string url,
                                                                OnTrouble on_trouble = {});

}  // namespace sconectl::casd
