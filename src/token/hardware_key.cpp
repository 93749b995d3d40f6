#include "sconectl/token/hardware_key.hpp"

#include "token/pkcs11_key.hpp"
#include "token/remembered_key.hpp"
#include "token/tpm_key.hpp"

namespace sconectl::token {

std::shared_ptr<const crypto::P256Key> hardware_key(std::string_view uri, host::Files& files,
                                                    host::Processes& processes) {
  std::unique_ptr<const crypto::P256Key> key;
  if (uri.starts_with("pkcs11:")) key = pkcs11_key(uri, files, processes);
  if (uri.starts_with("tpm2:")) key = tpm_key(uri, files, processes);
  if (!key) return nullptr;
  return std::make_shared<const RememberedKey>(std::move(key));
}

}  // namespace sconectl::token
