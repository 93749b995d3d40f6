#include "sconectl/crypto/openpgp.hpp"

#include "crypto/pgp_packet.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::crypto {
namespace {

// Object identifiers without tag, with their length in front (RFC 6637 §11 and GnuPG's curves).
constexpr std::string_view ed25519_oid("\x09\x2B\x06\x01\x04\x01\xDA\x47\x0F\x01", 10);
constexpr std::string_view curve25519_oid("\x0A\x2B\x06\x01\x04\x01\x97\x55\x01\x05\x01", 11);
constexpr char algorithm_ecdh = 18;
constexpr char algorithm_eddsa = 22;
constexpr char hash_sha256 = 8;
constexpr char cipher_aes256 = 9;
constexpr char compression_zlib = 2;
constexpr char native_point = 0x40;  // what follows are the curve's own bytes

enum SignatureType : std::uint8_t { user_id_certification = 0x13, subkey_binding = 0x18 };
enum Subpacket : std::uint8_t {
  creation_time = 2,
  preferred_ciphers = 11,
  issuer_key_id = 16,
  preferred_hashes = 21,
  preferred_compression = 22,
  key_server_preferences = 23,
  key_flags = 27,
  features = 30,
  issuer_fingerprint = 33,
};

/// A key's public packet body, and the secret number that is appended in the secret packet.
struct KeyBodies {
  std::string public_body;
  Secret secret_number;
};

std::string public_head(Time created, char algorithm, std::string_view oid) {
  std::string body(1, '\4');
  body += pgp_number(static_cast<std::uint64_t>(created.time_since_epoch().count()), 4);
  body += algorithm;
  body += oid;
  return body;
}

KeyBodies signing_bodies(const PrivateKey& key, Time created) {
  return {public_head(created, algorithm_eddsa, ed25519_oid) +
              pgp_integer(native_point + key.public_key().raw_ed25519()),
          key.ed25519_seed()};
}

KeyBodies encryption_bodies(const X25519Pair& pair, Time created) {
  // The scalar, clamped as RFC 7748 §5 says, most significant byte first.
  Secret scalar = Secret::zeros(pair.private_key.size());
  const auto out = scalar.writable();
  const auto in = pair.private_key.bytes();
  for (std::size_t i = 0; i < in.size(); ++i) out[in.size() - 1 - i] = in[i];
  out[31] = static_cast<std::uint8_t>(out[31] & 0xF8U);
  out[0] = static_cast<std::uint8_t>((out[0] & 0x7FU) | 0x40U);
  constexpr std::string_view kdf("\x03\x01\x08\x09",
                                 4);  // SHA-256 and AES-256 wrap the session key
  return {public_head(created, algorithm_ecdh, curve25519_oid) +
              pgp_integer(native_point + pair.public_key) + std::string(kdf),
          std::move(scalar)};
}

Secret secret_body(const KeyBodies& bodies) {
  Secret body(bodies.public_body);
  body.append(std::string_view("\0", 1));  // no passphrase
  std::string number = pgp_integer(bodies.secret_number.view());
  std::uint32_t sum = 0;
  for (const char c : number) sum += static_cast<unsigned char>(c);
  body.append(number);
  body.append(pgp_number(sum & 0xFFFFU, 2));
  wipe(number);
  return body;
}

/// What a signature hashes of a key.
std::string hashed_key(std::string_view public_body) {
  return '\x99' + pgp_number(public_body.size(), 2) + std::string(public_body);
}

std::string fingerprint(std::string_view public_body) {
  return sha1(hashed_key(public_body));
}

std::string subpacket(Subpacket type, std::string_view content) {
  return static_cast<char>(content.size() + 1) + std::string(1, static_cast<char>(type)) +
         std::string(content);
}

struct Signer {
  const PrivateKey& key;
  std::string public_body;
  Time created;

  /// A version 4 signature packet over `subject` with these hashed subpackets (RFC 4880 §5.2).
  [[nodiscard]] std::string sign(SignatureType type, std::string_view subject,
                                 const std::string& more) const {
    const std::string own = fingerprint(public_body);
    const std::string hashed = subpacket(issuer_fingerprint, '\4' + own) +
                               subpacket(creation_time, pgp_number(seconds(), 4)) + more;
    const std::string unhashed = subpacket(issuer_key_id, own.substr(own.size() - 8));
    std::string body(1, '\4');
    body += static_cast<char>(type);
    body += algorithm_eddsa;
    body += hash_sha256;
    body += pgp_number(hashed.size(), 2) + hashed;
    const std::string trailer = std::string("\x04\xFF", 2) + pgp_number(body.size(), 4);
    const Digest digest = sha256(std::string(subject) + body + trailer);
    const std::string signature = key.sign(view(digest));
    body += pgp_number(unhashed.size(), 2) + unhashed;
    body += std::string(view(digest).substr(0, 2));
    body += pgp_integer(signature.substr(0, 32)) + pgp_integer(signature.substr(32));
    return pgp_packet(PgpTag::signature, body);
  }

  [[nodiscard]] std::uint64_t seconds() const {
    return static_cast<std::uint64_t>(created.time_since_epoch().count());
  }
};

/// A seed whose number has full length: some programs do not fill up shorter ones.
PrivateKey signing_key() {
  for (;;) {
    PrivateKey key = PrivateKey::generate(KeyType::ed25519);
    if (key.ed25519_seed().view().front() != '\0') return key;
  }
}

void append_packet(Secret& out, PgpTag tag, std::string_view body) {
  out.append(pgp_head(tag, body.size()));
  out.append(body);
}

}  // namespace

Secret generate_pgp_key(Time created) {
  const PrivateKey primary = signing_key();
  const KeyBodies signing = signing_bodies(primary, created);
  const KeyBodies encryption = encryption_bodies(generate_x25519(), created);
  // Letters only: GnuPG takes a name of hex digits for a key id.
  const std::string user(random_text("abcdefghijklmnopqrstuvwxyz", 32).view());
  const Signer signer{primary, signing.public_body, created};
  const std::string primary_hashed = hashed_key(signing.public_body);

  const std::string preferences = subpacket(key_flags, "\x03") +  // certify, sign
                                  subpacket(preferred_ciphers, {&cipher_aes256, 1}) +
                                  subpacket(preferred_hashes, {&hash_sha256, 1}) +
                                  subpacket(preferred_compression, {&compression_zlib, 1}) +
                                  subpacket(features, "\x01") +  // integrity protection
                                  subpacket(key_server_preferences, "\x80");
  Secret key;
  append_packet(key, PgpTag::secret_key, secret_body(signing).view());
  append_packet(key, PgpTag::user_id, user);
  key.append(signer.sign(user_id_certification,
                         primary_hashed + '\xB4' + pgp_number(user.size(), 4) + user, preferences));
  append_packet(key, PgpTag::secret_subkey, secret_body(encryption).view());
  key.append(signer.sign(subkey_binding, primary_hashed + hashed_key(encryption.public_body),
                         subpacket(key_flags, "\x0C")));  // encrypt messages and storage
  return key;
}

bool pgp_has_private_key(std::string_view key) {
  return next_pgp_packet(key).tag == PgpTag::secret_key;
}

std::string pgp_public_key(std::string_view key) {
  std::string out;
  while (!key.empty()) {
    const PgpPacket packet = next_pgp_packet(key);
    switch (packet.tag) {
      case PgpTag::secret_key:
        out += pgp_packet(PgpTag::public_key, pgp_public_body(packet.body));
        break;
      case PgpTag::secret_subkey:
        out += pgp_packet(PgpTag::public_subkey, pgp_public_body(packet.body));
        break;
      default:
        out += pgp_packet(packet.tag, packet.body);
    }
  }
  return out;
}

Secret pgp_armor(PgpBlock block, std::string_view binary) {
  const std::string label = block == PgpBlock::private_key ? "PGP PRIVATE KEY BLOCK-----\n"
                                                           : "PGP PUBLIC KEY BLOCK-----\n";
  constexpr std::size_t columns = 64;
  std::string digits = base64(binary);
  std::string text;
  text.reserve(digits.size() + digits.size() / columns + 128);
  text.append("-----BEGIN ").append(label).append("\n");
  for (std::size_t at = 0; at < digits.size(); at += columns) {
    text.append(digits, at, columns).append("\n");
  }
  text.append("=").append(base64(pgp_number(pgp_crc24(binary), 3)));
  text.append("\n-----END ").append(label);
  wipe(digits);
  return Secret::adopt(std::move(text));
}

}  // namespace sconectl::crypto
