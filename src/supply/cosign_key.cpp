#include "sconectl/supply/cosign_key.hpp"

#include <algorithm>
#include <array>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/pem.hpp"
#include "sconectl/crypto/scrypt.hpp"
#include "sconectl/crypto/secretbox.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/supply/dsse.hpp"
#include "supply/json.hpp"

namespace sconectl::supply {
namespace {

constexpr std::string_view sigstore_label = "ENCRYPTED SIGSTORE PRIVATE KEY";
constexpr std::string_view cosign_label = "ENCRYPTED COSIGN PRIVATE KEY";
constexpr std::string_view kdf_name = "scrypt";
constexpr std::string_view cipher_name = "nacl/secretbox";
constexpr std::size_t salt_size = 32;

/// All that go-securesystemslib takes: others could cost a reader any memory and time.
constexpr std::array<crypto::ScryptCost, 3> known_costs{{
    {32'768, 8, 1},
    {65'536, 8, 1},
    {131'072, 8, 1},
}};

[[noreturn]] void invalid_key_file(std::string text) {
  throw diag::Error(diag::ErrorKind::invalid, std::move(text));
}

std::uint64_t cost_member(const Json& params, const char* name) {
  const auto found = params.find(name);
  return found != params.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

crypto::ScryptCost checked_cost(const Json& kdf) {
  const Json& params = object_member(kdf, "params");
  const crypto::ScryptCost cost{cost_member(params, "N"), cost_member(params, "r"),
                                cost_member(params, "p")};
  if (text_member(kdf, "name") != kdf_name ||
      std::find(known_costs.begin(), known_costs.end(), cost) == known_costs.end()) {
    invalid_key_file("the key file derives its key in a way that cosign does not");
  }
  return cost;
}

std::string bytes_member(const Json& object, const char* name) {
  auto bytes = crypto::unbase64(text_member(object, name));
  if (!bytes) invalid_key_file("the key file holds text that is not base64");
  return std::move(*bytes);
}

/// The PKCS#8 in the JSON of a key file.
crypto::Secret decrypted(std::string_view json, const crypto::Secret& password) {
  const Json file = parse_object(json, "the content of cosign's key file");
  const Json& kdf = object_member(file, "kdf");
  const Json& cipher = object_member(file, "cipher");
  const crypto::ScryptCost cost = checked_cost(kdf);
  if (text_member(cipher, "name") != cipher_name) {
    invalid_key_file("the key file is encrypted in a way that cosign does not");
  }
  const std::string salt = bytes_member(kdf, "salt");
  const std::string nonce = bytes_member(cipher, "nonce");
  const std::string box = bytes_member(file, "ciphertext");
  if (nonce.size() != crypto::secretbox_nonce_size) {
    invalid_key_file("the nonce of the key file has not 24 bytes");
  }
  const crypto::Secret key =
      crypto::scrypt(password.view(), salt, cost, crypto::secretbox_key_size);
  auto plaintext = crypto::secretbox_open(key.view(), nonce, box);
  if (!plaintext) {
    throw diag::Error(diag::ErrorKind::refused,
                      "the password of the signing key is wrong, or its file was changed");
  }
  return std::move(*plaintext);
}

/// PKCS#8 of version 1. That of version 2, which we write for Ed25519 elsewhere, is not read by
/// OpenSSL 3.0 and what is built on it.
crypto::Secret pkcs8_of(const crypto::PrivateKey& key) {
  if (key.type() != crypto::KeyType::ed25519) return key.pkcs8_der();
  constexpr std::string_view before_seed{
      "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16};
  crypto::Secret der(before_seed);
  der.append(key.ed25519_seed().view());
  return der;
}

}  // namespace

crypto::PrivateKey read_signing_key(std::string_view pem,
                                    const std::function<crypto::Secret()>& password) {
  const crypto::PemBlock block = crypto::first_pem_block(pem, sigstore_label);
  // Both versions of PKCS#8; the library reads the first only.
  if (block.label == "PRIVATE KEY") return crypto::PrivateKey::from_pem(pem);
  if (block.label != sigstore_label && block.label != cosign_label) {
    return crypto::PrivateKey::from_any_pem(pem, password);
  }
  return crypto::PrivateKey::from_der(decrypted(block.der.view(), password()).view());
}

crypto::Secret write_signing_key(const crypto::PrivateKey& key, const crypto::Secret& password,
                                 const KeyFileSalt& random) {
  require_signing_key(key.public_key());
  if (random.salt.size() != salt_size) invalid_key_file("the salt of a key file has 32 bytes");
  constexpr crypto::ScryptCost cost;  // what cosign writes
  const crypto::Secret box_key =
      crypto::scrypt(password.view(), random.salt.view(), cost, crypto::secretbox_key_size);
  const crypto::Secret plaintext = pkcs8_of(key);
  const std::string box =
      crypto::secretbox_seal(box_key.view(), random.nonce.view(), plaintext.view());
  const std::string json =
      compact({{"kdf",
                {{"name", kdf_name},
                 {"params", {{"N", cost.n}, {"r", cost.r}, {"p", cost.p}}},
                 {"salt", crypto::base64(random.salt.view())}}},
               {"cipher", {{"name", cipher_name}, {"nonce", crypto::base64(random.nonce.view())}}},
               {"ciphertext", crypto::base64(box)}});
  return crypto::pem_text(sigstore_label, json);
}

}  // namespace sconectl::supply
