// Private keys in files of age, or shares of one: for backups, and for key files that are sealed.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::cli {

class KeyFlags {
 public:
  /// `identity` and `share`: names of the options; `opened`: what they open.
  void add_to(CLI::App& parser, const std::string& identity, const std::string& share,
              const std::string& opened);
  /// All of them; empty if none was given. Throws Error{invalid} for what is no key, and for shares
  /// that are too few, wrong or of another set.
  [[nodiscard]] std::vector<crypto::Secret> keys(const action::System& system) const;
  /// The same, to open a key file with; a null pointer if none was given.
  [[nodiscard]] casd::KeyIdentities identities(const action::System& system) const;

 private:
  std::vector<std::string> identities_;
  std::vector<std::string> shares_;
};

}  // namespace sconectl::cli
