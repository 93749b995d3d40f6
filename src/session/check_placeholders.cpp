// Placeholders against the secrets of the session (SL-197 to SL-214).
#include <fmt/core.h>

#include "check_parts.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/resolve.hpp"

namespace sconectl::session {
namespace {

constexpr std::size_t otp_bytes = 16;

Target target_of(const Checked& checked, const Placeholder& placeholder) {
  return target(placeholder,
                [&](std::string_view name) { return checked.secret(name) != nullptr; });
}

std::string formats_text(SecretKind kind) {
  std::string result;
  for (const std::string_view suffix : suffixes_of(kind)) {
    if (suffix.starts_with('.')) continue;
    result += fmt::format("{}{}", result.empty() ? "" : ", ",
                          suffix.empty() ? "none" : fmt::format("':{}'", suffix));
  }
  return result;
}

/// The secret and format that a placeholder means; reports what is wrong with it.
struct Meaning {
  const Secret* secret = nullptr;
  std::optional<Format> format;
};
Meaning meaning(const Checked& checked, const Place& place, const std::string& what,
                const Placeholder& placeholder, Missing missing) {
  const std::string at = fmt::format("{}: {}", what, placeholder.text());
  if (!known_encoding(placeholder.encoding))
    checked.error(place, fmt::format("{}: unknown encoding '{}'; only 'escape(json)' exists", at,
                                     placeholder.encoding));
  if (placeholder.name == "self") {
    checked.error(place, at + " is possible in the payload of a jwt only");
    return {};
  }
  const auto found = target_of(checked, placeholder);
  const Secret* secret = checked.secret(found.secret);
  if (secret == nullptr) {
    const std::string text = fmt::format("{}: {}", at, checked.undefined(found.secret));
    missing == Missing::error ? checked.error(place, text) : checked.warning(place, text);
    return {};
  }
  if (found.suffix.starts_with('.'))
    checked.warning(place, fmt::format("{}: the suffix '{}' is deprecated", at, found.suffix));
  const auto kind = secret->kind();
  if (!kind) return {secret, std::nullopt};
  const auto format = format_of(*kind, found.suffix);
  if (!format)
    checked.error(place, fmt::format("{}: a secret of kind {} has no format '{}'; possible: {}", at,
                                     text::word(*kind), found.suffix, formats_text(*kind)));
  return {secret, format};
}

/// What looks like a placeholder and is none (SL-198, SL-199).
void warn_of_literals(const Checked& checked, const Place& place, const std::string& what,
                      const std::string& text) {
  for (const std::string& hint : literal_hints(text))
    checked.warning(place, fmt::format("{}: {}", what, hint));
}

/// The private key that a placeholder writes: its secret, or the one that a certificate names.
const PrivateKey* written_key(const Checked& checked, const Meaning& meaning) {
  if (meaning.format != Format::private_key_pem && meaning.format != Format::private_key_der)
    return nullptr;
  const Secret* secret = meaning.secret;
  if (const auto* certificate = std::get_if<X509>(&secret->body))
    secret = certificate->private_key ? checked.secret(*certificate->private_key) : nullptr;
  return secret == nullptr ? nullptr : std::get_if<PrivateKey>(&secret->body);
}

bool is_ed25519(const PrivateKey& key) {
  try {
    return (key.value ? crypto::PrivateKey::from_pem(*key.value).type() : key.type()) ==
           crypto::KeyType::ed25519;
  } catch (const diag::Error&) {  // reported where the value is read
    return false;
  }
}

void check_value(const Checked& checked, const Place& place, const std::string& what,
                 const Placeholder& placeholder, const Meaning& meaning, Use use) {
  const std::string at = fmt::format("{}: {}", what, placeholder.text());
  if (const auto* fragment = std::get_if<ConfigFragment>(&meaning.secret->body))
    if (!fragment->value.is_scalar())
      checked.error(place, at + " is a list or mapping, which has no text");
  const auto* binary = std::get_if<Binary>(&meaning.secret->body);
  if (use == Use::argument && meaning.format == Format::raw && binary != nullptr && binary->value) {
    const auto bytes = crypto::unhex(*binary->value);
    if (bytes && bytes->find('\0') != std::string::npos)
      checked.error(place,
                    at + " holds a NUL byte, which an argument or environment variable can not "
                         "carry; use a text format such as ':hex' or ':base64'");
  }
  if (const auto* written = written_key(checked, meaning);
      written != nullptr && is_ed25519(*written))
    checked.warning(place, at +
                               ": OpenSSL before 3.5, and Python and Node.js with it, can not read "
                               "Ed25519 keys in this form (PKCS#8 version 2); use 'key_type: "
                               "P-256', or a certificate with ':pkcs12-with-private-key'");
  const auto* certificate = std::get_if<X509>(&meaning.secret->body);
  const bool key = meaning.format == Format::private_key_pem ||
                   meaning.format == Format::private_key_der || meaning.format == Format::pkcs12;
  if (key && certificate != nullptr && certificate->value && !certificate->private_key)
    checked.error(place, at + " needs the private key, but the certificate names none with "
                              "'private_key'");
}

}  // namespace

void check_text(const Checked& checked, const Place& place, const std::string& what,
                const std::string& text, Use use) {
  if (text.find("SCONE:") == std::string::npos) return;
  for (const Piece& piece : pieces(text)) {
    if (!piece.placeholder) continue;
    const Meaning found = meaning(checked, place, what, *piece.placeholder, Missing::error);
    if (found.secret != nullptr) check_value(checked, place, what, *piece.placeholder, found, use);
  }
  warn_of_literals(checked, place, what, text);
}

void check_setting(const Checked& checked, const Place& place, const std::string& what,
                   const Placeholder& placeholder, Missing missing) {
  const Meaning found = meaning(checked, place, what, placeholder, missing);
  if (found.format && !is_text(*found.format))
    checked.error(place, fmt::format("{}: {} gives bytes; use a text format such as ':hex'", what,
                                     placeholder.text()));
}

void check_setting(const Checked& checked, const Place& place, const std::string& what,
                   const std::string& text) {
  if (const auto placeholder = whole_placeholder(text))
    check_setting(checked, place, what, *placeholder);
  else
    warn_of_literals(checked, place, what, text);
}

void check_key_setting(const Checked& checked, const Place& place, const std::string& what,
                       const Setting<std::string>& key) {
  const auto* placeholder = std::get_if<Placeholder>(&key);
  if (placeholder == nullptr) return;
  const Meaning found = meaning(checked, place, what, *placeholder, Missing::error);
  if (found.secret == nullptr || !found.secret->kind()) return;
  constexpr std::size_t key_bytes = 32;
  const auto* binary = std::get_if<Binary>(&found.secret->body);
  if (found.secret->kind() != SecretKind::binary || (found.format && found.format != Format::raw)) {
    checked.error(place,
                  fmt::format("{}: {} must be a secret of kind binary, without suffix or with "
                              "':bin'",
                              what, placeholder->text()));
  } else if (binary != nullptr) {
    const std::size_t size = binary->value ? binary->value->size() / 2 : binary->size;
    if (size != key_bytes)
      checked.error(place, fmt::format("{}: the secret '{}' must have {} bytes, it has {}; add "
                                       "'size: 32' to it",
                                       what, found.secret->name, key_bytes, size));
  }
}

void check_one_time_password(const Checked& checked, const Place& place, const std::string& what,
                             const std::optional<std::string>& text) {
  if (!text) return;
  const auto placeholder = whole_placeholder(*text);
  const auto judge = [&](std::string_view base32) {
    try {
      (void)one_time_password_key(base32);
    } catch (const diag::Error& error) {
      checked.error(place, fmt::format("{}: {}", what, error.text()));
    }
  };
  if (!placeholder) return judge(*text);
  const Meaning found = meaning(checked, place, what, *placeholder, Missing::error);
  if (found.secret == nullptr || !found.secret->kind()) return;
  if (const auto* ascii = std::get_if<Ascii>(&found.secret->body)) {
    if (ascii->value) return judge(*ascii->value);
    checked.error(place,
                  fmt::format("{}: the secret '{}' is generated from all printable characters, "
                              "which is no base32; use a binary secret as $$SCONE::{}:"
                              "base32nopad$$",
                              what, found.secret->name, found.secret->name));
    return;
  }
  const bool base32 = found.format == Format::base32 || found.format == Format::base32nopad;
  const auto* binary = std::get_if<Binary>(&found.secret->body);
  if (found.secret->kind() != SecretKind::ascii && !base32)
    checked.error(place, fmt::format("{}: {} must be an ascii secret with base32 text, or a binary "
                                     "secret with ':base32nopad'",
                                     what, placeholder->text()));
  else if (binary != nullptr &&
           (binary->value ? binary->value->size() / 2 : binary->size) < otp_bytes)
    checked.error(place, fmt::format("{}: the secret '{}' needs at least {} bytes", what,
                                     found.secret->name, otp_bytes));
}

std::optional<yaml::Value> explicit_value(const Checked& checked, const Placeholder& placeholder) {
  const auto found = target_of(checked, placeholder);
  const Secret* secret = checked.secret(found.secret);
  if (secret == nullptr || !placeholder.encoding.empty()) return std::nullopt;
  const auto scalar = [&](std::string text) {
    return yaml::Value::scalar(std::move(text), true, secret->place.at);
  };
  if (const auto* fragment = std::get_if<ConfigFragment>(&secret->body)) return fragment->value;
  if (const auto* ascii = std::get_if<Ascii>(&secret->body); ascii != nullptr && ascii->value)
    return scalar(*ascii->value);
  if (const auto* certificate = std::get_if<X509>(&secret->body))
    if (certificate->value && format_of(*secret->kind(), found.suffix) == Format::certificate_pem)
      return scalar(*certificate->value);
  if (const auto* key = std::get_if<PublicKey>(&secret->body))
    if (key->value && format_of(SecretKind::public_key, found.suffix) == Format::public_key_pem)
      return scalar(*key->value);
  const auto* binary = std::get_if<Binary>(&secret->body);
  if (binary == nullptr || !binary->value) return std::nullopt;
  const auto bytes = crypto::unhex(*binary->value);
  if (!bytes) return std::nullopt;
  switch (format_of(SecretKind::binary, found.suffix).value_or(Format::raw)) {
    case Format::hex:
      return scalar(crypto::hex(*bytes));
    case Format::base64:
      return scalar(crypto::base64(*bytes));
    case Format::base64url:
      return scalar(crypto::base64url(*bytes));
    case Format::base32:
      return scalar(crypto::base32(*bytes));
    case Format::base32nopad:
      return scalar(crypto::base32(*bytes, crypto::Padding::without));
    default:
      return std::nullopt;
  }
}

}  // namespace sconectl::session
