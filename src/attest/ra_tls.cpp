#include "sconectl/attest/ra_tls.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "attest/refuse.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::attest {
namespace {

using Json = nlohmann::json;

constexpr const char* dice_extension = "2.23.133.5.4.9";
/// Gramine stores the DER of the identifier, tag and length included, as the identifier.
constexpr const char* gramine_extension = "0.6.9.42.840.113741.1337.6";
constexpr const char* meant_extension = "1.2.840.113741.1337.6";
constexpr const char* what = "evidence in the certificate";

/// The head of CBOR tag 60000, which says that SGX evidence follows.
constexpr std::string_view evidence_tag("\xd9\xea\x60", 3);
constexpr std::size_t deepest_cbor = 4;

/// Refuses what nests deeply, before a reader recurses, and members that are there twice.
class Bounds final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    keys_.emplace_back();
    return keys_.size() <= deepest_cbor;
  }
  bool key(string_t& name) override { return keys_.back().insert(name).second; }
  bool end_object() override {
    keys_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override {
    keys_.emplace_back();
    return keys_.size() <= deepest_cbor;
  }
  bool end_array() override {
    keys_.pop_back();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    return false;
  }

 private:
  std::vector<std::set<std::string>> keys_;
};

/// Whether every item says how long it is, as all do that are meant (EV-032). The reader recurses
/// for each text or byte string without a length that stands in another.
bool has_lengths(std::string_view items) {
  constexpr unsigned byte_string = 2;
  constexpr unsigned text_string = 3;
  constexpr unsigned first_of_more_bytes = 24;
  constexpr unsigned first_without_length = 28;
  while (!items.empty()) {
    const auto head = static_cast<unsigned char>(items.front());
    items.remove_prefix(1);
    std::uint64_t number = head & 0x1FU;
    if (number >= first_without_length) return false;
    if (number >= first_of_more_bytes) {
      const std::size_t size = std::size_t{1} << (number - first_of_more_bytes);
      if (items.size() < size) return false;
      number = 0;
      for (const char byte : items.substr(0, size))
        number = number << 8U | static_cast<unsigned char>(byte);
      items.remove_prefix(size);
    }
    const unsigned kind = head >> 5U;
    if (kind != byte_string && kind != text_string) continue;
    if (number > items.size()) return false;
    items.remove_prefix(number);
  }
  return true;
}

Json cbor(std::string_view bytes) {
  Bounds bounds;
  if (!has_lengths(bytes) ||
      !Json::sax_parse(bytes.begin(), bytes.end(), &bounds, Json::input_format_t::cbor))
    unreadable(what, "it is no CBOR of the kind that is meant");
  return Json::from_cbor(bytes.begin(), bytes.end());
}

std::string bytes_of(const Json& value) {
  if (!value.is_binary()) unreadable(what, "a byte string is missing in its CBOR");
  const auto& binary = value.get_binary();
  return {binary.begin(), binary.end()};
}

std::string about(std::string_view bytes) {
  return std::string(crypto::view(crypto::sha256(bytes))) + std::string(32, '\0');
}

/// The named algorithms of CBOR's registry that a hash entry can have.
std::string hash_of(std::string_view bytes, int algorithm) {
  switch (algorithm) {
    case 1:
      return std::string(crypto::view(crypto::sha256(bytes)));
    case 7:
      return crypto::sha384(bytes);
    case 8:
      return crypto::sha512(bytes);
    default:
      unreadable(what, "it names an unknown hash algorithm");
  }
}

void judge_claims(const std::string& claims, const std::string& spki) {
  const Json map = cbor(claims);
  if (!map.is_object() || !map.contains("pubkey-hash"))
    not_genuine(what, "its claims are not about a key");
  const Json entry = cbor(bytes_of(map["pubkey-hash"]));
  if (!entry.is_array() || entry.size() != 2 || !entry[0].is_number_unsigned() ||
      entry[0].get<std::uint64_t>() > 8)
    unreadable(what, "its hash of the key is not built as it should be");
  if (bytes_of(entry[1]) != hash_of(spki, entry[0].get<int>()))
    not_genuine(what, "its claims are about another key");
}

RaTlsEvidence dice(std::string_view extension, const std::string& spki) {
  if (!extension.starts_with(evidence_tag)) unreadable(what, "it is not tagged as SGX evidence");
  extension.remove_prefix(evidence_tag.size());
  const Json pair = cbor(extension);
  if (!pair.is_array() || pair.size() != 2) unreadable(what, "it is no pair of quote and claims");
  const std::string claims = bytes_of(pair[1]);
  judge_claims(claims, spki);
  return {bytes_of(pair[0]), about(claims)};
}

}  // namespace

RaTlsEvidence ra_tls_evidence(const crypto::Certificate& certificate) {
  const std::string spki = certificate.spki_der();
  if (const auto extension = certificate.extension(dice_extension)) return dice(*extension, spki);
  for (const char* id : {gramine_extension, meant_extension})
    if (auto quote = certificate.extension(id)) return {*std::move(quote), about(spki)};
  not_genuine("certificate", "it holds no quote");
}

}  // namespace sconectl::attest
