// `$$SCONE::name[:suffix…][|encoding]$$`: finding, checking and replacing (SL-197 ... SL-214).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::session {

enum class SecretKind;

/// One placeholder as written: `$$SCONE::a.b:crt:pem|escape(json)$$` has name "a.b", suffix
/// "crt:pem" and encoding "escape(json)". The name may end in a deprecated dot suffix (SL-106):
/// only name_and_suffix() can tell, because it needs the names of the session's secrets.
struct Placeholder {
  std::string name;
  std::string suffix;    ///< without the leading colon; "" if none
  std::string encoding;  ///< without the bar; "" if none

  Placeholder() = default;
  explicit Placeholder(std::string secret, std::string format = "", std::string encoded = "")
      : name(std::move(secret)), suffix(std::move(format)), encoding(std::move(encoded)) {}
  /// "$$SCONE::name:suffix|encoding$$"
  [[nodiscard]] std::string text() const;
  bool operator==(const Placeholder&) const = default;
};

/// A part of a scanned text: literal text, or a placeholder (then `text` is its source).
struct Piece {
  std::string_view text;
  std::optional<Placeholder> placeholder;
};

/// The pieces of a text, left to right, in its own order; adjacent placeholders are split at the
/// first closing `$$` (SL-202). What is not a complete placeholder is literal (SL-198, SL-199).
/// The views point into `text`.
[[nodiscard]] std::vector<Piece> pieces(std::string_view text);

/// The placeholder that the text consists of, as configuration sections need it (SL-203); nothing
/// if there is literal text around it.
[[nodiscard]] std::optional<Placeholder> whole_placeholder(std::string_view text);

/// A hint for each reason why parts of a text that look like placeholders stay literal: a single
/// colon (SL-198), no closing `$$`, no dollars at all (SL-199).
[[nodiscard]] std::vector<std::string> literal_hints(std::string_view text);

/// The value for a placeholder, already formatted; the caller applies no encoding.
using Lookup = std::function<std::string(const Placeholder&)>;

/// The text with every placeholder replaced once, left to right; what was put in is never scanned
/// again (SL-206). `escape(json)` is applied here (SL-207). `$$SCONE::self::...$$` is not special.
/// Throws Error{invalid} for an unknown encoding (SL-208) or a value that is not UTF-8 under
/// escape(json); errors of `lookup` pass through.
[[nodiscard]] std::string substitute(std::string_view text, const Lookup& lookup);

/// RFC 7159 §7 escaping without the surrounding quotes (SL-207).
[[nodiscard]] std::string escape_json(std::string_view utf8);

[[nodiscard]] bool known_encoding(std::string_view encoding);

/// One output format of a secret kind. The server's formatter is keyed by the same enum, so that a
/// format that is allowed here and unknown there does not compile.
enum class Format {
  text,  ///< ascii, jwt, aad-token, scalar config-fragment: the value itself
  raw,   ///< binary
  hex,
  base64,
  base64url,
  base32,
  base32nopad,
  private_key_pem,  ///< PKCS#8; also of the key of an x509
  private_key_der,
  public_key_pem,  ///< SPKI
  public_key_der,
  certificate_pem,
  certificate_der,
  chain,         ///< first intermediate to root, without the certificate (SL-156)
  legacy_chain,  ///< root first, the certificate last (SL-160)
  pkcs12,
  pgp_private_armored,
  pgp_private_binary,
  pgp_private_base64,
  pgp_public_armored,
  pgp_public_binary,
  pgp_public_base64,
};

/// What a suffix means for a kind (SL-115 to SL-174, the one table of suffixes); nothing if the
/// kind does not allow it. `""` is the format without suffix, dot suffixes are written ".crt".
[[nodiscard]] std::optional<Format> format_of(SecretKind kind, std::string_view suffix);
/// The suffixes that a kind allows, for messages, in the order of the table; "" first if allowed.
[[nodiscard]] std::vector<std::string_view> suffixes_of(SecretKind kind);
/// A format that configuration sections may use: text, not bytes (SL-209).
[[nodiscard]] bool is_text(Format format);

/// A placeholder with its dot suffix told apart: an exact secret name wins (SL-106).
struct Target {
  std::string secret;
  std::string suffix;  ///< "crt:pem", ".crt", ""
};
/// `exists` says whether a secret of this name is defined.
[[nodiscard]] Target target(const Placeholder& placeholder,
                            const std::function<bool(std::string_view)>& exists);

}  // namespace sconectl::session
