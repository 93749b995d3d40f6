// Private keys in files of age or in hardware, or shares of one: for backups, and for key files
// that are sealed.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/crypto/age.hpp"

namespace sconectl::cli {

/// All of a file with a key. Throws Error{unavailable} if there is none.
[[nodiscard]] crypto::Secret key_file(const action::System& system, const std::string& file);
/// The identities that such a file holds or names.
[[nodiscard]] crypto::AgeIdentities identities_in(const action::System& system,
                                                  std::string_view text);

class KeyFlags {
 public:
  /// `identity` and `share`: names of the options; `opened`: what they open.
  void add_to(CLI::App& parser, const std::string& identity, const std::string& share,
              const std::string& opened);
  /// All of them; empty if none was given. Throws Error{invalid} for what is no key, and for shares
  /// that are too few, wrong or of another set.
  [[nodiscard]] crypto::AgeIdentities keys(const action::System& system) const;
  /// The same, to open a key file with; a null pointer if none was given.
  [[nodiscard]] casd::KeyIdentities identities(const action::System& system) const;

 private:
  std::vector<std::string> identities_;
  std::vector<std::string> shares_;
};

}  // namespace sconectl::cli
