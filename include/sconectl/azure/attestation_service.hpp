// Evidence judged by Azure Attestation, for `mode: maa`.
#pragma once

#include <memory>
#include <string>

#include "sconectl/azure/attestation_request.hpp"
#include "sconectl/azure/deadline.hpp"
#include "sconectl/azure/shared_answers.hpp"

namespace sconectl::azure {

/// Asks providers, and keeps their keys for an hour. Safe to use from several threads.
class AttestationServices {
 public:
  /// Both must outlive it.
  AttestationServices(host::Http& http, host::Clock& clock) : http_(http), clock_(clock) {}

  /// Sends evidence to the provider and returns what it says about this very evidence: the hash of
  /// the quote (SGX), the report data and the runtime data in the token are those that were sent,
  /// so no token of an earlier time or of another enclave will do. `trust` is SystemTrust or the
  /// certificates of the session (SL-294), with which the host name is compared in any case.
  ///
  /// Throws Error{refused} if the provider or its policy refuses (attestation_refusal), or if its
  /// token is not what it has to be (verify_attestation_token); Error{unavailable} if it does not
  /// answer as it should before the deadline; Error{invalid} for `Unverified`. Every text names the
  /// provider.
  [[nodiscard]] AttestationClaims attest(const AttestationProvider& provider,
                                         const host::ServerTrust& trust,
                                         const AttestationEvidence& evidence,
                                         const Deadline& deadline);

 private:
  struct Keys {
    AttestationKeys set;
    Deadline fetched;
  };
  using KeysPtr = SharedAnswers<Keys>::Answer;

  [[nodiscard]] KeysPtr keys(const AttestationProvider& provider, const host::Tls& tls,
                             const Deadline& deadline);
  [[nodiscard]] KeysPtr keys_with(std::string_view kid, const AttestationProvider& provider,
                                  const host::Tls& tls, const Deadline& deadline);

  host::Http& http_;
  host::Clock& clock_;
  SharedAnswers<Keys> keys_;
};

}  // namespace sconectl::azure
