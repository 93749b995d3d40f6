// In a program that was built without libpq.
#include "casd/store/postgres.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

std::shared_ptr<const Database> postgres_database(std::string, OnTrouble) {
  throw diag::Error(diag::ErrorKind::unsupported,
                    "this sconectl was built without PostgreSQL: install postgresql-server-dev-15 "
                    "(Debian 12) and build it again");
}

}  // namespace sconectl::casd
