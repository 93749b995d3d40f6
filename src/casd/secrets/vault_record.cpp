#include "casd/secrets/vault_record.hpp"

#include <fmt/format.h>

#include "casd/secrets/tlv.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/crypto/seal.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr char tag_name = 'n';
constexpr char tag_version = 'v';
constexpr char tag_digest = 'd';
constexpr char tag_key = 'e';
constexpr std::size_t key_size = 32;
constexpr std::size_t name_tag_size = 16;

/// A value opens under its own name and secret only.
std::string place_of(const VaultRecord& record, const std::string& secret) {
  return "sconectl value in a key vault\n" + record.name + "\n" + secret;
}

std::string digest_of(std::string_view text) {
  return std::string(crypto::view(crypto::sha256(text)));
}

}  // namespace

crypto::Secret encode(const VaultRecord& record) {
  auto out = secrets::empty_tlv();
  secrets::append_tlv(out, tag_name, record.name);
  secrets::append_tlv(out, tag_version, record.version);
  secrets::append_tlv(out, tag_digest, record.digest);
  secrets::append_tlv(out, tag_key, record.key.view());
  return out;
}

VaultRecord decode_vault_record(std::string_view stored) {
  VaultRecord record;
  const auto fields = secrets::parse_tlv(stored);
  for (const auto& field : fields.value_or(std::vector<secrets::TlvField>())) {
    if (field.tag == tag_name) record.name = field.content;
    if (field.tag == tag_version) record.version = field.content;
    if (field.tag == tag_digest) record.digest = field.content;
    if (field.tag == tag_key) record.key = crypto::Secret(field.content);
  }
  if (record.name.empty() || record.version.empty() || record.key.size() != key_size)
    throw Error(ErrorKind::failed, "what the CAS keeps of a value in a key vault is damaged");
  return record;
}

VaultCopy vault_copy(std::string_view session_hash, const std::string& secret,
                     const crypto::Secret& value) {
  VaultCopy copy;
  copy.record.name = fmt::format("cas-{}-{}", session_hash,
                                 crypto::hex(crypto::random_bytes(name_tag_size).view()));
  copy.record.key = crypto::random_bytes(key_size);
  copy.text = crypto::base64(
      crypto::seal(copy.record.key.view(), value.view(), place_of(copy.record, secret)));
  copy.record.digest = digest_of(copy.text);
  if (copy.text.size() > azure::largest_vault_value)
    throw Error(ErrorKind::refused,
                fmt::format("a key vault takes at most {} bytes, and the value needs {} as it is "
                            "encrypted: make it smaller, or keep it in the CAS",
                            azure::largest_vault_value, copy.text.size()));
  return copy;
}

crypto::Secret opened(const VaultRecord& record, const std::string& secret,
                      const azure::VaultSecret& in_vault) {
  if (in_vault.version != record.version || digest_of(in_vault.value.view()) != record.digest)
    throw Error(ErrorKind::refused,
                fmt::format("'{}' in the vault is not what this CAS has stored there: it was "
                            "changed, or an older state of the vault was restored",
                            record.name));
  const auto sealed = crypto::unbase64(in_vault.value.view());
  if (!sealed) throw Error(ErrorKind::failed, fmt::format("'{}' is not base64", record.name));
  return crypto::open(record.key.view(), *sealed, place_of(record, secret));
}

}  // namespace sconectl::casd
