#include "sconectl/session/certificate_life.hpp"

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/duration.hpp"

namespace sconectl::session {
namespace {

/// Longer chains are refused as circles.
constexpr int longest_way = 32;

bool ends(const std::string& pem) {
  try {
    return crypto::Certificate::from_pem(pem).not_after() < crypto::never_expires;
  } catch (const diag::Error&) {  // reported where the value is read
    return false;
  }
}

/// Whether `issuer` ends before a certificate that lives for `life`, or for ever.
bool ends_before(const X509& issuer, const std::optional<std::string>& life) {
  if (issuer.value) return !life && ends(*issuer.value);
  if (!issuer.valid_for) return false;
  try {
    return !life || parse_duration(*life) > parse_duration(*issuer.valid_for);
  } catch (const diag::Error&) {
    return false;
  }
}

}  // namespace

bool outlives_issuer(const X509& certificate,
                     const std::function<const Secret*(std::string_view)>& find) {
  if (certificate.value) return false;
  const X509* at = &certificate;
  for (int step = 0; step < longest_way && at->issuer; ++step) {
    const Secret* secret = find(*at->issuer);
    const X509* issuer = secret == nullptr ? nullptr : std::get_if<X509>(&secret->body);
    if (issuer == nullptr) return false;
    if (ends_before(*issuer, certificate.valid_for)) return true;
    at = issuer;
  }
  return false;
}

}  // namespace sconectl::session
