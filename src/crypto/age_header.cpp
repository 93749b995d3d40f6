#include "crypto/age_header.hpp"

#include <sodium/crypto_scalarmult_curve25519.h>

#include "crypto/age_stream.hpp"
#include "crypto/chacha20poly1305.hpp"
#include "crypto/dhkem.hpp"
#include "crypto/native.hpp"
#include "crypto/p256tag.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/hpke.hpp"

namespace sconectl::crypto {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::string_view version_line = "age-encryption.org/v1\n";
constexpr std::string_view x25519_info = "age-encryption.org/v1/X25519";
constexpr std::string_view x25519_type = "X25519";
constexpr std::string_view p256tag_type = "p256tag";
constexpr std::size_t line_length = 64;

Error no_age(const char* what) {
  return {ErrorKind::invalid, std::string("this is no file of age: ") + what};
}

Error malformed_recipient() {
  return no_age("a recipient in its header is malformed");
}

/// Nothing for a public key of small order.
std::optional<Secret> shared_secret(std::string_view private_key, std::string_view public_key) {
  Secret shared = Secret::zeros(x25519_size);
  if (public_key.size() != x25519_size ||
      crypto_scalarmult_curve25519(shared.writable().data(), octets(private_key),
                                   octets(public_key)) != 0)
    return std::nullopt;
  return shared;
}

/// As age writes it: without padding.
std::string base64_bare(std::string_view bytes) {
  auto text = base64(bytes);
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

std::optional<std::string> unbase64_bare(std::string_view text) {
  if (text.find('=') != std::string_view::npos) return std::nullopt;
  return unbase64(std::string(text) + std::string((4 - text.size() % 4) % 4, '='));
}

std::string in_lines(const std::string& text) {
  std::string lines;
  for (std::size_t at = 0; at <= text.size(); at += line_length)
    lines += text.substr(at, line_length) + "\n";
  return lines;
}

std::string stanza(std::string_view type, const std::vector<std::string>& arguments,
                   std::string_view body) {
  std::string text = "-> " + std::string(type);
  for (const auto& argument : arguments) text += " " + base64_bare(argument);
  return text + "\n" + in_lines(base64_bare(body));
}

std::string x25519_stanza(std::string_view file_key, const std::string& recipient) {
  const X25519Pair ephemeral = generate_x25519();
  const auto shared = shared_secret(ephemeral.private_key.view(), recipient);
  if (!shared) throw Error(ErrorKind::invalid, "a recipient's key is none");
  const auto wrapping = age_hkdf(shared->view(), ephemeral.public_key + recipient, x25519_info);
  const auto wrapped = chacha_seal(wrapping.view(), std::string(chacha_nonce, '\0'), file_key);
  return stanza(x25519_type, {ephemeral.public_key}, wrapped.view());
}

std::string stanza_for(std::string_view file_key, const std::string& recipient) {
  if (recipient.size() != p256_compressed_size) return x25519_stanza(file_key, recipient);
  const auto tagged = p256tag_seal(p256_point(recipient), file_key);
  return stanza(p256tag_type, {tagged.tag, tagged.enc}, tagged.ciphertext);
}

std::string mac_of(std::string_view file_key, std::string_view header) {
  const auto key = age_hkdf(file_key, "", "header");
  return std::string(view(hmac_sha256(key.view(), header)));
}

/// One line, which is taken from `rest`.
std::string_view line_of(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) throw no_age("its header ends too early");
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

/// The text below a line that begins with "->": to the first line that is not full.
std::string body_of(std::string_view& rest) {
  std::string body;
  for (;;) {
    const auto line = line_of(rest);
    if (line.size() > line_length) throw no_age("a line of its header is too long");
    body += line;
    if (line.size() < line_length) return body;
  }
}

/// What is for one recipient; the texts are those of the header.
struct Stanza {
  std::vector<std::string_view> words;
  std::string body;
};

struct Header {
  std::vector<Stanza> stanzas;
  std::string_view signed_part;
  std::string_view mac;
};

Header parsed(std::string_view header) {
  Header result;
  std::string_view rest = header;
  if (std::string(line_of(rest)) + "\n" != version_line) throw no_age("it begins otherwise");
  for (;;) {
    const std::string_view whole = rest;
    auto line = line_of(rest);
    if (line.starts_with("--- ")) {
      result.signed_part = header.substr(0, header.size() - whole.size() + 3);
      result.mac = line.substr(4);
      return result;
    }
    if (!line.starts_with("-> ")) throw no_age("its header is malformed");
    line.remove_prefix(3);
    Stanza next;
    for (;;) {
      const auto end = line.find(' ');
      next.words.push_back(line.substr(0, end));
      if (end == std::string_view::npos) break;
      line.remove_prefix(end + 1);
    }
    next.body = body_of(rest);
    result.stanzas.push_back(std::move(next));
  }
}

/// The arguments of one of ours, of these sizes, and its body behind them.
std::vector<std::string> decoded(const Stanza& one, const std::vector<std::size_t>& sizes) {
  if (one.words.size() != sizes.size() + 1) throw malformed_recipient();
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    auto bytes = unbase64_bare(one.words[i + 1]);
    if (!bytes || bytes->size() != sizes[i]) throw malformed_recipient();
    parts.push_back(std::move(*bytes));
  }
  auto body = unbase64_bare(one.body);
  if (!body || body->size() != age_file_key + chacha_tag) throw malformed_recipient();
  parts.push_back(std::move(*body));
  return parts;
}

std::optional<Secret> opened_by(const Secret& identity, const Stanza& one) {
  const auto parts = decoded(one, {x25519_size});
  const auto shared = shared_secret(identity.view(), parts[0]);
  if (!shared) return std::nullopt;
  const auto wrapping =
      age_hkdf(shared->view(), parts[0] + x25519_public(identity.view()), x25519_info);
  return chacha_open(wrapping.view(), std::string(chacha_nonce, '\0'), parts[1]);
}

std::optional<Secret> opened_by(const P256Key& key, const Stanza& one) {
  constexpr std::size_t tag_size = 4;
  const auto parts = decoded(one, {tag_size, p256_point_size});
  const P256Tagged tagged{parts[0], parts[1], parts[2]};
  if (p256tag_tag(tagged.enc, key.public_point()) != tagged.tag) return std::nullopt;
  return p256tag_open(key, tagged);
}

std::optional<Secret> opened_by(const AgeIdentities& identities, const std::vector<Stanza>& all) {
  for (const auto& one : all)
    for (const auto& identity : identities.keys)
      if (one.words[0] == x25519_type)
        if (auto key = opened_by(identity, one)) return key;
  for (const auto& one : all)
    for (const auto& identity : identities.elsewhere)
      if (one.words[0] == p256tag_type)
        if (auto key = opened_by(*identity, one)) return key;
  return std::nullopt;
}

}  // namespace

bool is_age_file(std::string_view bytes) {
  return bytes.starts_with(version_line);
}

std::string age_header(std::string_view file_key, const std::vector<std::string>& recipients) {
  std::string header(version_line);
  for (const auto& recipient : recipients) header += stanza_for(file_key, recipient);
  header += "---";
  return header + " " + base64_bare(mac_of(file_key, header)) + "\n";
}

std::optional<std::size_t> age_header_size(std::string_view bytes) {
  const auto known = bytes.substr(0, version_line.size());
  if (known != version_line.substr(0, known.size())) throw no_age("it begins otherwise");
  const auto last = bytes.find("\n--- ");
  if (last == std::string_view::npos) return std::nullopt;
  const auto end = bytes.find('\n', last + 1);
  if (end == std::string_view::npos) return std::nullopt;
  return end + 1;
}

Secret open_age_header(std::string_view header, const AgeIdentities& identities) {
  const auto parts = parsed(header);
  auto key = opened_by(identities, parts.stanzas);
  if (!key) {
    std::string tried;
    for (const auto& identity : identities.elsewhere)
      tried +=
          (tried.empty() ? ": " : ", ") + age_recipient(p256_compressed(identity->public_point()));
    throw Error(ErrorKind::refused, "the file is encrypted to other keys than these" + tried);
  }
  if (!constant_time_equal(base64_bare(mac_of(key->view(), parts.signed_part)), parts.mac))
    throw Error(ErrorKind::refused, "the header of the file was changed");
  return std::move(*key);
}

}  // namespace sconectl::crypto
