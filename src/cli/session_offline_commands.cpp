// `sconectl session calculate-hash | sign | encrypt`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/session_offline.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {
namespace {

constexpr std::size_t longest_signature = 1024;

[[noreturn]] void usage(const std::string& text) {
  throw diag::Error(diag::ErrorKind::usage, text);
}

/// Base64 on the command line, or raw bytes on stdin (CL-056).
std::string signature_bytes(Invocation& invocation, const std::string& base64) {
  if (base64.empty()) return invocation.system.environment.standard_input(longest_signature);
  auto bytes = crypto::unbase64(base64);
  if (!bytes) usage("SIGNATURE must be base64");
  return std::move(*bytes);
}

void print_message(Invocation& invocation, const std::string& message, bool force) {
  const bool to_terminal =
      invocation.terminal.output_file.empty() && invocation.system.environment.is_terminal(1);
  if (to_terminal && !force)
    usage("the message is binary: redirect it to a file, or use -f to print it to the terminal");
  invocation.terminal.bytes(message);
}

int generate_message(Invocation& invocation, const SessionFlags& flags,
                     const std::vector<std::string>& words, bool force) {
  if (words.size() > 2) usage("generate-message-to-be-signed takes one SIGNER");
  const auto signer = words.size() == 2 ? std::optional(words[1]) : std::nullopt;
  print_message(invocation, action::message_to_be_signed(invocation.system, flags.input(), signer),
                force);
  return 0;
}

}  // namespace

int session_calculate_hash_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "session calculate-hash", "Print the hash of a session.");
  SessionFlags flags;
  std::string identity_file;
  std::string creator;
  flags.add_to(parser);
  parser.add_option("--identity", identity_file, "PEM file with the certificate of the creator")
      ->type_name("FILE");
  parser.add_option("--with-self-as-creator", creator, "Fill in the creator: tls or signer")
      ->check(CLI::IsMember({"tls", "signer"}))
      ->type_name("WHO");
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const auto who = creator == "tls"      ? action::SelfAsCreator::tls
                   : creator == "signer" ? action::SelfAsCreator::signer
                                         : action::SelfAsCreator::no;
  const std::string hash =
      action::calculate_hash(invocation.system, config, flags.input(), who,
                             identity_file.empty() ? std::nullopt : std::optional(identity_file));
  if (invocation.terminal.json) {
    invocation.terminal.document(
        nlohmann::json{{"schema", "sconectl/v1/session-hash"}, {"hash", hash}});
  } else {
    invocation.terminal.data(hash);
  }
  return 0;
}

int session_sign_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "session sign",
                "Sign a session: FILE [sign-with-cli-identity], FILE generate-message-to-be-signed "
                "[-f] [SIGNER], or FILE add-signature SIGNER [SIGNATURE].");
  SessionFlags flags;
  std::vector<std::string> words;
  bool force = false;
  flags.add_to(parser);
  parser.add_option("HOW", words,
                    "sign-with-cli-identity (default), generate-message-to-be-signed, "
                    "add-signature, and their arguments");
  parser.add_flag("-f,--force", force, "Print the binary message to a terminal too");
  parser.examples(
      {"sconectl session sign session.yaml",
       "sconectl session sign session.yaml generate-message-to-be-signed key.pem > message",
       "sconectl session sign session.yaml add-signature key.pem < signature"});
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const std::string how = words.empty() ? "sign-with-cli-identity" : words[0];
  if (how == "generate-message-to-be-signed")
    return generate_message(invocation, flags, words, force);
  if (how == "add-signature") {
    if (words.size() < 2 || words.size() > 3) usage("add-signature takes SIGNER [SIGNATURE]");
    const std::string bytes = signature_bytes(invocation, words.size() == 3 ? words[2] : "");
    invocation.terminal.data(
        action::add_signature(invocation.system, flags.input(), words[1], bytes));
    return 0;
  }
  if (how != "sign-with-cli-identity" || words.size() > 1)
    usage(
        fmt::format("'{}' is not a way to sign: sign-with-cli-identity, "
                    "generate-message-to-be-signed or add-signature",
                    how));
  invocation.terminal.data(action::sign(invocation.system, config, flags.input()));
  return 0;
}

int session_encrypt_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "session encrypt",
                "Encrypt a session so that only its CAS can read it.");
  SessionFlags flags;
  std::string cas_address;
  std::string key;
  flags.add_to(parser);
  auto* const cas_option =
      parser.add_option("-c,--cas", cas_address, "CAS as it was attested")->type_name("CAS");
  parser.add_option("--key", key, "Its session encryption key, 64 hex digits")
      ->excludes(cas_option)
      ->type_name("HEX");
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  if (key.empty()) {
    const auto chosen = cas::chosen_cas(
        config.load(), cas_address.empty() ? std::nullopt : std::optional(cas_address));
    key = chosen.known.session_encryption_key;
    if (key.empty())
      throw diag::Error(
          diag::ErrorKind::unavailable,
          fmt::format("the session encryption key of CAS '{}' is not known: attest it "
                      "again, or give --key",
                      chosen.address));
  }
  invocation.terminal.data(action::encrypt(invocation.system, config, flags.input(), key));
  return 0;
}

}  // namespace sconectl::cli
