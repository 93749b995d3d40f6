#include "action/signing_key.hpp"

#include "sconectl/crypto/key.hpp"
#include "sconectl/host/files_beneath.hpp"

namespace sconectl::action {

void keep_signing_key(System& system, const std::filesystem::path& target,
                      const manifest::Service& service) {
  if (service.build.signature && service.build.signature->key) return;
  const auto path = target / "identity.pem";
  const auto files = host::files_beneath(system.files, target);
  if (files->exists(path)) return;
  files->write(path, crypto::PrivateKey::generate_for_enclaves().pkcs8_pem().view(), 0600);
}

SignerOptions image_signer(const manifest::Service& service, const ServiceOptions& options) {
  SignerOptions signer;
  if (!options.signing_command.empty()) {
    signer.command = options.signing_command;
    if (options.signer_key) signer.public_key = *options.signer_key;
  } else if (service.build.signature && service.build.signature->key) {
    signer.key = service.build.signature->key->text;
  } else {
    signer.key = options.target / "identity.pem";
  }
  return signer;
}

}  // namespace sconectl::action
