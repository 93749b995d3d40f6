// Lists of revoked certificates.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "sconectl/crypto/certificate.hpp"

namespace sconectl::crypto {

/// A list of the crypto library; seen only by src/crypto.
struct NativeCrl;

/// An immutable list of revoked certificates (RFC 5280); cheap to copy.
class Crl {
 public:
  /// DER, PEM, or DER in hex, as the services of Intel and AMD hand them out. Throws
  /// Error{invalid}.
  static Crl from_text(std::string_view text);

  /// Names match and the signature verifies with the issuer's key.
  [[nodiscard]] bool issued_by(const Certificate& issuer) const;
  [[nodiscard]] bool revokes(const Certificate& certificate) const;
  [[nodiscard]] Time this_update() const;
  /// Throws Error{invalid} if it does not say.
  [[nodiscard]] Time next_update() const;

 private:
  explicit Crl(std::shared_ptr<const NativeCrl> native) : native_(std::move(native)) {}
  std::shared_ptr<const NativeCrl> native_;
};

}  // namespace sconectl::crypto
