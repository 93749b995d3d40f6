// What service and mesh manifests have in common on their way in and out.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "sconectl/action/documents.hpp"
#include "sconectl/action/system.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/manifest/parse.hpp"

namespace sconectl::action {

/// Substitutes and parses; warnings are told. Throws Error{invalid} with everything that is wrong.
[[nodiscard]] manifest::Manifest parsed_manifest(System& system, const Document& document,
                                                 const Substitutions& substitutions);

/// Parses, and reports `{{ }}` of another language in what a mesh will fill in.
[[nodiscard]] manifest::Manifest checked_manifest(const yaml::Value& document,
                                                  diag::Diagnostics& out);

/// Only one run at a time writes into a target directory; another one waits and is told why.
[[nodiscard]] std::unique_ptr<host::FileLock> lock_target(System& system,
                                                          const std::filesystem::path& target);

/// The texts of a directory by relative path.
[[nodiscard]] std::map<std::string, std::string> text_tree(const host::Files& files,
                                                           const std::filesystem::path& directory);

}  // namespace sconectl::action
