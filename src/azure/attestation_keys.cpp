#include "sconectl/azure/attestation_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "azure/json.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::string_view key_set = "set of keys";
constexpr std::size_t largest_key_set = std::size_t{256} << 10U;
constexpr std::size_t most_keys = 100;
constexpr int least_bits = 2048;

bool is_rsa(const crypto::PublicKey& key) {
  using crypto::KeyType;
  return key.type() == KeyType::rsa2048 || key.type() == KeyType::rsa3072 ||
         key.type() == KeyType::rsa_other;
}

/// A member of a JWK, "" if it is no text.
std::string member(const Json& jwk, const char* name) {
  const auto found = jwk.find(name);
  return found != jwk.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<crypto::PublicKey> certified_key(const Json& jwk) {
  const auto chain = jwk.find("x5c");
  if (chain == jwk.end() || !chain->is_array() || chain->empty() || !chain->front().is_string())
    return std::nullopt;
  const auto der = crypto::unbase64(chain->front().get_ref<const std::string&>());
  if (!der) return std::nullopt;
  try {
    auto key = crypto::Certificate::from_der(*der).public_key();
    return is_rsa(key) ? std::optional(std::move(key)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

AttestationKeys AttestationKeys::parse(std::string_view json) {
  if (json.size() > largest_key_set)
    throw Error(ErrorKind::invalid, fmt::format("the {} is too large", key_set));
  const auto set = parse_json(json, key_set);
  const auto listed = set.find("keys");
  if (listed == set.end() || !listed->is_array() || listed->size() > most_keys)
    throw Error(ErrorKind::invalid,
                fmt::format("the {} has no list 'keys' of at most {}", key_set, most_keys));
  AttestationKeys result;
  for (const auto& jwk : *listed) {
    if (!jwk.is_object() || member(jwk, "kty") != "RSA") continue;
    auto kid = member(jwk, "kid");
    auto key = certified_key(jwk);
    if (!kid.empty() && key) result.entries_.push_back({std::move(kid), *std::move(key)});
  }
  return result;
}

bool AttestationKeys::has(std::string_view kid) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& each) { return each.kid == kid; });
}

const crypto::PublicKey& AttestationKeys::key(std::string_view kid) const {
  const auto is_it = [&](const Entry& each) { return each.kid == kid; };
  const auto found = std::find_if(entries_.begin(), entries_.end(), is_it);
  if (found == entries_.end())
    throw Error(ErrorKind::refused, "its key (kid) is none of the provider's");
  if (std::count_if(entries_.begin(), entries_.end(), is_it) > 1)
    throw Error(ErrorKind::refused, "the provider has two keys of its id (kid)");
  if (found->key.bits() < least_bits)
    throw Error(ErrorKind::refused, fmt::format("its key has {} bits, and at least {} are needed",
                                                found->key.bits(), least_bits));
  return found->key;
}

}  // namespace sconectl::azure
