// A native service that fetches its configuration from a CAS in memory.
#pragma once

#include <regex>

#include "casd/cas_fixture.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "sconectl/crypto/hpke.hpp"

namespace sconectl::test {

class ServiceClient : public Cas {
 protected:
  struct Got {
    Answer answer;
    cas::ConfigReply reply;
    cas::Configuration configuration;
  };
  Answer post(const std::string& path, const std::string& body = "") {
    return ask("POST", path, body, {}, casd::Port::enclave);
  }
  std::string nonce() { return cas::decode_challenge(post("/v1/service/challenge").body).nonce; }

  cas::ConfigRequest request(const std::string& config_id, const std::string& token = "") {
    cas::ConfigRequest result;
    result.config_id = config_id;
    result.nonce = nonce();
    result.public_key = key.public_key;
    if (!token.empty())
      result.access_token_proof =
          cas::proof(token, cas::ProofRole::client, result.nonce, result.public_key);
    return result;
  }
  Got fetch(const cas::ConfigRequest& asked) {
    Got got{post("/v1/service/config", cas::encode(asked)), {}, {}};
    if (got.answer.status != 200) return got;
    got.reply = cas::decode_config_reply(got.answer.body);
    got.configuration = cas::decode_configuration(
        crypto::hpke_open(key.private_key.view(), cas::configuration_seal_info(asked), "",
                          got.reply.sealed)
            .view());
    return got;
  }
  Got fetch(const std::string& config_id, const std::string& token = "") {
    return fetch(request(config_id, token));
  }
  /// Each denial has its own id, whatever else is alike.
  static std::string without_denial_id(const Answer& answer) {
    return std::regex_replace(answer.body, std::regex("[0-9a-f]{16}"), "ID");
  }
  void refused(const Answer& answer, int status, const std::string& text) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_NE(answer.messages().find(text), std::string::npos) << answer.body;
  }
  void refused(const Got& got, int status, const std::string& text) {
    refused(got.answer, status, text);
  }

  crypto::X25519Pair key = crypto::generate_x25519();
  const std::string none = "security:\n  attestation:\n    mode: none\n";
};

}  // namespace sconectl::test
