// All rows of one database in another one.
#pragma once

#include "casd/store/database.hpp"

namespace sconectl::casd {

/// Into the empty tables of the newest schema; both within a transaction. The seals stay as they
/// are, so the same key opens the copy, and what the rows are sealed with finds every row that is
/// missing there.
void copy_rows(Connection& from, Connection& to);

}  // namespace sconectl::casd
