// `sconectl cas migrate`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/data_directory.hpp"
#include "cli/database_option.hpp"
#include "cli/key_flags.hpp"
#include "sconectl/casd/migration.hpp"

namespace sconectl::cli {

int cas_migrate_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas migrate",
                "Move the data of a CAS that does not run from its directory to a PostgreSQL that "
                "several CASes can share, or back. Every row is verified; what was there before "
                "stays.");
  std::string to;
  std::string from;
  auto* const there =
      parser.add_option("--to", to, "Copy to this PostgreSQL, into an empty schema")
          ->type_name("URL");
  auto* const back = parser
                         .add_option("--from", from,
                                     "Copy from this PostgreSQL, into the directory of a CAS that "
                                     "shared it")
                         ->type_name("URL")
                         ->excludes(there);
  DataDirectoryOption data;
  data.add_to(parser);
  KeyFlags keys;
  keys.add_to(parser, "--key-identity", "--key-share", "the CAS's key, if that is sealed");
  parser.examples({"sconectl cas migrate --data /var/lib/cas --to postgresql://cas@db/cas",
                   "sconectl cas migrate --data /var/lib/cas --from postgresql://cas@db/cas"});
  if (!parser.read(std::move(arguments))) return 0;
  if (!*there && !*back)
    throw diag::Error(diag::ErrorKind::usage, "one of --to URL and --from URL is needed");
  check_database(to);
  check_database(from);
  const auto directory = data.path(invocation.system);
  const auto identities = keys.identities(invocation.system);
  const auto facts = *there ? casd::move_to_postgres(directory, to, identities)
                            : casd::move_from_postgres(from, directory, identities);
  if (invocation.terminal.json) {
    invocation.terminal.document(nlohmann::json{{"schema", "sconectl/v1/cas-migrate"},
                                                {"cas_key_hash", facts.cas_key_hash},
                                                {"commits", facts.commits},
                                                {"versions", facts.versions}});
    return 0;
  }
  invocation.terminal.data(fmt::format("CAS key hash is: {}", facts.cas_key_hash));
  invocation.terminal.tell(
      fmt::format("{} versions of sessions, {} commits", facts.versions, facts.commits));
  invocation.terminal.tell(
      *there ? fmt::format("start it with --data {} --database URL; what was there is in {}",
                           directory.string(), (directory / "before-postgres").string())
             : fmt::format("start it with --data {}; what is in PostgreSQL is not used any more",
                           directory.string()));
  return 0;
}

}  // namespace sconectl::cli
