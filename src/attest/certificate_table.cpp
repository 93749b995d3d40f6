// The certificates that a host hands to its guest: GUID, offset and length of each, then their
// bytes. The host is not trusted.
#include <fmt/core.h>

#include <array>
#include <set>
#include <vector>

#include "attest/byte_reader.hpp"
#include "sconectl/attest/snp_report.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/crl.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::attest {
namespace {

constexpr std::string_view what_table = "certificate table";
constexpr std::size_t largest_table = std::size_t{1} << 20U;
constexpr std::size_t guid_size = 16;

struct KnownGuid {
  std::string_view hex;
  std::string SnpCertificates::*member;
};
constexpr std::array<KnownGuid, 5> known_guids{{
    {"63da758de6644564adc5f4b93be8accd", &SnpCertificates::vcek},
    {"a8074bc2a25a483eaae639c045a0b8a1", &SnpCertificates::vlek},
    {"4ab7b379bbac4fe4a02f05aef327c782", &SnpCertificates::ask},
    {"c0b406a4a803495297433fb6014cd0ae", &SnpCertificates::ark},
    {"92f81bc358114d3d97ffd19f88dc67ea", &SnpCertificates::crl},
}};

struct TableEntry {
  std::string guid;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// The entries before the one of zeros; `reader` stands behind that one.
std::vector<TableEntry> entries_in(ByteReader& reader) {
  std::vector<TableEntry> result;
  constexpr std::size_t entry_size = guid_size + 8;
  while (true) {
    if (reader.rest() < entry_size) reader.fail("A1: no entry of zeros ends the list of entries");
    TableEntry entry;
    entry.guid = reader.text(guid_size, "a GUID");
    entry.offset = reader.number(4, "an offset");
    entry.length = reader.number(4, "a length");
    if (entry.guid == std::string(guid_size, '\0') && entry.offset == 0 && entry.length == 0)
      return result;
    result.push_back(std::move(entry));
  }
}

/// What the room crypto says about these bytes, as the failure of check A4.
template <typename Read>
auto certificate_in(const ByteReader& reader, Read read) {
  try {
    return read();
  } catch (const diag::Error& error) {
    reader.fail("A4: " + error.text());
  }
}

/// The DER of the only certificate, which may be PEM.
std::string only_certificate(const ByteReader& reader, std::string_view bytes) {
  if (bytes.find("-----BEGIN") == std::string_view::npos)
    return certificate_in(reader, [&] { return crypto::Certificate::from_der(bytes).der(); });
  const auto all = certificate_in(reader, [&] { return crypto::certificates_from_pem(bytes); });
  if (all.size() != 1) reader.fail(fmt::format("A4: {} certificates in one entry", all.size()));
  return all.front().der();
}

void keep(SnpCertificates& result, const ByteReader& reader, const std::string& guid,
          std::string_view bytes) {
  for (const KnownGuid& known : known_guids) {
    if (crypto::hex(guid) != known.hex) continue;
    if (known.member != &SnpCertificates::crl) {
      result.*known.member = only_certificate(reader, bytes);
      return;
    }
    static_cast<void>(certificate_in(reader, [&] { return crypto::Crl::from_text(bytes); }));
    result.crl = bytes;
  }
}

}  // namespace

SnpCertificates parse_certificate_table(std::string_view bytes) {
  SnpCertificates result;
  if (bytes.empty()) return result;
  ByteReader reader(bytes, what_table);
  if (bytes.size() > largest_table)
    reader.fail(fmt::format("A1: {} bytes are too many", bytes.size()));
  const auto entries = entries_in(reader);
  std::set<std::string> seen;
  for (const TableEntry& entry : entries) {
    if (entry.length == 0 || entry.offset < reader.at() ||
        entry.offset + entry.length > bytes.size())
      reader.fail(
          fmt::format("A2: an entry of {} bytes at {} lies not behind the list of entries "
                      "and within the {} bytes",
                      entry.length, entry.offset, bytes.size()));
    if (!seen.insert(entry.guid).second) reader.fail("A3: a GUID stands there twice");
    keep(result, reader, entry.guid, bytes.substr(entry.offset, entry.length));
  }
  return result;
}

}  // namespace sconectl::attest
