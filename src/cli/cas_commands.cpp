// `sconectl cas list | set-default | show-identification | show-certificate | version`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {
namespace {

/// The n-th certificate of a chain: the software certificate, then the root (RA-002).
std::string certificate(const std::string& chain, std::size_t index) {
  const auto certificates = crypto::certificates_from_pem(chain);
  if (index >= certificates.size())
    throw diag::Error(diag::ErrorKind::failed,
                      "the stored chain of this CAS is incomplete: attest it "
                      "again");
  return certificates[index].pem();
}

}  // namespace

int cas_list_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas list", "Print the CASes that are trusted.");
  if (!parser.read(std::move(arguments))) return 0;
  const cas::Config config = config_file(invocation).load();
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [address, known] : config.cas_db) {
    const bool is_default = config.default_cas == address;
    list.push_back({{"address", address}, {"url", known.url}, {"default", is_default}});
    if (!invocation.terminal.json)
      invocation.terminal.data(fmt::format("{}{}: {}", is_default ? "* " : "", address, known.url));
  }
  if (invocation.terminal.json)
    invocation.terminal.document(nlohmann::json{{"schema", "sconectl/v1/cas-list"}, {"cas", list}});
  return 0;
}

int cas_set_default_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas set-default", "Choose the CAS that commands use.");
  std::string address;
  parser.add_option("CAS", address, "Address as it was attested")->required();
  if (!parser.read(std::move(arguments))) return 0;
  config_file(invocation).update([&](cas::Config& config) {
    (void)cas::chosen_cas(config, address);  // an unknown one is refused (CL-109)
    config.default_cas = address;
  });
  return 0;
}

int cas_show_identification_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas show-identification", "Print what a CAS is known by.");
  std::string address;
  bool key_hash = false;
  bool key_certificate = false;
  bool software_hash = false;
  bool software_certificate = false;
  bool encryption_key = false;
  bool chain = false;
  parser.add_option("CAS", address, "Address as it was attested (default: the default CAS)");
  auto* const what = parser.add_option_group("what", "One of");
  what->add_flag("-c,--cas-key-hash,--cas-key", key_hash, "Hash of the CAS key");
  what->add_flag("-C,--cas-certificate", key_certificate, "Certificate of the CAS key");
  what->add_flag("-s,--cas-software-key-hash", software_hash, "Hash of the software key");
  what->add_flag("-S,--cas-software-certificate", software_certificate,
                 "Certificate of the software key");
  what->add_flag("--session-encryption-key", encryption_key, "Key for encrypted sessions");
  what->add_flag("-T,--certificate-chain", chain, "Both certificates (default)");
  what->require_option(0, 1);
  if (!parser.read(std::move(arguments))) return 0;
  const cas::KnownCas known = cas::chosen_cas(config_file(invocation).load(), given(address)).known;
  std::string text = known.chain;
  if (key_hash) text = known.cas_key_hash;
  if (key_certificate) text = certificate(known.chain, 1);
  if (software_hash) text = known.cas_software_key_hash;
  if (software_certificate) text = certificate(known.chain, 0);
  if (encryption_key) text = known.session_encryption_key;
  invocation.terminal.data(text);
  return 0;
}

int cas_show_certificate_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas show-certificate", "Print the certificates of a CAS.");
  std::string address;
  parser.add_option("CAS", address, "Address as it was attested (default: the default CAS)");
  if (!parser.read(std::move(arguments))) return 0;
  invocation.terminal.data(
      cas::chosen_cas(config_file(invocation).load(), given(address)).known.chain);
  return 0;
}

int cas_version_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "cas version", "Print the version of a CAS.");
  CasFlags flags;
  flags.add_to(parser);
  if (!parser.read(std::move(arguments))) return 0;
  cas::ConfigFile config = config_file(invocation);
  auto connection = action::connect(invocation.system, config, flags.options());
  invocation.terminal.data(connection.client.version().version);
  return 0;
}

}  // namespace sconectl::cli
