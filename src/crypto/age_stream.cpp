#include "crypto/age_stream.hpp"

#include <sodium/crypto_aead_chacha20poly1305.h>
#include <sodium/crypto_scalarmult_curve25519.h>

#include "crypto/dhkem.hpp"
#include "crypto/native.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/hpke.hpp"

namespace sconectl::crypto {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::string_view version_line = "age-encryption.org/v1\n";
constexpr std::string_view x25519_info = "age-encryption.org/v1/X25519";
constexpr std::size_t chunk_nonce_size = 12;
constexpr std::size_t line_length = 64;

Error no_age(const char* what) {
  return {ErrorKind::invalid, std::string("this is no file of age: ") + what};
}

/// HKDF-SHA256 of one block (RFC 5869).
Secret hkdf(std::string_view material, std::string_view salt, std::string_view info) {
  auto extracted = hmac_sha256(salt, material);
  auto expanded = hmac_sha256(view(extracted), std::string(info) + '\1');
  Secret result(view(expanded));
  OPENSSL_cleanse(extracted.data(), extracted.size());
  OPENSSL_cleanse(expanded.data(), expanded.size());
  return result;
}

Secret sealed_with(std::string_view key, std::string_view nonce, std::string_view plaintext) {
  Secret sealed = Secret::zeros(plaintext.size() + age_tag);
  crypto_aead_chacha20poly1305_ietf_encrypt(sealed.writable().data(), nullptr, octets(plaintext),
                                            plaintext.size(), nullptr, 0, nullptr, octets(nonce),
                                            octets(key));
  return sealed;
}

std::optional<Secret> opened_with(std::string_view key, std::string_view nonce,
                                  std::string_view sealed) {
  if (sealed.size() < age_tag) return std::nullopt;
  Secret plaintext = Secret::zeros(sealed.size() - age_tag);
  if (crypto_aead_chacha20poly1305_ietf_decrypt(plaintext.writable().data(), nullptr, nullptr,
                                                octets(sealed), sealed.size(), nullptr, 0,
                                                octets(nonce), octets(key)) != 0)
    return std::nullopt;
  return plaintext;
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

std::string stanza(std::string_view file_key, const std::string& recipient) {
  const X25519Pair ephemeral = generate_x25519();
  const auto shared = shared_secret(ephemeral.private_key.view(), recipient);
  if (!shared) throw Error(ErrorKind::invalid, "a recipient's key is none");
  const auto wrapping = hkdf(shared->view(), ephemeral.public_key + recipient, x25519_info);
  const auto wrapped = sealed_with(wrapping.view(), std::string(chunk_nonce_size, '\0'), file_key);
  return "-> X25519 " + base64_bare(ephemeral.public_key) + "\n" +
         in_lines(base64_bare(wrapped.view()));
}

std::string mac_of(std::string_view file_key, std::string_view header) {
  const auto key = hkdf(file_key, "", "header");
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

std::optional<Secret> unwrapped(std::string_view share_text, const std::string& body,
                                const std::vector<Secret>& identities) {
  const auto share = unbase64_bare(share_text);
  const auto wrapped = unbase64_bare(body);
  if (!share || share->size() != x25519_size || !wrapped ||
      wrapped->size() != age_file_key + age_tag)
    throw no_age("a recipient in its header is malformed");
  for (const auto& identity : identities) {
    const auto shared = shared_secret(identity.view(), *share);
    if (!shared) continue;
    const auto wrapping =
        hkdf(shared->view(), *share + x25519_public(identity.view()), x25519_info);
    if (auto key = opened_with(wrapping.view(), std::string(chunk_nonce_size, '\0'), *wrapped))
      return key;
  }
  return std::nullopt;
}

}  // namespace

bool is_age_file(std::string_view bytes) {
  return bytes.starts_with(version_line);
}

std::string age_header(std::string_view file_key, const std::vector<std::string>& recipients) {
  std::string header(version_line);
  for (const auto& recipient : recipients) header += stanza(file_key, recipient);
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

Secret open_age_header(std::string_view header, const std::vector<Secret>& identities) {
  constexpr std::string_view ours = "-> X25519 ";
  std::string_view rest = header;
  if (std::string(line_of(rest)) + "\n" != version_line) throw no_age("it begins otherwise");
  std::optional<Secret> key;
  for (;;) {
    const std::string_view whole = rest;
    const auto line = line_of(rest);
    if (line.starts_with("--- ")) {
      if (!key) break;
      const auto signed_part = header.substr(0, header.size() - whole.size() + 3);
      if (!constant_time_equal(base64_bare(mac_of(key->view(), signed_part)), line.substr(4)))
        throw Error(ErrorKind::refused, "the header of the file was changed");
      return std::move(*key);
    }
    if (!line.starts_with("-> ")) throw no_age("its header is malformed");
    const auto body = body_of(rest);
    if (!key && line.starts_with(ours)) key = unwrapped(line.substr(ours.size()), body, identities);
  }
  throw Error(ErrorKind::refused, "the file is encrypted to other keys than these");
}

Secret age_payload_key(std::string_view file_key, std::string_view nonce) {
  return hkdf(file_key, nonce, "payload");
}

std::string AgeChunks::nonce(bool last) const {
  constexpr std::size_t counter_end = chunk_nonce_size - 2;
  constexpr unsigned bits_of_byte = 8;
  std::string result(chunk_nonce_size, '\0');
  std::uint64_t left = number_;
  for (std::size_t i = 0; i < sizeof left; ++i, left >>= bits_of_byte)
    result[counter_end - i] = static_cast<char>(left & 0xffU);
  result.back() = last ? '\1' : '\0';
  return result;
}

std::string AgeChunks::seal(std::string_view chunk, bool last) {
  const auto sealed = sealed_with(key_.view(), nonce(last), chunk);
  ++number_;
  return std::string(sealed.view());
}

std::optional<Secret> AgeChunks::open(std::string_view sealed, bool last) {
  auto chunk = opened_with(key_.view(), nonce(last), sealed);
  if (chunk && chunk->empty() && number_ > 0) return std::nullopt;
  ++number_;
  return chunk;
}

}  // namespace sconectl::crypto
