#include "sconectl/cas/config.hpp"

#include <fmt/format.h>

#include "json.hpp"
#include "sconectl/cas/address.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "wiped_json.hpp"

namespace sconectl::cas {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::uint64_t format_version = 1;
constexpr std::size_t seed_bytes = 32;
constexpr std::uint64_t most_generations = 1'000'000;
constexpr const char* state_file = "CLI state file";

// What is left of an object when our own members are taken out.
std::string others(Json object, std::initializer_list<const char*> ours) {
  for (const char* key : ours) object.erase(key);
  return object.empty() ? "" : json_text(object);
}

Json json_or_empty(const std::string& text) {
  return text.empty() ? Json::object() : parse_json(text, state_file);
}

// The hash of a key in a chain, if the chain can be read: files of other tools have no hashes.
std::string hash_in_chain(const std::string& chain, bool root) {
  try {
    const auto certificates = crypto::certificates_from_pem(chain);
    if (certificates.empty()) return "";
    const auto& chosen = root ? certificates.back() : certificates.front();
    return crypto::key_hash(chosen.public_key());
  } catch (const Error&) {
    return "";
  }
}

KnownCas known_cas(const Json& json) {
  const Members members(json, "CLI state file: cas_db");
  KnownCas known;
  known.url = members.optional_text("url").value_or("");
  known.chain = members.optional_text("chain").value_or("");
  known.cas_key_hash = members.optional_text("cas_key_hash").value_or("");
  known.cas_software_key_hash = members.optional_text("cas_software_key_hash").value_or("");
  known.session_encryption_key = members.optional_text("session_encryption_key").value_or("");
  if (members.has("attestation")) known.attestation = json_text(json["attestation"]);
  if (known.cas_key_hash.empty()) known.cas_key_hash = hash_in_chain(known.chain, true);
  if (known.cas_software_key_hash.empty())
    known.cas_software_key_hash = hash_in_chain(known.chain, false);
  known.other = others(json, {"url", "chain", "cas_key_hash", "cas_software_key_hash",
                              "session_encryption_key", "attestation"});
  return known;
}

Json known_json(const KnownCas& known) {
  Json json = json_or_empty(known.other);
  json["url"] = known.url;
  json["chain"] = known.chain;
  json["cas_key_hash"] = known.cas_key_hash;
  json["cas_software_key_hash"] = known.cas_software_key_hash;
  if (!known.session_encryption_key.empty())
    json["session_encryption_key"] = known.session_encryption_key;
  if (!known.attestation.empty()) json["attestation"] = parse_json(known.attestation, state_file);
  return json;
}

// Hex is ours; an array of numbers is what other tools write.
crypto::PrivateKey signing_key(const Members& members, const Json& seed) {
  crypto::Secret bytes;
  if (seed.is_string()) {
    auto decoded = crypto::unhex(seed.get_ref<const std::string&>());
    if (decoded) bytes = crypto::Secret::adopt(*std::move(decoded));
  } else if (seed.is_array() && seed.size() == seed_bytes) {
    bytes = crypto::Secret::zeros(seed_bytes);
    for (std::size_t i = 0; i < seed_bytes; ++i) {
      if (!seed[i].is_number_unsigned() || seed[i].get<std::uint64_t>() > 255)
        members.fail("session_signing_keypair_ed25519_seed", "32 bytes");
      bytes.writable()[i] = seed[i].get<std::uint8_t>();
    }
  }
  if (bytes.size() != seed_bytes)
    members.fail("session_signing_keypair_ed25519_seed", "64 hex digits");
  return crypto::PrivateKey::from_ed25519_seed(bytes.view());
}

void refuse_newer(const Json& json) {
  const auto found = json.find("version");
  if (found == json.end() || found->is_null()) return;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() <= format_version) return;
  throw Error(ErrorKind::unsupported,
              "the CLI state file was written by a newer version of this program; use that "
              "version, or another file (SCONE_CLI_CONFIG)");
}

}  // namespace

Config parse_config(std::string_view text) {
  Config config;
  if (text::is_blank(text)) return config;
  const WipedJson parsed{parse_json(text, state_file)};
  const Members members(parsed.json, state_file);
  refuse_newer(parsed.json);
  config.default_cas = members.optional_text("default_cas");
  if (members.has("identity")) {
    const auto pem = crypto::Secret::adopt(members.text("identity"));
    config.identity = parse_identity(pem.view());
  }
  if (members.has("session_signing_keypair_ed25519_seed"))
    config.session_signing_key =
        signing_key(members, parsed.json["session_signing_keypair_ed25519_seed"]);
  if (members.has("cas_db")) {
    for (const auto& [address, entry] : members.object("cas_db").items())
      config.cas_db.emplace(address, known_cas(entry));
  }
  if (members.has("access_token_generations")) {
    const Members generations(members.object("access_token_generations"), state_file);
    for (const auto& [name, number] : members.object("access_token_generations").items())
      config.token_generations.emplace(name, generations.number(name.c_str(), most_generations));
  }
  config.other =
      others(parsed.json, {"version", "default_cas", "identity", "cas_db",
                           "access_token_generations", "session_signing_keypair_ed25519_seed"});
  return config;
}

crypto::Secret config_text(const Config& config) {
  WipedJson out{json_or_empty(config.other)};
  out.json["version"] = format_version;
  if (config.default_cas) out.json["default_cas"] = *config.default_cas;
  if (config.identity) out.json["identity"] = std::string(config.identity->pem().view());
  if (config.session_signing_key) {
    const auto seed = config.session_signing_key->ed25519_seed();
    out.json["session_signing_keypair_ed25519_seed"] = crypto::hex(seed.view());
  }
  if (!config.token_generations.empty())
    out.json["access_token_generations"] = config.token_generations;
  out.json["cas_db"] = Json::object();
  for (const auto& [address, known] : config.cas_db)
    out.json["cas_db"][address] = known_json(known);
  std::string text = out.json.dump(2, ' ', false, Json::error_handler_t::replace);
  text += '\n';
  return crypto::Secret::adopt(std::move(text));
}

const KnownCas* find_cas(const Config& config, std::string_view address) {
  if (const auto exact = config.cas_db.find(std::string(address)); exact != config.cas_db.end())
    return &exact->second;
  std::string url;
  try {
    url = cas::url(parse_address(address));
  } catch (const Error&) {
    return nullptr;
  }
  for (const auto& [typed, known] : config.cas_db) {
    if (known.url == url) return &known;
  }
  return nullptr;
}

ChosenCas chosen_cas(const Config& config, const std::optional<std::string>& address) {
  if (!address && !config.default_cas)
    throw Error(ErrorKind::unavailable,
                "no default CAS, attest one first: sconectl cas attest ADDRESS");
  const std::string& chosen = address ? *address : *config.default_cas;
  const KnownCas* known = find_cas(config, chosen);
  if (known != nullptr) return {chosen, *known};
  (void)parse_address(chosen);  // a typo in the address is the better news
  throw Error(ErrorKind::refused,
              fmt::format("CAS '{0}' is not known to be trustworthy; attest it first: sconectl cas "
                          "attest {0}",
                          chosen));
}

}  // namespace sconectl::cas
