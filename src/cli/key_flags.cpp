#include "cli/key_flags.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/key_shares.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/token/hardware_key.hpp"

namespace sconectl::cli {

namespace {

constexpr std::size_t largest_key_file = std::size_t{64} << 10U;

}  // namespace

crypto::Secret key_file(const action::System& system, const std::string& file) {
  return crypto::Secret::adopt(system.files.read(file, largest_key_file));
}

void KeyFlags::add_to(CLI::App& parser, const std::string& identity, const std::string& share,
                      const std::string& opened) {
  auto* const has_identity =
      parser
          .add_option(
              identity, identities_,
              fmt::format(
                  "File with an identity of age, or with the URI of a key in hardware (pkcs11:..., "
                  "tpm2:...), that opens {} (repeatable)",
                  opened))
          ->allow_extra_args(false)
          ->type_name("FILE");
  parser
      .add_option(share, shares_,
                  "File with a share of the identity; as many as are needed, in any order")
      ->allow_extra_args(false)
      ->excludes(has_identity)
      ->type_name("FILE");
}

crypto::AgeIdentities identities_in(const action::System& system, std::string_view text) {
  return crypto::parse_age_identities(text, [&](std::string_view line) {
    return token::hardware_key(line, system.files, system.processes);
  });
}

crypto::AgeIdentities KeyFlags::keys(const action::System& system) const {
  crypto::AgeIdentities keys;
  for (const auto& file : identities_) {
    try {
      auto found = identities_in(system, key_file(system, file).view());
      for (auto& key : found.keys) keys.keys.push_back(std::move(key));
      for (auto& key : found.elsewhere) keys.elsewhere.push_back(std::move(key));
    } catch (const diag::Error& error) {
      throw error.within(file);
    }
  }
  if (shares_.empty()) return keys;
  std::vector<crypto::NamedShare> shares;
  for (const auto& file : shares_) shares.push_back({file, key_file(system, file)});
  keys.keys.push_back(crypto::join_key(shares));
  return keys;
}

casd::KeyIdentities KeyFlags::identities(const action::System& system) const {
  auto found = keys(system);
  if (found.empty()) return nullptr;
  return std::make_shared<const crypto::AgeIdentities>(std::move(found));
}

}  // namespace sconectl::cli
