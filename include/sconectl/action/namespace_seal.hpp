// Namespaces of a CAS that are sealed with a key of ours.
#pragma once

#include <filesystem>
#include <string>

#include "sconectl/action/cas_attest.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/cas/wire_namespaces.hpp"

namespace sconectl::action {

/// `cas namespace keygen`: a new key in a new file with mode 0600. Throws Error{conflict} if the
/// file is there.
void make_namespace_key(System& system, const std::filesystem::path& file);

/// `cas namespace seal`: the session and all below it. Throws Error{invalid} for a file without a
/// key, before anything is sent, Error{refused} for a key that others can read; else as
/// cas::Client.
[[nodiscard]] cas::NamespaceStatus seal_namespace(System& system, cas::ConfigFile& config,
                                                  const std::string& name,
                                                  const std::filesystem::path& key_file,
                                                  const CasOptions& options);
/// `cas namespace unlock`.
[[nodiscard]] cas::NamespaceStatus unlock_namespace(System& system, cas::ConfigFile& config,
                                                    const std::string& name,
                                                    const std::filesystem::path& key_file,
                                                    const CasOptions& options);
/// `cas namespace lock`.
[[nodiscard]] cas::NamespaceStatus lock_namespace(System& system, cas::ConfigFile& config,
                                                  const std::string& name,
                                                  const CasOptions& options);
/// `cas namespace unseal`.
[[nodiscard]] cas::NamespaceStatus unseal_namespace(System& system, cas::ConfigFile& config,
                                                    const std::string& name,
                                                    const CasOptions& options);
/// `cas namespace status`.
[[nodiscard]] cas::NamespaceStatus namespace_status(System& system, cas::ConfigFile& config,
                                                    const std::string& name,
                                                    const CasOptions& options);

}  // namespace sconectl::action
