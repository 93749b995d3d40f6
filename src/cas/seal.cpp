#include "sconectl/cas/seal.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "json.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/write.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::cas {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t max_object_name = 253;

// A JSON string, which is a YAML string too. Helm would take "{{" for an action, so the braces are
// written as escapes.
std::string json_quoted(std::string_view text) {
  const std::string json = json_text(Json(text));
  std::string result;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const bool brace = json[i] == '{' && ((i + 1 < json.size() && json[i + 1] == '{') ||
                                          (i > 0 && json[i - 1] == '{'));
    if (brace)
      result += "\\u007b";
    else
      result += json[i];
  }
  return result;
}

// Kubernetes wants lower-case letters, digits, '-' and '.', and a letter or digit at both ends.
std::string object_name(std::string_view session_name) {
  std::string name = file_name(session_name);
  for (char& c : name)
    if (!text::is_alphanumeric(c)) c = '-';
  const auto first = name.find_first_not_of('-');
  name = first == std::string::npos ? "session"
                                    : name.substr(first, name.find_last_not_of('-') - first + 1);
  if (name.size() <= max_object_name) return name;
  const std::string digest = crypto::hex(crypto::view(crypto::sha256(session_name)));
  return name.substr(0, max_object_name - 17) + "-" + digest.substr(0, 16);
}

// YAML would take these for a number or a truth value.
bool needs_quotes(const std::string& name) {
  constexpr std::string_view words_of_yaml[] = {"true", "false", "null", "yes", "no",
                                                "on",   "off",   "y",    "n"};
  return text::is_digit(name.front()) ||
         std::find(std::begin(words_of_yaml), std::end(words_of_yaml), name) !=
             std::end(words_of_yaml);
}

// The layout is published, the empty first line included.
std::string manifest_head(std::string_view kind, std::string_view session_name, int hook_weight) {
  const std::string name = object_name(session_name);
  return fmt::format(
      "\n"
      "apiVersion: cas.scone.cloud/v1beta1\n"
      "kind: {}\n"
      "metadata:\n"
      "    name: {}\n"
      "    annotations:\n"
      "      \"helm.sh/hook\": \"pre-install,pre-upgrade\"\n"
      "      \"helm.sh/hook-weight\": \"{}\"\n"
      "spec:\n",
      kind, needs_quotes(name) ? json_quoted(name) : name, hook_weight);
}

std::string cas_address(const Address& cas) {
  return "https://" + cas.authority();
}

}  // namespace

Sealed plain(session::Session session) {
  Sealed sealed;
  sealed.body = session::text(session);
  sealed.hash = session::hash(session);
  sealed.session = std::move(session);
  return sealed;
}

Sealed signed_by(session::Session session, const crypto::PrivateKey& key) {
  const std::string signer = key.public_key().spki_pem();
  Sealed sealed = plain(session::with_signer_as_creator(std::move(session), signer));
  session::SignedSession signed_session{sealed.body, {}};
  const std::string message = session::message_to_be_signed(sealed.session);
  session::add_signature(signed_session, sealed.session, {signer, key.sign(message)});
  sealed.form = session::Form::signed_session;
  sealed.body = session::json(signed_session);
  return sealed;
}

Sealed encrypted_for(session::Session session, const crypto::PrivateKey& key,
                     const std::string& encryption_key) {
  if (encryption_key.empty())
    throw Error(ErrorKind::unavailable,
                "the session encryption key of the CAS is not known; attest the CAS again, or give "
                "the key (--key, cas_encryption_key)");
  Sealed sealed = signed_by(std::move(session), key);
  sealed.form = session::Form::encrypted_session;
  sealed.body = session::json(session::encrypt(sealed.body, encryption_key));
  return sealed;
}

std::string file_name(std::string_view session_name) {
  while (session_name.starts_with('"')) session_name.remove_prefix(1);
  while (session_name.ends_with('"')) session_name.remove_suffix(1);
  std::string name = text::lower(session_name);
  for (char& c : name)
    if (c == '_' || c == ':' || c == '/' || c == '.') c = '-';
  return name;
}

FileNames file_names(std::string_view session_name) {
  const std::string name = file_name(session_name);
  return {name + ".yaml",
          "signed_" + name + ".json",
          "encrypted_" + name + ".json",
          "signed_manifest_" + name + ".yaml",
          "encrypted_manifest_" + name + ".yaml",
          "signed_" + name + ".predecessor"};
}

std::string signed_manifest(std::string_view session_name, const Address& cas, int hook_weight,
                            const session::SignedSession& policy) {
  std::string text = manifest_head("SignedPolicy", session_name, hook_weight) +
                     fmt::format("  casAddress: {}\n  policy: {}\n  signatures:\n",
                                 cas_address(cas), json_quoted(policy.session));
  for (const auto& signature : policy.signatures)
    text += fmt::format("    - signer: {}\n      signature: {}\n", json_quoted(signature.signer),
                        json_quoted(crypto::hex(signature.signature)));
  return text;
}

std::string encrypted_manifest(std::string_view session_name, const Address& cas, int hook_weight,
                               const session::EncryptedSession& policy) {
  return manifest_head("EncryptedPolicy", session_name, hook_weight) +
         fmt::format("    casAddress: {}\n    policy: {}\n    encryptionKey: {}\n",
                     cas_address(cas), json_quoted(crypto::base64(policy.sealed)),
                     json_quoted(policy.encryption_key));
}

}  // namespace sconectl::cas
