// `sconectl cas backup keygen | create | verify | restore`.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/data_directory.hpp"
#include "cli/database_option.hpp"
#include "cli/key_flags.hpp"
#include "sconectl/casd/backup.hpp"
#include "sconectl/crypto/age.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/crypto/key_shares.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {

namespace {

constexpr unsigned for_owner_alone = 0600;

crypto::AgeIdentities keys_of_backup(const KeyFlags& flags, const action::System& system) {
  auto keys = flags.keys(system);
  if (keys.empty())
    throw diag::Error(diag::ErrorKind::usage,
                      "a backup is opened with --identity FILE, or with --share FILE for each "
                      "share");
  return keys;
}

void say(Terminal& terminal, std::string_view what, const std::string& backup,
         const casd::BackupFacts& facts) {
  if (terminal.json) {
    terminal.document(nlohmann::json{{"schema", fmt::format("sconectl/v1/cas-backup-{}", what)},
                                     {"backup", backup},
                                     {"cas_key_hash", facts.cas_key_hash},
                                     {"created", facts.created},
                                     {"commits", facts.commits},
                                     {"versions", facts.versions}});
    return;
  }
  terminal.data(fmt::format("CAS key hash is: {}", facts.cas_key_hash));
  terminal.tell(fmt::format("{}: of {}, {} versions of sessions, {} commits", backup, facts.created,
                            facts.versions, facts.commits));
}

/// Nobody else may ever have read it, so a file that is there is not written to.
void write_new(const action::System& system, const std::filesystem::path& path,
               std::string_view text) {
  if (system.files.exists(path))
    throw diag::Error(diag::ErrorKind::conflict,
                      path.string() + " is there already; nothing was changed");
  system.files.write(path, text, for_owner_alone);
}

void write_shares(const action::System& system, const crypto::X25519Pair& pair, unsigned threshold,
                  unsigned count, const std::filesystem::path& directory) {
  const auto shares = crypto::split_key(pair.private_key.view(), threshold, count);
  const auto file_of = [&](unsigned i) {
    return directory / fmt::format("share-{}-of-{}.txt", i, count);
  };
  for (unsigned i = 1; i <= count; ++i)
    if (system.files.exists(file_of(i)))
      throw diag::Error(diag::ErrorKind::conflict,
                        file_of(i).string() + " is there already; nothing was changed");
  system.files.make_directories(directory, 0700);
  for (unsigned i = 1; i <= count; ++i) {
    crypto::Secret text(fmt::format("# share {} of {}; any {} of them open backups for\n# {}\n", i,
                                    count, threshold, crypto::age_recipient(pair.public_key)));
    text.append(shares[i - 1].view());
    text.append("\n");
    write_new(system, file_of(i), text.view());
  }
}

}  // namespace

int cas_backup_keygen_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas backup keygen",
                "Make a key that opens backups, and print to whom they have to be encrypted.");
  std::string out;
  unsigned count = 0;
  unsigned threshold = 0;
  parser.add_option("--out", out, "New file for the key; with --shares: directory for the shares")
      ->required()
      ->type_name("FILE");
  auto* const shares =
      parser.add_option("--shares", count, "Split the key into this many shares (2 to 255)")
          ->type_name("N");
  parser.add_option("--threshold", threshold, "How many of them open a backup")
      ->needs(shares)
      ->type_name("M");
  parser.examples({"sconectl cas backup keygen --out backup-key.txt",
                   "sconectl cas backup keygen --shares 5 --threshold 3 --out shares"});
  if (!parser.read(std::move(arguments))) return 0;
  const auto pair = crypto::generate_x25519();
  const auto recipient = crypto::age_recipient(pair.public_key);
  if (*shares) {
    write_shares(invocation.system, pair, threshold, count, out);
  } else {
    crypto::Secret text("# public key: " + recipient + "\n");
    text.append(crypto::age_identity(pair.private_key.view()).view());
    text.append("\n");
    write_new(invocation.system, out, text.view());
  }
  if (invocation.terminal.json)
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/cas-backup-keygen"}, {"recipient", recipient}});
  else
    invocation.terminal.data(recipient);
  return 0;
}

int cas_backup_create_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas backup create",
                "Write an encrypted copy of a CAS, its key included, to a new file in the format "
                "of age. The CAS goes on meanwhile. It is verified before it is written.");
  DataDirectoryOption data;
  std::string file;
  std::vector<std::string> recipients;
  parser.add_option("FILE", file, "Where to; must not be there yet")->required();
  parser.add_option("-r,--recipient", recipients, "Who can open it: age1... (repeatable)")
      ->required()
      ->allow_extra_args(false)
      ->type_name("AGE");
  data.add_to(parser);
  casd::BackupSource source;
  add_database(parser, source.database_url);
  KeyFlags sealed;
  sealed.add_to(parser, "--key-identity", "--key-share", "the CAS's key, if that is sealed");
  parser.examples({"sconectl cas backup create --data /var/lib/cas -r age1... cas-backup.age"});
  if (!parser.read(std::move(arguments))) return 0;
  const auto keys = crypto::parse_age_recipients(recipients);
  check_database(source.database_url);
  source.identities = sealed.identities(invocation.system);
  say(invocation.terminal, "create", file,
      casd::create_backup(data.path(invocation.system), keys, file, source));
  return 0;
}

int cas_backup_verify_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "cas backup verify",
      "Make sure that a backup can be restored: open it in a temporary directory (TMPDIR) "
      "and verify every row. No CAS is touched.");
  std::string file;
  KeyFlags flags;
  parser.add_option("FILE", file, "The backup")->required();
  flags.add_to(parser, "-i,--identity", "--share", "the backup");
  if (!parser.read(std::move(arguments))) return 0;
  say(invocation.terminal, "verify", file,
      casd::verify_backup(file, keys_of_backup(flags, invocation.system)));
  return 0;
}

int cas_backup_restore_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas backup restore",
                "Put a backup into the data directory of a CAS that has no database yet. It is "
                "verified first; a mistake changes nothing.");
  std::string file;
  DataDirectoryOption data;
  KeyFlags flags;
  parser.add_option("FILE", file, "The backup")->required();
  flags.add_to(parser, "-i,--identity", "--share", "the backup");
  data.add_to(parser);
  parser.examples(
      {"sconectl cas backup restore cas-backup.age -i backup-key.txt --data /var/lib/cas",
       "sconectl cas backup restore cas-backup.age --share a.txt --share b.txt --data ./cas"});
  if (!parser.read(std::move(arguments))) return 0;
  say(invocation.terminal, "restore", file,
      casd::restore_backup(file, keys_of_backup(flags, invocation.system),
                           data.path(invocation.system)));
  return 0;
}

}  // namespace sconectl::cli
