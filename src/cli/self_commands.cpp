// `sconectl self ...` and `sconectl cert show-key-hash`: public halves of identities.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {
namespace {

constexpr std::size_t certificate_limit = std::size_t{1} << 20U;

/// A verb without arguments that prints one value of the identity.
template <typename Value>
int show(Invocation& invocation, std::vector<std::string> arguments, std::string_view words,
         std::string_view purpose, const Value& value) {
  Parser parser(invocation, words, purpose);
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  const std::string text = value(config);
  if (invocation.terminal.json) {
    invocation.terminal.document(nlohmann::json{{"schema", "sconectl/v1/value"}, {"value", text}});
  } else {
    invocation.terminal.data(text);
  }
  return 0;
}

std::string signing_key(cas::ConfigFile& config) {
  return config.session_signing_key().public_key().spki_pem();
}

}  // namespace

int self_show_command(Invocation& invocation, std::vector<std::string> arguments) {
  return show(invocation, std::move(arguments), "self show", "Print our identity.",
              [](cas::ConfigFile& config) {
                const cas::Identity identity = config.identity();
                return fmt::format("Certificate:\n{}Key hash: {}\nSession signing key:\n{}",
                                   identity.certificate.pem(), identity.key_hash(),
                                   signing_key(config));
              });
}

int self_show_certificate_command(Invocation& invocation, std::vector<std::string> arguments) {
  return show(invocation, std::move(arguments), "self show-certificate", "Print our certificate.",
              [](cas::ConfigFile& config) { return config.identity().certificate.pem(); });
}

int self_show_key_hash_command(Invocation& invocation, std::vector<std::string> arguments) {
  return show(invocation, std::move(arguments), "self show-key-hash",
              "Print the hash of our public key, as access policies name it.",
              [](cas::ConfigFile& config) { return config.identity().key_hash(); });
}

int self_show_certificate_hash_command(Invocation& invocation, std::vector<std::string> arguments) {
  return show(
      invocation, std::move(arguments), "self show-certificate-hash",
      "Print the hash of our certificate (deprecated).", [](cas::ConfigFile& config) {
        return crypto::hex(crypto::view(crypto::sha256(config.identity().certificate.pem())));
      });
}

int self_show_session_signing_key_command(Invocation& invocation,
                                          std::vector<std::string> arguments) {
  return show(invocation, std::move(arguments), "self show-session-signing-key",
              "Print the public key that our signed sessions are verified with.",
              [](cas::ConfigFile& config) { return signing_key(config); });
}

int cert_show_key_hash_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cert show-key-hash", "Print the key hash of a certificate.");
  std::string file;
  parser.add_option("FILE", file, "PEM file; its first certificate counts")->required();
  if (!parser.read(std::move(arguments))) return 0;
  try {
    const auto certificate =
        crypto::Certificate::from_pem(invocation.system.files.read(file, certificate_limit));
    invocation.terminal.data(crypto::key_hash(certificate.public_key()));
  } catch (const diag::Error& error) {
    throw error.within(fmt::format("certificate '{}'", file));
  }
  return 0;
}

}  // namespace sconectl::cli
