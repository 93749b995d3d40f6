// Access tokens of Entra ID for an application of its own (client credentials, azure.md 1).
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "sconectl/azure/deadline.hpp"
#include "sconectl/azure/shared_answers.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/session/secret.hpp"

namespace sconectl::azure {

/// The key of a certificate that is registered for the application.
struct CertificateKey {
  crypto::PrivateKey key;  ///< RSA
  std::string thumbprint;  ///< raw: SHA-1 (20 bytes, RS256) or SHA-256 (32 bytes, PS256)
};

struct Application {
  std::string tenant_id;  ///< or a domain of the tenant
  std::string client_id;
  std::variant<crypto::Secret, CertificateKey> credential;

  /// The application that a session names (SL-163). Throws Error{invalid}.
  [[nodiscard]] static Application of(const session::AadToken& secret);
  /// SHA-256 over all of it: the same credentials have the same.
  [[nodiscard]] std::string digest() const;
};

struct Token {
  crypto::Secret value;
  std::chrono::steady_clock::time_point end;  ///< on Clock::steady()
};
using TokenPtr = std::shared_ptr<const Token>;

/// What a client assertion looks like: a JWT about this token endpoint (azure.md 1.3).
[[nodiscard]] std::string client_assertion(const Application& application,
                                           const CertificateKey& certificate,
                                           std::string_view endpoint,
                                           std::chrono::system_clock::time_point now);

/// Asks `authority` for a token. Throws Error{refused} with the number of Entra ID's reason and
/// what it means, Error{unavailable} if the authority does not answer as it should before the
/// deadline. Neither names a credential.
[[nodiscard]] Token request_token(host::Http& http, host::Clock& clock,
                                  const Application& application, std::string_view authority,
                                  std::string_view scope, const Deadline& deadline);

/// Tokens are kept until shortly before they end. Safe to use from several threads.
class TokenCache {
 public:
  /// Both must outlive the cache.
  TokenCache(host::Http& http, host::Clock& clock) : http_(http), clock_(clock) {}

  /// Throws as request_token().
  [[nodiscard]] TokenPtr token(const Application& application, std::string_view authority,
                               std::string_view scope, const Deadline& deadline);
  /// For a token that a service does not take any more: the next one is asked for.
  void forget(const TokenPtr& token) { answers_.forget(token); }

 private:
  host::Http& http_;
  host::Clock& clock_;
  SharedAnswers<Token> answers_;
};

}  // namespace sconectl::azure
