// `sconectl cas key seal | rotate | unseal | recipient`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/data_directory.hpp"
#include "cli/database_option.hpp"
#include "cli/key_flags.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/crypto/age.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/token/hardware_key.hpp"

namespace sconectl::cli {

namespace {

void tell_sealed(Terminal& terminal, const std::filesystem::path& data, bool sealed) {
  if (terminal.json)
    terminal.document(nlohmann::json{{"schema", "sconectl/v1/cas-key"},
                                     {"key_file", (data / "cas.key-store").string()},
                                     {"sealed", sealed}});
  else
    terminal.tell(fmt::format(
        "{} is {}", (data / "cas.key-store").string(),
        sealed ? "sealed: the next start of the CAS needs what opens it, and one that makes "
                 "snapshots has to be started anew"
               : "not sealed any more: keep it as you keep a key"));
}

CLI::Option* add_recipients(CLI::App& parser, std::vector<std::string>& recipients,
                            const std::string& whose) {
  return parser
      .add_option("-r,--recipient", recipients,
                  whose + ": age1..., or age1tag1... of a key in hardware (repeatable)")
      ->allow_extra_args(false)
      ->type_name("AGE");
}

/// Of commands that write the key file anew.
void add_files(CLI::App& parser, DataDirectoryOption& data, KeyFlags& keys) {
  data.add_to(parser);
  keys.add_to(parser, "--key-identity", "--key-share", "the key as it is sealed now");
}

std::string_view what_is_next(bool sealed, bool shared) {
  if (shared && sealed)
    return "put this file to every CAS that shares the database, start each anew, then send SIGHUP "
           "to one of them (systemctl reload); afterwards 'cas key seal --database URL' forgets "
           "the old one";
  if (shared)
    return "put this file to every CAS that shares the database, then send SIGHUP to one of them "
           "(systemctl reload)";
  if (sealed)
    return "the next start of the CAS gives it to the database; then 'cas key seal' forgets the "
           "old one";
  return "send SIGHUP to the CAS (systemctl reload), or start it, and the database gets it";
}

}  // namespace

int cas_key_seal_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas key seal",
                "Seal the key of a CAS's database to keys that lie elsewhere: its files alone open "
                "nothing any more. The CAS may run meanwhile; its next start needs what opens the "
                "key. Sealed to others before, it is sealed anew.");
  std::vector<std::string> recipients;
  add_recipients(parser, recipients, "Who can open it")->required();
  DataDirectoryOption data;
  KeyFlags keys;
  add_files(parser, data, keys);
  std::string database_url;
  add_database(parser, database_url);
  parser.examples({"sconectl cas key seal --data /var/lib/cas -r age1..."});
  if (!parser.read(std::move(arguments))) return 0;
  const auto to = crypto::parse_age_recipients(recipients);
  check_database(database_url);
  casd::seal_key(data.path(invocation.system), to, keys.identities(invocation.system),
                 database_url);
  tell_sealed(invocation.terminal, data.path(invocation.system), true);
  return 0;
}

int cas_key_rotate_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas key rotate",
                "Give the database of a CAS another key. All of it is sealed anew in one "
                "transaction, when the CAS is told to reload (SIGHUP) or, if the key file is "
                "sealed, at its next start; then the old key opens nothing any more. CASes that "
                "share a database get the file with the next key first, all of them; then one of "
                "them is told to reload.");
  std::vector<std::string> recipients;
  add_recipients(parser, recipients, "Who can open the key file, if it is sealed");
  DataDirectoryOption data;
  KeyFlags keys;
  add_files(parser, data, keys);
  parser.examples({"sconectl cas key rotate --data /var/lib/cas"});
  if (!parser.read(std::move(arguments))) return 0;
  const auto directory = data.path(invocation.system);
  const bool shared = casd::begin_key_rotation(directory, crypto::parse_age_recipients(recipients),
                                               keys.identities(invocation.system));
  if (invocation.terminal.json)
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/cas-key-rotate"},
                       {"key_file", (directory / "cas.key-store").string()},
                       {"sealed", !recipients.empty()},
                       {"shared", shared}});
  else
    invocation.terminal.tell(fmt::format("{} has a next key: {}",
                                         (directory / "cas.key-store").string(),
                                         what_is_next(!recipients.empty(), shared)));
  return 0;
}

int cas_key_recipient_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "cas key recipient",
      "Print to whom a key file or a backup has to be sealed so that an identity opens it. "
      "Of a key in hardware only the public half is asked for; no PIN is needed.");
  std::string identity;
  parser
      .add_option("IDENTITY", identity,
                  "The URI of a key in hardware (pkcs11:..., tpm2:...), or a file with identities")
      ->required();
  parser.examples({"sconectl cas key recipient /etc/cas/token.txt",
                   "sconectl cas key recipient tpm2:handle=0x81000010"});
  if (!parser.read(std::move(arguments))) return 0;
  crypto::AgeIdentities found;
  if (auto key =
          token::hardware_key(identity, invocation.system.files, invocation.system.processes))
    found.elsewhere.push_back(std::move(key));
  else
    found = identities_in(invocation.system, key_file(invocation.system, identity).view());
  std::vector<std::string> recipients;
  for (const auto& key : found.keys)
    recipients.push_back(crypto::age_recipient(crypto::x25519_public(key.view())));
  for (const auto& key : found.elsewhere)
    recipients.push_back(crypto::age_recipient(crypto::p256_compressed(key->public_point())));
  if (invocation.terminal.json)
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/cas-key-recipient"}, {"recipients", recipients}});
  else
    for (const auto& recipient : recipients) invocation.terminal.data(recipient);
  return 0;
}

int cas_key_unseal_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "cas key unseal",
      "Take the seal from the key of a CAS's database: its files are enough to read every "
      "secret then.");
  DataDirectoryOption data;
  data.add_to(parser);
  KeyFlags keys;
  keys.add_to(parser, "--key-identity", "--key-share", "it");
  if (!parser.read(std::move(arguments))) return 0;
  casd::seal_key(data.path(invocation.system), {}, keys.identities(invocation.system));
  tell_sealed(invocation.terminal, data.path(invocation.system), false);
  return 0;
}

}  // namespace sconectl::cli
