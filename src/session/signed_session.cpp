#include "sconectl/session/signed_session.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/access_policy.hpp"
#include "sconectl/session/hash.hpp"

namespace sconectl::session {
namespace {

using Json = nlohmann::json;

constexpr std::string_view signature_prefix = "open-cas session signature v1\n";
constexpr std::string_view encryption_info = "open-cas encrypted session v1";
constexpr int deepest_json = 16;
constexpr std::size_t most_signatures = 1000;
/// HPKE: 32 bytes of encapsulated key and a tag of 16.
constexpr std::size_t shortest_sealed = 48;

[[noreturn]] void fail(std::string text) {
  throw diag::Error(diag::ErrorKind::invalid, std::move(text));
}

/// nlohmann::json keeps the last of repeated keys silently and recurses without a limit; neither
/// may happen to what was signed.
class Guard {
 public:
  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth > deepest_json) fail("the JSON is nested too deeply");
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key) {
      auto& seen = keys_.back();
      const auto& name = parsed.get_ref<const std::string&>();
      if (std::find(seen.begin(), seen.end(), name) != seen.end())
        fail(fmt::format("the JSON has the key '{}' twice", name));
      if (seen.size() >= most_signatures) fail("the JSON has too many keys");
      seen.push_back(name);
    }
    return true;
  }

 private:
  std::vector<std::vector<std::string>> keys_;
};

Json parsed(std::string_view text, std::string_view what) {
  try {
    return Json::parse(text, Guard());
  } catch (const Json::exception&) {
    fail(fmt::format("the {} is not valid JSON", what));
  }
}

std::string member(const Json& object, const char* key, std::string_view what) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string())
    fail(fmt::format("the {} has no text '{}'", what, key));
  return found->get<std::string>();
}

void only(const Json& object, std::initializer_list<std::string_view> known,
          std::string_view what) {
  for (const auto& [key, value] : object.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      fail(fmt::format("the {} has an unknown key '{}'", what, key));
}

/// Hex, or base64 as other tools write it (RA-043).
std::string signature_bytes(const std::string& text) {
  if (auto bytes = crypto::unhex(text)) return *bytes;
  if (auto bytes = crypto::unbase64(text)) return *bytes;
  fail("a signature must be hex or base64");
}

}  // namespace

Form form_of(std::string_view content) {
  const std::size_t first = content.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos || content[first] != '{') return Form::yaml;
  // Flow mappings are YAML too, so a text that is no JSON is left to the YAML reader and its
  // messages.
  const Json object = Json::parse(content.substr(first), nullptr, false);
  if (!object.is_object()) return Form::yaml;
  if (object.contains("encrypted_session")) return Form::encrypted_session;
  if (object.contains("session") && object.contains("signatures")) return Form::signed_session;
  return Form::yaml;
}

SignedSession parse_signed_session(std::string_view text) {
  constexpr std::string_view what = "signed session";
  const Json object = parsed(text, what);
  if (!object.is_object()) fail("a signed session must be a JSON object");
  only(object, {"session", "signatures"}, what);
  SignedSession result;
  result.session = member(object, "session", what);
  const auto signatures = object.find("signatures");
  if (signatures == object.end() || !signatures->is_array())
    fail("the signed session has no list 'signatures'");
  if (signatures->size() > most_signatures) fail("the signed session has too many signatures");
  for (const Json& item : *signatures) {
    if (!item.is_object()) fail("a signature must be a JSON object");
    only(item, {"signer", "signature"}, "signature");
    result.signatures.push_back({member(item, "signer", "signature"),
                                 signature_bytes(member(item, "signature", "signature"))});
  }
  return result;
}

EncryptedSession parse_encrypted_session(std::string_view text) {
  constexpr std::string_view what = "encrypted session";
  const Json object = parsed(text, what);
  if (!object.is_object()) fail("an encrypted session must be a JSON object");
  only(object, {"encrypted_session", "encryption_key"}, what);
  EncryptedSession result;
  const auto sealed = crypto::unbase64(member(object, "encrypted_session", what));
  if (!sealed || sealed->size() < shortest_sealed)
    fail("'encrypted_session' must be base64 of an encrypted session");
  result.sealed = *sealed;
  const auto key = crypto::unhex(member(object, "encryption_key", what));
  if (!key || key->size() != 32) fail("'encryption_key' must be 64 hex digits");
  result.encryption_key = crypto::hex(*key);
  return result;
}

std::string json(const SignedSession& session) {
  nlohmann::ordered_json signatures = nlohmann::ordered_json::array();
  for (const Signature& signature : session.signatures)
    signatures.push_back({{"signer", signer_key(signature.signer).spki_pem()},
                          {"signature", crypto::hex(signature.signature)}});
  nlohmann::ordered_json object;
  object["session"] = session.session;
  object["signatures"] = std::move(signatures);
  return object.dump() + "\n";
}

std::string json(const EncryptedSession& session) {
  nlohmann::ordered_json object;
  object["encrypted_session"] = crypto::base64(session.sealed);
  object["encryption_key"] = session.encryption_key;
  return object.dump() + "\n";
}

std::string message_to_be_signed(const Session& session) {
  return std::string(signature_prefix) + crypto::unhex(hash(session)).value();
}

void add_signature(SignedSession& signed_session, const Session& session, Signature signature) {
  const auto key = signer_key(signature.signer);
  if (!key.verify(message_to_be_signed(session), signature.signature))
    fail("the signature does not belong to this session and signer");
  signature.signer = key.spki_pem();
  auto& all = signed_session.signatures;
  const auto same = std::find_if(all.begin(), all.end(), [&](const Signature& other) {
    return signer_key(other.signer) == key;
  });
  if (same != all.end())
    *same = std::move(signature);
  else
    all.push_back(std::move(signature));
}

std::vector<crypto::PublicKey> verified_signers(const SignedSession& signed_session,
                                                const Session& session) {
  if (signed_session.signatures.empty()) fail("the signed session has no signature");
  const std::string message = message_to_be_signed(session);
  std::vector<crypto::PublicKey> keys;
  for (std::size_t i = 0; i < signed_session.signatures.size(); ++i) {
    const Signature& signature = signed_session.signatures[i];
    const auto key = signer_key(signature.signer);
    if (!key.verify(message, signature.signature))
      fail(fmt::format("signature {} of {} is wrong: it does not belong to this session and signer",
                       i + 1, signed_session.signatures.size()));
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

EncryptedSession encrypt(std::string_view plaintext, const std::string& cas_key) {
  const auto key = crypto::unhex(cas_key);
  if (!key || key->size() != 32) fail("the encryption key of a CAS is 64 hex digits");
  return {crypto::hpke_seal(*key, encryption_info, "", plaintext), crypto::hex(*key)};
}

crypto::Secret decrypt(const EncryptedSession& session, std::string_view private_key) {
  return crypto::hpke_open(private_key, encryption_info, "", session.sealed);
}

}  // namespace sconectl::session
