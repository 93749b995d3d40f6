#include "cli/key_flags.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/age.hpp"
#include "sconectl/crypto/key_shares.hpp"

namespace sconectl::cli {

namespace {

constexpr std::size_t largest_key_file = std::size_t{64} << 10U;

crypto::Secret key_file(const action::System& system, const std::string& file) {
  return crypto::Secret::adopt(system.files.read(file, largest_key_file));
}

}  // namespace

void KeyFlags::add_to(CLI::App& parser, const std::string& identity, const std::string& share,
                      const std::string& opened) {
  auto* const has_identity =
      parser
          .add_option(
              identity, identities_,
              fmt::format("File with an identity of age that opens {} (repeatable)", opened))
          ->allow_extra_args(false)
          ->type_name("FILE");
  parser
      .add_option(share, shares_,
                  "File with a share of the identity; as many as are needed, in any order")
      ->allow_extra_args(false)
      ->excludes(has_identity)
      ->type_name("FILE");
}

std::vector<crypto::Secret> KeyFlags::keys(const action::System& system) const {
  std::vector<crypto::Secret> keys;
  for (const auto& file : identities_)
    for (auto& key : crypto::parse_age_identities(key_file(system, file).view()))
      keys.push_back(std::move(key));
  if (shares_.empty()) return keys;
  std::vector<crypto::NamedShare> shares;
  for (const auto& file : shares_) shares.push_back({file, key_file(system, file)});
  keys.push_back(crypto::join_key(shares));
  return keys;
}

casd::KeyIdentities KeyFlags::identities(const action::System& system) const {
  auto found = keys(system);
  if (found.empty()) return nullptr;
  return std::make_shared<const std::vector<crypto::Secret>>(std::move(found));
}

}  // namespace sconectl::cli
