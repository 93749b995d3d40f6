#include "sconectl/crypto/age.hpp"

#include <algorithm>

#include "crypto/age_header.hpp"
#include "crypto/age_stream.hpp"
#include "crypto/bech32.hpp"
#include "crypto/chacha20poly1305.hpp"
#include "crypto/dhkem.hpp"
#include "crypto/native.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::crypto {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::string_view recipient_prefix = "age";
constexpr std::string_view p256_prefix = "age1tag";
constexpr std::string_view identity_prefix = "age-secret-key-";
/// A header has some hundred bytes for each recipient.
constexpr std::size_t longest_header = std::size_t{1} << 20U;

Secret in_case(const Secret& text, char first, char last, int by) {
  Secret result = text.clone();
  for (auto& c : result.writable())
    if (c >= first && c <= last) c = static_cast<std::uint8_t>(c + by);
  return result;
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const auto begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(blanks) - begin + 1);
}

Secret identity_of(std::string_view line) {
  // All of it is in upper case; Bech32 allows no mixture.
  if (std::none_of(line.begin(), line.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
    auto key = unbech32(identity_prefix, in_case(Secret(line), 'A', 'Z', 'a' - 'A').view());
    if (key && key->size() == x25519_size) return std::move(*key);
  }
  throw Error(ErrorKind::invalid,
              "a line is no identity of age (AGE-SECRET-KEY-1...) and no URI of a key in hardware "
              "(pkcs11:..., tpm2:...), or was mistyped");
}

}  // namespace

std::string age_recipient(std::string_view public_key) {
  const auto prefix = public_key.size() == p256_compressed_size ? p256_prefix : recipient_prefix;
  return std::string(bech32(prefix, public_key).view());
}

std::string parse_age_recipient(std::string_view text) {
  if (const auto key = unbech32(recipient_prefix, text); key && key->size() == x25519_size)
    return std::string(key->view());
  if (const auto key = unbech32(p256_prefix, text); key && key->size() == p256_compressed_size)
    return p256_compressed(key->view());
  throw Error(ErrorKind::invalid, "'" + std::string(text) +
                                      "' is no recipient of age (age1... or age1tag1...), or was "
                                      "mistyped");
}

std::vector<std::string> parse_age_recipients(const std::vector<std::string>& texts) {
  std::vector<std::string> keys;
  keys.reserve(texts.size());
  for (const auto& text : texts) keys.push_back(parse_age_recipient(text));
  return keys;
}

Secret age_identity(std::string_view private_key) {
  return in_case(bech32(identity_prefix, private_key), 'a', 'z', 'A' - 'a');
}

AgeIdentities AgeIdentities::clone() const {
  AgeIdentities copy;
  for (const auto& key : keys) copy.keys.push_back(key.clone());
  copy.elsewhere = elsewhere;
  return copy;
}

AgeIdentities parse_age_identities(std::string_view text, const IdentityElsewhere& elsewhere) {
  AgeIdentities result;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (auto key = elsewhere ? elsewhere(line) : nullptr)
      result.elsewhere.push_back(std::move(key));
    else
      result.keys.push_back(identity_of(line));
  }
  if (result.empty())
    throw Error(ErrorKind::invalid, "there is no identity of age (AGE-SECRET-KEY-1...) in it");
  return result;
}

struct AgeWriter::State {
  Take out;
  AgeChunks chunks;
  Secret pending;
};

AgeWriter::AgeWriter(const std::vector<std::string>& recipients, Take out) {
  const Secret file_key = random_bytes(age_file_key);
  const Secret nonce = random_bytes(age_nonce);
  out(age_header(file_key.view(), recipients));
  out(nonce.view());
  state_ = std::make_unique<State>(
      State{std::move(out), AgeChunks(age_payload_key(file_key.view(), nonce.view())), Secret()});
}

AgeWriter::~AgeWriter() = default;

void AgeWriter::write(std::string_view part) {
  while (!part.empty()) {
    if (state_->pending.size() == age_chunk) {
      state_->out(state_->chunks.seal(state_->pending.view(), false));
      state_->pending = Secret();
    }
    const auto taken = part.substr(0, age_chunk - state_->pending.size());
    state_->pending.append(taken);
    part.remove_prefix(taken.size());
  }
}

void AgeWriter::finish() {
  state_->out(state_->chunks.seal(state_->pending.view(), true));
  state_->pending = Secret();
}

struct AgeReader::State {
  AgeIdentities identities;
  Take out;
  std::string pending;
  std::optional<Secret> file_key;
  std::optional<AgeChunks> chunks;

  void open(std::string_view sealed, bool last) {
    const auto chunk = chunks->open(sealed, last);
    if (!chunk) throw Error(ErrorKind::refused, "the file was changed, or its end is missing");
    if (!chunk->empty()) out(chunk->view());
  }
};

AgeReader::AgeReader(const AgeIdentities& identities, Take out)
    : state_(std::make_unique<State>()) {
  state_->identities = identities.clone();
  state_->out = std::move(out);
}

AgeReader::~AgeReader() = default;

void AgeReader::take(std::string_view part) {
  auto& state = *state_;
  state.pending += part;
  if (!state.file_key) {
    const auto size = age_header_size(state.pending);
    if (!size && state.pending.size() > longest_header)
      throw Error(ErrorKind::invalid, "this is no file of age: its header is too long");
    if (!size) return;
    state.file_key = open_age_header(state.pending.substr(0, *size), state.identities);
    state.pending.erase(0, *size);
  }
  if (!state.chunks) {
    if (state.pending.size() < age_nonce) return;
    state.chunks.emplace(
        age_payload_key(state.file_key->view(), state.pending.substr(0, age_nonce)));
    state.pending.erase(0, age_nonce);
  }
  // One that ends where the bytes end may be the last.
  constexpr auto sealed_chunk = age_chunk + chacha_tag;
  std::size_t at = 0;
  for (; state.pending.size() - at > sealed_chunk; at += sealed_chunk)
    state.open(std::string_view(state.pending).substr(at, sealed_chunk), false);
  state.pending.erase(0, at);
}

void AgeReader::finish() {
  if (!state_->chunks) throw Error(ErrorKind::invalid, "the file of age ends too early");
  state_->open(state_->pending, true);
}

}  // namespace sconectl::crypto
