// X.509 certificates: reading, issuing, chains.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/key.hpp"

namespace sconectl::crypto {

/// Seconds, because a system_clock::time_point of nanoseconds ends in the year 2262.
using Time = std::chrono::sys_seconds;

/// The end of a certificate that does not expire: 4096-01-01T00:00:00Z (SL-145).
inline constexpr Time never_expires = std::chrono::sys_days{std::chrono::year{4096} / 1 / 1};

/// How far the clocks of clients may be behind: certificates begin that much before they are issued
/// (SL-145).
inline constexpr std::chrono::minutes slow_clocks{5};

/// An extension as it stands in a certificate.
struct CertificateExtension {
  std::string oid;  ///< "2.5.29.19"
  bool critical = false;
  std::string content;  ///< of the OCTET STRING around it
};

/// A certificate of the crypto library; seen only by src/crypto.
struct NativeCertificate;

/// An immutable certificate; cheap to copy, safe to use from several threads.
class Certificate {
 public:
  /// The first `BEGIN CERTIFICATE` block; other text around it is ignored. Throws Error{invalid}.
  static Certificate from_pem(std::string_view pem);
  /// DER, nothing after it. Throws Error{invalid}.
  static Certificate from_der(std::string_view der);

  /// One block, LF, a newline at the end.
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] std::string der() const;
  [[nodiscard]] PublicKey public_key() const;
  /// The SubjectPublicKeyInfo as it stands in it.
  [[nodiscard]] std::string spki_der() const;
  /// The last CN of the subject in UTF-8, "" if there is none.
  [[nodiscard]] std::string common_name() const;
  [[nodiscard]] Time not_before() const;
  [[nodiscard]] Time not_after() const;
  /// BasicConstraints CA:TRUE.
  [[nodiscard]] bool is_ca() const;
  /// Big-endian, without leading zeros.
  [[nodiscard]] std::string serial() const;
  /// DER of the names, for comparisons.
  [[nodiscard]] std::string subject_der() const;
  [[nodiscard]] std::string issuer_der() const;
  /// Subject and issuer are equal and the signature is its own.
  [[nodiscard]] bool self_signed() const;
  /// Names match and the signature verifies with the issuer's key. Dates and CA flags do not
  /// matter.
  [[nodiscard]] bool issued_by(const Certificate& issuer) const;
  /// The content of the first extension with this dotted object identifier (RA-TLS, SGX PCK).
  [[nodiscard]] std::optional<std::string> extension(std::string_view oid) const;

  /// All of them, in their order; one may stand there twice.
  [[nodiscard]] std::vector<CertificateExtension> extensions() const;
  /// DER of the AlgorithmIdentifier of the signature, with its parameters.
  [[nodiscard]] std::string signature_algorithm() const;

  /// The same bytes.
  bool operator==(const Certificate& other) const;

  explicit Certificate(std::shared_ptr<const NativeCertificate> native)
      : native_(std::move(native)) {}
  [[nodiscard]] const NativeCertificate& native() const { return *native_; }

 private:
  std::shared_ptr<const NativeCertificate> native_;
};

/// All `BEGIN CERTIFICATE` blocks in their order; empty if there is none. Throws Error{invalid} for
/// a broken one.
[[nodiscard]] std::vector<Certificate> certificates_from_pem(std::string_view pem);

enum class ExtendedKeyUsage { none, server, client };

/// What SL-148 leaves open. A CA has neither names nor extended key usage (SL-149).
/// What a subject's name may say beside its common name; what is empty is left out.
struct SubjectDetails {
  std::string country = {};  ///< two capital letters
  std::string state = {};
  std::string locality = {};
  std::string organization = {};
  std::string email = {};
};

struct CertificateProfile {
  std::string common_name;
  SubjectDetails details = {};
  bool is_ca = false;
  std::vector<std::string> dns_names;
  /// IPv4 or IPv6 addresses as text.
  std::vector<std::string> ips;
  ExtendedKeyUsage usage = ExtendedKeyUsage::none;
  Time not_before;
  Time not_after = never_expires;
  /// Big-endian and positive; absent: 127 random bits.
  std::optional<std::string> serial;
};

/// A certificate of the shape of SL-148, signed by `issuer_key`. Without `issuer` it is self-signed
/// and `issuer_key` must belong to `subject`. Throws Error{invalid} for an impossible profile (bad
/// address, name with a NUL, end before begin) or a key that does not belong to the issuer.
[[nodiscard]] Certificate issue(const CertificateProfile& profile, const PublicKey& subject,
                                const PrivateKey& issuer_key, const Certificate* issuer = nullptr);

/// Why a chain is not accepted; empty if it is.
struct ChainVerdict {
  std::string refusal;
  explicit operator bool() const { return refusal.empty(); }
};

/// Looks for a path from `leaf` over `intermediates` to one of `roots`: signatures, CA flags and
/// path lengths. Every certificate of `roots` is an anchor, self-signed or not. Host names are not
/// looked at, dates only if `at` is given.
[[nodiscard]] ChainVerdict verify_chain(const Certificate& leaf,
                                        std::span<const Certificate> intermediates,
                                        std::span<const Certificate> roots,
                                        std::optional<Time> at = std::nullopt);

}  // namespace sconectl::crypto
