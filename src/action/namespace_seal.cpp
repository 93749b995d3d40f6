#include "sconectl/action/namespace_seal.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/file_access.hpp"

namespace sconectl::action {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr unsigned for_owner_alone = 0600;
constexpr std::size_t largest_namespace_key_file = std::size_t{64} << 10U;

crypto::Secret namespace_key(System& system, const std::filesystem::path& file) {
  const auto text = crypto::Secret::adopt(system.files.read(file, largest_namespace_key_file));
  auto key = cas::parse_namespace_key(text.view());
  if (!key)
    throw Error(ErrorKind::invalid,
                fmt::format("{} has no key of a namespace: 'sconectl cas namespace keygen' makes "
                            "one, and it is not that of a backup or of a database",
                            file.string()));
  if (host::file_access(file) == host::FileAccess::others)
    throw Error(ErrorKind::refused,
                fmt::format("others can read {}: chmod 600 it; if others use this machine, make "
                            "another key and seal the namespace with that",
                            file.string()));
  return std::move(*key);
}

}  // namespace

void make_namespace_key(System& system, const std::filesystem::path& file) {
  if (system.files.exists(file))
    throw Error(ErrorKind::conflict, file.string() + " is there already; nothing was changed");
  const auto text = cas::namespace_key_file(crypto::random_bytes(cas::namespace_key_bytes));
  system.files.write(file, text.view(), for_owner_alone);
}

cas::NamespaceStatus seal_namespace(System& system, cas::ConfigFile& config,
                                    const std::string& name, const std::filesystem::path& key_file,
                                    const CasOptions& options) {
  const auto key = namespace_key(system, key_file);
  return connect(system, config, options).client.seal_namespace(name, key);
}

cas::NamespaceStatus unlock_namespace(System& system, cas::ConfigFile& config,
                                      const std::string& name,
                                      const std::filesystem::path& key_file,
                                      const CasOptions& options) {
  const auto key = namespace_key(system, key_file);
  return connect(system, config, options).client.unlock_namespace(name, key);
}

cas::NamespaceStatus lock_namespace(System& system, cas::ConfigFile& config,
                                    const std::string& name, const CasOptions& options) {
  return connect(system, config, options).client.lock_namespace(name);
}

cas::NamespaceStatus unseal_namespace(System& system, cas::ConfigFile& config,
                                      const std::string& name, const CasOptions& options) {
  return connect(system, config, options).client.unseal_namespace(name);
}

cas::NamespaceStatus namespace_status(System& system, cas::ConfigFile& config,
                                      const std::string& name, const CasOptions& options) {
  return connect(system, config, options).client.namespace_status(name);
}

}  // namespace sconectl::action
