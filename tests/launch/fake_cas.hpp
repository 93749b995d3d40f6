// A CAS as a service sees it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/launch/launch.hpp"

namespace sconectl::launch {

struct ServerIdentity {
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  crypto::Certificate certificate = issue(key);

  static crypto::Certificate issue(const crypto::PrivateKey& key) {
    crypto::CertificateProfile profile;
    profile.common_name = "CAS";
    profile.is_ca = true;
    return crypto::issue(profile, key.public_key(), key);
  }
  [[nodiscard]] std::string key_hash() const { return crypto::key_hash(certificate.public_key()); }
};

/// A CAS that answers as the protocol says (RA-084, RA-085), and can be made to misbehave.
class FakeCas final : public host::Http {
 public:
  ServerIdentity identity;
  std::string token;
  cas::Configuration configuration;
  int unreachable = 0;  ///< so many requests fail first
  int status = 200;
  std::string refusal;
  std::function<void(cas::ConfigReply&)> spoil;

  std::vector<host::HttpRequest> requests;
  std::vector<std::string> nonces;
  std::vector<cas::ConfigRequest> evidence;  ///< the requests for a configuration

  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& tls) override {
    if (unreachable-- > 0) {
      throw diag::Error(diag::ErrorKind::unavailable,
                        "can not reach cas:18765: connection refused");
    }
    const std::vector<std::string> chain{identity.certificate.pem()};
    if (tls.verify && !tls.verify(chain))
      throw diag::Error(diag::ErrorKind::refused, "not the right one");
    requests.push_back(request);
    host::HttpResponse response;
    response.status = 200;
    if (request.url.ends_with(cas::path::service_challenge)) {
      nonces.emplace_back(crypto::random_bytes(cas::service_nonce_bytes).view());
      response.body = cas::encode(cas::Challenge{nonces.back()});
    } else if (status != 200) {
      response.status = status;
      response.body = cas::encode(cas::ErrorBody{{refusal}, "1"});
    } else {
      response.body = cas::encode(answer(cas::decode_config_request(request.body)));
    }
    return response;
  }

 private:
  cas::ConfigReply answer(const cas::ConfigRequest& request) {
    EXPECT_EQ(request.nonce, nonces.back());
    evidence.push_back(request);
    cas::ConfigReply reply;
    reply.sealed = crypto::hpke_seal(request.public_key, cas::configuration_seal_info(request), "",
                                     cas::encode(configuration).view());
    if (!token.empty()) {
      EXPECT_EQ(request.access_token_proof,
                cas::proof(token, cas::ProofRole::client, request.nonce, request.public_key));
      reply.server_proof =
          cas::proof(token, cas::ProofRole::server, request.nonce, request.public_key);
      reply.config_proof = cas::proof(token, cas::ProofRole::config, request.nonce,
                                      request.public_key, reply.sealed);
    }
    if (spoil) spoil(reply);
    return reply;
  }
};

}  // namespace sconectl::launch
