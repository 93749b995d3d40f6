#include "sconectl/enclave/sigstruct.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "enclave/little_endian.hpp"
#include "sconectl/crypto/rsa.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::enclave {
namespace {

constexpr std::string_view header("\x06\0\0\0\xe1\0\0\0\0\0\x01\0\0\0\0\0", 16);
constexpr std::string_view header2("\x01\x01\0\0\x60\0\0\0\x60\0\0\0\x01\0\0\0", 16);
constexpr std::uint32_t exponent = 3;

// Where the fields stand.
constexpr std::size_t vendor_at = 16;
constexpr std::size_t date_at = 20;
constexpr std::size_t header2_at = 24;
constexpr std::size_t software_defined_at = 40;
constexpr std::size_t modulus_at = 128;
constexpr std::size_t exponent_at = 512;
constexpr std::size_t signature_at = 516;
constexpr std::size_t misc_select_at = 900;
constexpr std::size_t misc_mask_at = 904;
constexpr std::size_t cet_at = 908;
constexpr std::size_t cet_mask_at = 909;
constexpr std::size_t family_id_at = 912;
constexpr std::size_t flags_at = 928;
constexpr std::size_t xfrm_at = 936;
constexpr std::size_t flags_mask_at = 944;
constexpr std::size_t xfrm_mask_at = 952;
constexpr std::size_t mr_enclave_at = 960;
constexpr std::size_t extended_product_id_at = 1008;
constexpr std::size_t product_id_at = 1024;
constexpr std::size_t svn_at = 1026;
constexpr std::size_t q1_at = 1040;
constexpr std::size_t q2_at = 1424;
constexpr std::size_t id_size = 16;

/// The signed bytes are these two parts, one after the other.
constexpr std::size_t first_part_size = 128;
constexpr std::size_t second_part_at = 900;
constexpr std::size_t second_part_size = 128;

/// Reserved bytes: from, size.
constexpr std::array<std::pair<std::size_t, std::size_t>, 4> reserved{
    {{44, 84}, {910, 2}, {992, 16}, {1028, 12}}};

std::string_view part(std::string_view bytes, std::size_t at, std::size_t size) {
  return bytes.substr(at, size);
}

void put(std::string& bytes, std::size_t at, std::string_view field) {
  bytes.replace(at, field.size(), field);
}

std::string reversed(std::string_view bytes) {
  return {bytes.rbegin(), bytes.rend()};
}

[[noreturn]] void no_sigstruct(const std::string& why) {
  throw diag::Error(diag::ErrorKind::invalid, fmt::format("this is no SIGSTRUCT: {}", why));
}

bool all_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

std::string signed_parts(std::string_view sigstruct) {
  std::string bytes(part(sigstruct, 0, first_part_size));
  bytes += part(sigstruct, second_part_at, second_part_size);
  return bytes;
}

struct NamedBits {
  std::uint64_t bits;
  std::string_view name;
};

std::vector<std::string> names_of(std::uint64_t value, std::span<const NamedBits> known) {
  std::vector<std::string> names;
  std::uint64_t rest = value;
  for (const NamedBits& each : known) {
    if ((value & each.bits) != each.bits) continue;
    names.emplace_back(each.name);
    rest &= ~each.bits;
  }
  if (rest != 0) names.push_back(fmt::format("{:#x}", rest));
  return names;
}

}  // namespace

std::string unsigned_sigstruct(const EnclaveStatement& statement) {
  std::string bytes(sigstruct_size, '\0');
  put(bytes, 0, header);
  put(bytes, vendor_at, little_endian(statement.vendor));
  put(bytes, date_at, little_endian(statement.date));
  put(bytes, header2_at, header2);
  put(bytes, software_defined_at, little_endian(statement.software_defined));
  put(bytes, misc_select_at, little_endian(statement.misc_select));
  put(bytes, misc_mask_at, little_endian(statement.misc_mask));
  put(bytes, cet_at, little_endian(statement.cet_attributes));
  put(bytes, cet_mask_at, little_endian(statement.cet_attributes_mask));
  put(bytes, family_id_at, part(statement.family_id, 0, id_size));
  put(bytes, flags_at, little_endian(statement.attribute_flags));
  put(bytes, xfrm_at, little_endian(statement.attribute_xfrm));
  put(bytes, flags_mask_at, little_endian(statement.attribute_flags_mask));
  put(bytes, xfrm_mask_at, little_endian(statement.attribute_xfrm_mask));
  put(bytes, mr_enclave_at, crypto::view(statement.mr_enclave));
  put(bytes, extended_product_id_at, part(statement.extended_product_id, 0, id_size));
  put(bytes, product_id_at, little_endian(statement.product_id));
  put(bytes, svn_at, little_endian(statement.svn));
  return bytes;
}

std::string signed_bytes(const EnclaveStatement& statement) {
  return signed_parts(unsigned_sigstruct(statement));
}

void require_signer_key(const crypto::PublicKey& key) {
  const bool fits = key.type() == crypto::KeyType::rsa3072 &&
                    crypto::rsa_numbers(key).exponent == std::string(1, char{exponent});
  if (!fits)
    throw diag::Error(
        diag::ErrorKind::invalid,
        "enclaves are signed with an RSA key of 3072 bits and the public exponent 3, "
        "and this key is another one; make one with: openssl genrsa -3 -out KEY 3072");
}

std::string assembled_sigstruct(const EnclaveStatement& statement, const crypto::PublicKey& signer,
                                std::string_view signature) {
  require_signer_key(signer);
  std::string bytes = unsigned_sigstruct(statement);
  if (signature.size() != signer_key_size)
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("a signature of an enclave has {} bytes, this has {}",
                                  signer_key_size, signature.size()));
  if (!signer.verify(signed_parts(bytes), signature))
    throw diag::Error(diag::ErrorKind::invalid,
                      "the signature is not one of the signer's key over this enclave (RSA, "
                      "PKCS#1 v1.5 with SHA-256)");
  const std::string modulus = crypto::rsa_numbers(signer).modulus;
  const auto quotients = crypto::cube_quotients(signature, modulus);
  put(bytes, modulus_at, reversed(modulus));
  put(bytes, exponent_at, little_endian(exponent));
  put(bytes, signature_at, reversed(signature));
  put(bytes, q1_at, reversed(quotients.q1));
  put(bytes, q2_at, reversed(quotients.q2));
  return bytes;
}

std::string signed_sigstruct(const EnclaveStatement& statement, const crypto::PrivateKey& signer) {
  const crypto::PublicKey key = signer.public_key();
  require_signer_key(key);
  return assembled_sigstruct(statement, key, signer.sign(signed_bytes(statement)));
}

Sigstruct parse_sigstruct(std::string_view bytes) {
  if (bytes.size() != sigstruct_size)
    no_sigstruct(fmt::format("it has {} bytes and not {}", bytes.size(), sigstruct_size));
  if (!bytes.starts_with(header) || part(bytes, header2_at, header2.size()) != header2)
    no_sigstruct("it does not have the headers of one");
  for (const auto& [at, size] : reserved)
    if (!all_zero(part(bytes, at, size)))
      no_sigstruct(fmt::format("its reserved bytes {} to {} are not zero", at, at + size - 1));

  Sigstruct result;
  result.modulus = reversed(part(bytes, modulus_at, signer_key_size));
  result.signature = reversed(part(bytes, signature_at, signer_key_size));
  result.q1 = reversed(part(bytes, q1_at, signer_key_size));
  result.q2 = reversed(part(bytes, q2_at, signer_key_size));
  const auto its_exponent = number_at<std::uint32_t>(bytes, exponent_at);
  if (its_exponent != exponent && !(its_exponent == 0 && is_unsigned(result)))
    no_sigstruct(fmt::format("its exponent is {} and not 3", its_exponent));

  EnclaveStatement& statement = result.statement;
  statement.vendor = number_at<std::uint32_t>(bytes, vendor_at);
  statement.date = number_at<std::uint32_t>(bytes, date_at);
  statement.software_defined = number_at<std::uint32_t>(bytes, software_defined_at);
  statement.misc_select = number_at<std::uint32_t>(bytes, misc_select_at);
  statement.misc_mask = number_at<std::uint32_t>(bytes, misc_mask_at);
  statement.cet_attributes = number_at<std::uint8_t>(bytes, cet_at);
  statement.cet_attributes_mask = number_at<std::uint8_t>(bytes, cet_mask_at);
  statement.family_id = part(bytes, family_id_at, id_size);
  statement.attribute_flags = number_at<std::uint64_t>(bytes, flags_at);
  statement.attribute_xfrm = number_at<std::uint64_t>(bytes, xfrm_at);
  statement.attribute_flags_mask = number_at<std::uint64_t>(bytes, flags_mask_at);
  statement.attribute_xfrm_mask = number_at<std::uint64_t>(bytes, xfrm_mask_at);
  const std::string_view digest = part(bytes, mr_enclave_at, statement.mr_enclave.size());
  std::copy(digest.begin(), digest.end(), statement.mr_enclave.begin());
  statement.extended_product_id = part(bytes, extended_product_id_at, id_size);
  statement.product_id = number_at<std::uint16_t>(bytes, product_id_at);
  statement.svn = number_at<std::uint16_t>(bytes, svn_at);
  return result;
}

bool is_unsigned(const Sigstruct& sigstruct) {
  return all_zero(sigstruct.modulus) && all_zero(sigstruct.signature) && all_zero(sigstruct.q1) &&
         all_zero(sigstruct.q2);
}

crypto::Digest mr_signer(std::string_view modulus) {
  return crypto::sha256(reversed(modulus));
}

SigstructVerdicts verify(const Sigstruct& sigstruct) {
  SigstructVerdicts verdicts;
  try {
    const auto key = crypto::PublicKey::from_rsa(sigstruct.modulus, std::string(1, char{exponent}));
    verdicts.signature = key.type() == crypto::KeyType::rsa3072 &&
                         key.verify(signed_bytes(sigstruct.statement), sigstruct.signature);
    const auto quotients = crypto::cube_quotients(sigstruct.signature, sigstruct.modulus);
    verdicts.q1 = quotients.q1 == sigstruct.q1;
    verdicts.q2 = quotients.q2 == sigstruct.q2;
  } catch (const diag::Error& error) {
    if (error.kind() != diag::ErrorKind::invalid) throw;
  }
  return verdicts;
}

std::vector<std::string> attribute_names(std::uint64_t flags) {
  static constexpr std::array<NamedBits, 8> known{{{0x1, "INIT"},
                                                   {attribute_debug, "DEBUG"},
                                                   {attribute_mode64, "MODE64BIT"},
                                                   {0x10, "PROVISIONKEY"},
                                                   {0x20, "EINITTOKENKEY"},
                                                   {0x40, "CET"},
                                                   {0x80, "KSS"},
                                                   {0x400, "AEXNOTIFY"}}};
  return names_of(flags, known);
}

std::vector<std::string> xfrm_names(std::uint64_t xfrm) {
  static constexpr std::array<NamedBits, 6> known{{{0x3, "x87/SSE"},
                                                   {0x4, "AVX"},
                                                   {0x18, "MPX"},
                                                   {0xe0, "AVX512"},
                                                   {0x200, "PKRU"},
                                                   {0x60000, "AMX"}}};
  return names_of(xfrm, known);
}

std::string date_text(std::uint32_t date) {
  constexpr unsigned year_shift = 16;
  constexpr unsigned month_shift = 8;
  constexpr std::uint32_t byte = 0xff;
  return fmt::format("{:04x}-{:02x}-{:02x}", date >> year_shift, date >> month_shift & byte,
                     date & byte);
}

}  // namespace sconectl::enclave
