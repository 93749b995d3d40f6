// The database's schema, step by step.
#pragma once

#include <string_view>
#include <vector>

#include "casd/store/database.hpp"

namespace sconectl::casd {

/// SQL of every step, oldest first. A step that was released is never changed: a change is a new
/// step at the end, and schema.sql shows the sum.
[[nodiscard]] const std::vector<std::string_view>& migrations();

/// Brings a database of SQLite to the newest schema; PRAGMA user_version says how many steps it
/// has. Each step is one transaction. Throws Error{unsupported} for a database of a newer program.
void migrate(Connection& connection);

/// As migrate() does.
void refuse_newer_schema(std::int64_t stored);

/// SQL that makes the newest schema in an empty schema of PostgreSQL.
[[nodiscard]] std::string_view postgres_schema();

/// The schema that a database has; 0 for an empty one.
[[nodiscard]] std::int64_t schema_of(Connection& connection);

}  // namespace sconectl::casd
