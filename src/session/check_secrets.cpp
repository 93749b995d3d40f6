// Secrets among each other, and what they say about other sessions (SL-098 to SL-196).
#include <fmt/core.h>

#include <algorithm>

#include "check_parts.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/certificate_life.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::session {
namespace {

std::string title(const Secret& secret) {
  return fmt::format("secret '{}'", secret.name);
}

/// The secret of this name if its kind is known and right, or not known; reports the rest.
const Secret* wanted(const Checked& checked, const Secret& secret, std::string_view key,
                     const std::string& name, std::initializer_list<SecretKind> kinds) {
  const Secret* found = checked.secret(name);
  if (found == nullptr) {
    checked.error(secret.place,
                  fmt::format("{}: {}: {}", title(secret), key, checked.undefined(name)));
    return nullptr;
  }
  const auto kind = found->kind();
  if (!kind || std::find(kinds.begin(), kinds.end(), *kind) != kinds.end()) return found;
  checked.error(
      secret.place,
      fmt::format("{}: {} must name a secret of kind {}, '{}' is of kind {}", title(secret), key,
                  text::word(*kinds.begin()), name, text::word(*kind)));
  return nullptr;
}

/// An explicit certificate belongs to an explicit key (SL-136).
void check_pair(const Checked& checked, const Secret& secret, const X509& body, const Secret& key) {
  const auto* private_key = std::get_if<PrivateKey>(&key.body);
  if (!body.value || private_key == nullptr) return;
  if (!private_key->value) {
    checked.error(secret.place, fmt::format("{}: the certificate is given, so the private key '{}' "
                                            "must be given too, not generated",
                                            title(secret), key.name));
    return;
  }
  try {
    const auto certificate = crypto::Certificate::from_pem(*body.value);
    if (certificate.public_key() == crypto::PrivateKey::from_pem(*private_key->value).public_key())
      return;
    checked.error(secret.place, fmt::format("{}: the private key '{}' does not belong to the "
                                            "certificate",
                                            title(secret), key.name));
  } catch (const diag::Error&) {  // reported where the value is read
  }
}

/// A certificate that is given was issued by the one that it names (SL-137).
void check_issuer_of_value(const Checked& checked, const Secret& secret, const X509& body,
                           const Secret& issuer) {
  const auto* ca = std::get_if<X509>(&issuer.body);
  if (!body.value || ca == nullptr || !ca->value) return;
  try {
    const auto certificate = crypto::Certificate::from_pem(*body.value);
    if (certificate.issued_by(crypto::Certificate::from_pem(*ca->value))) return;
    checked.error(secret.place, fmt::format("{}: the certificate in 'value' was not issued by '{}'",
                                            title(secret), issuer.name));
  } catch (const diag::Error&) {  // reported where the value is read
  }
}

void check_certificate(const Checked& checked, const Secret& secret, const X509& body) {
  if (body.private_key)
    if (const auto* key =
            wanted(checked, secret, "private_key", *body.private_key, {SecretKind::private_key}))
      check_pair(checked, secret, body, *key);
  if (!body.dns.empty() && !body.san.empty())
    checked.warning(secret.place,
                    title(secret) + ": 'dns' and 'san' are put together; use 'san' only");
  else if (!body.dns.empty())
    checked.warning(secret.place, title(secret) + ": 'dns' is deprecated; use 'san: dns:<name>'");
  if (body.endpoint == Endpoint::server && body.dns.empty() && body.san.empty() && !body.value)
    checked.warning(secret.place,
                    title(secret) +
                        ": a server without 'san': browsers, Go and Python do not look "
                        "at the common name; add 'san: dns:<name>'");
  if (!body.issuer) return;
  const Secret* issuer = wanted(checked, secret, "issuer", *body.issuer,
                                {SecretKind::x509_ca, SecretKind::session_ca});
  if (issuer == nullptr) return;
  check_issuer_of_value(checked, secret, body, *issuer);
  if (body.value) return;
  if (outlives_issuer(body, [&](std::string_view name) { return checked.secret(name); }))
    checked.warning(secret.place,
                    fmt::format("{}: it would live longer than its issuer '{}', so it ends with "
                                "that; set 'valid_for'",
                                title(secret), *body.issuer));
  const auto* ca = std::get_if<X509>(&issuer->body);
  if (ca != nullptr && ca->value && !ca->private_key)
    checked.error(secret.place,
                  fmt::format("{}: the private key of the issuer '{}' is not accessible; "
                              "name it there with 'private_key'",
                              title(secret), issuer->name));
}

void check_jwt(const Checked& checked, const Secret& secret, const Jwt& body) {
  if (body.signer.empty()) return;  // which was reported
  const Secret* signer = wanted(checked, secret, "signer", body.signer, {SecretKind::private_key});
  const auto* key = signer != nullptr ? std::get_if<PrivateKey>(&signer->body) : nullptr;
  try {
    if (key != nullptr && (key->value ? crypto::PrivateKey::from_pem(*key->value).type()
                                      : key->type()) != crypto::KeyType::p384)
      checked.error(secret.place, fmt::format("{}: the signer '{}' must be a P-384 key (key_type: "
                                              "P-384)",
                                              title(secret), body.signer));
  } catch (const diag::Error&) {  // reported where the value is read
  }
  for (const auto& [name, value] : body.payload) {
    const std::string what = fmt::format("{}: payload.{}", title(secret), name);
    const auto placeholder = whole_placeholder(value);
    if (placeholder && placeholder->name == "self") {
      if (placeholder->suffix != ":software_identity")
        checked.error(secret.place, what + ": only $$SCONE::self::software_identity$$ exists");
    } else if (placeholder) {
      check_setting(checked, secret.place, what, *placeholder);
    } else if (const auto parts = pieces(value);
               std::any_of(parts.begin(), parts.end(),
                           [](const Piece& p) { return p.placeholder.has_value(); })) {
      checked.warning(secret.place,
                      what + ": a placeholder is replaced only if it is the whole value");
    }
  }
}

void check_akv_token(const Checked& checked, const Place& place, const std::string& what,
                     const std::optional<Placeholder>& token) {
  const auto is_token = [](const Secret& s) { return s.kind() == SecretKind::aad_token; };
  if (!token) {
    const auto& secrets = checked.session.secrets;
    if (std::count_if(secrets.begin(), secrets.end(), is_token) != 1)
      checked.error(place,
                    what +
                        ": 'token' may be left out only if the session has exactly one secret "
                        "of kind aad-token");
    return;
  }
  check_setting(checked, place, what + ": token", *token);
  const Secret* secret = checked.secret(token->name);
  if (secret != nullptr && secret->kind() && !is_token(*secret))
    checked.error(
        place, fmt::format("{}: token must be a secret of kind aad-token, '{}' is of kind {}", what,
                           secret->name, text::word(*secret->kind())));
}

/// At another CAS no namespace is ours (SL-342).
void check_remote_reference(const Checked& checked, const Place& place, const std::string& what,
                            const std::string& session, const RemoteCas& cas, bool pinned) {
  if (pinned) return;
  checked.warning(place, fmt::format("{}: the session '{}' of the CAS at '{}' is named without its "
                                     "hash: whoever creates that name first there is trusted",
                                     what, session, cas.url));
}

void check_body(const Checked& checked, const Secret& secret) {
  if (const auto* body = std::get_if<X509>(&secret.body)) check_certificate(checked, secret, *body);
  if (const auto* body = std::get_if<Jwt>(&secret.body)) check_jwt(checked, secret, *body);
  if (const auto* body = std::get_if<PublicKey>(&secret.body); body != nullptr && body->private_key)
    (void)wanted(checked, secret, "private_key", *body->private_key, {SecretKind::private_key});
  if (const auto* body = std::get_if<AkvImport>(&secret.body)) {
    check_akv_token(checked, secret.place, title(secret), body->token);
    if (body->decryption_key)
      check_key_setting(checked, secret.place, title(secret) + ": decryption_key",
                        *body->decryption_key);
  }
  if (const auto* body = std::get_if<SecretImport>(&secret.body)) {
    const bool pinned = body->session_hash.has_value();
    if (body->cas)
      check_remote_reference(checked, secret.place, title(secret) + ": import", body->session,
                             *body->cas, pinned);
    else
      check_reference(checked, secret.place, title(secret) + ": import", body->session, pinned,
                      Direction::import);
  }
  const auto* ascii = std::get_if<Ascii>(&secret.body);
  if (ascii == nullptr || !ascii->value) return;
  for (const Piece& piece : pieces(*ascii->value))
    if (piece.placeholder && checked.secret(piece.placeholder->name) != nullptr)
      checked.warning(secret.place, fmt::format("{}: placeholders in the value of a secret are not "
                                                "replaced",
                                                title(secret)));
}

bool readable_by_anybody(const Session& session) {
  const auto* policy = std::get_if<AccessPolicy>(&session.access_policy);
  return policy != nullptr &&
         std::any_of(policy->read.begin(), policy->read.end(), [](const AccessEntry& entry) {
           const auto* keyword = std::get_if<Keyword>(&entry.rule);
           return keyword != nullptr && *keyword == Keyword::any;
         });
}

void check_publicity(const Checked& checked, const Secret& secret, bool open) {
  const auto kind = secret.kind();
  const bool plain = kind == SecretKind::ascii || kind == SecretKind::binary;
  if (secret.export_public && plain)
    checked.warning(secret.place,
                    fmt::format("{}: 'export_public' shows its value to everybody", title(secret)));
  if (open && secret.is_explicit() && (plain || kind == SecretKind::private_key))
    checked.warning(secret.place,
                    fmt::format("{}: everybody may read this session and the value that "
                                "is written in it",
                                title(secret)));
}

/// A certificate is issued by itself over others (SL-150). Every certificate has at most one
/// issuer, so each is walked once.
void check_cycles(const Checked& checked) {
  std::unordered_map<const Secret*, std::size_t> walk;
  std::size_t number = 0;
  for (const Secret& start : checked.session.secrets) {
    ++number;
    for (const Secret* at = &start; at != nullptr;) {
      const auto* body = std::get_if<X509>(&at->body);
      if (body == nullptr || !body->issuer) break;
      const auto [seen, fresh] = walk.emplace(at, number);
      if (!fresh) {
        if (seen->second == number)
          checked.error(at->place,
                        fmt::format("{}: the certificates are issued in a circle", title(*at)));
        break;
      }
      at = checked.secret(*body->issuer);
    }
  }
}

}  // namespace

void check_reference(const Checked& checked, const Place& place, const std::string& what,
                     const std::string& session, bool pinned, Direction direction) {
  const std::string& own = checked.session.name;
  if (own.empty()) return;
  std::string path;
  try {
    path = resolve(own, session);
  } catch (const diag::Error& error) {
    checked.error(place, fmt::format("{}: {}", what, error.text()));
    return;
  }
  if (direction == Direction::import && path == own) {
    checked.error(place, what + " from the session itself; use the secret or volume directly");
    return;
  }
  const auto space = parent(own);
  const bool inside = within(path, own) || (space && *space != "/" && within(path, *space));
  if (pinned || inside) return;
  checked.warning(place, fmt::format("{}: the session '{}' is outside the own namespace and named "
                                     "without its hash: whoever creates that name first is trusted",
                                     what, path));
}

void check_secrets(const Checked& checked) {
  const bool open = readable_by_anybody(checked.session);
  for (const Secret& secret : checked.session.secrets) {
    if (secret.place.unread) continue;
    check_body(checked, secret);
    check_publicity(checked, secret, open);
    for (const ExportTarget& target : secret.exports) {
      const bool pinned = target.session_hash.has_value();
      if (target.cas)
        check_remote_reference(checked, secret.place, title(secret) + ": export", target.session,
                               *target.cas, pinned);
      else
        check_reference(checked, secret.place, title(secret) + ": export", target.session, pinned,
                        Direction::export_);
    }
  }
  check_cycles(checked);
  if (const auto& store = checked.session.secret_store) {
    check_akv_token(checked, checked.session.place, "secret_config",
                    whole_placeholder(store->token));
    check_setting(checked, checked.session.place, "secret_config: vault", store->vault);
  }
}

}  // namespace sconectl::session
