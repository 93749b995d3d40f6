#include "cli/database_option.hpp"

#include "sconectl/cas/availability_config.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {

void add_database(CLI::App& parser, std::string& url) {
  parser
      .add_option("--database", url,
                  "The PostgreSQL that has the data, if several CASes share one; --data is the "
                  "directory of one of them")
      ->type_name("URL");
}

void check_database(const std::string& url) {
  if (url.empty()) return;
  if (const auto fault = cas::database_url_fault(url); !fault.empty())
    throw diag::Error(diag::ErrorKind::usage, "--database: it " + fault);
  if (cas::has_password(url))
    throw diag::Error(diag::ErrorKind::usage,
                      "--database: a password does not belong on a command line, which others can "
                      "read; put it into PGPASSWORD or ~/.pgpass");
}

}  // namespace sconectl::cli
