// An Http whose only server is a CAS in the same process: no socket, no TLS, the same decisions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sconectl/casd/service.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::test {

/// Answers https://HOST:API_PORT and https://HOST:ENCLAVE_PORT; any other address is unreachable.
/// Trust and `verify` are applied to the certificates of the service, as a real connection would.
class LoopbackHttp final : public host::Http {
 public:
  explicit LoopbackHttp(casd::Service& service, std::string host = "cas",
                        std::uint16_t api_port = 8081, std::uint16_t enclave_port = 18765)
      : service_(service),
        host_(std::move(host)),
        api_port_(api_port),
        enclave_port_(enclave_port) {}

  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& tls) override {
    const auto url = host::parse_url(request.url);
    const bool api = url.server.port == api_port_;
    if (url.server.host != host_ || (!api && url.server.port != enclave_port_))
      throw diag::Error(diag::ErrorKind::unavailable, "can not reach " + url.server.authority());
    check_trust(tls);
    casd::Request inner;
    inner.method = request.method;
    inner.target = url.target;
    inner.body = request.body;
    inner.port = api ? casd::Port::api : casd::Port::enclave;
    for (const auto& [name, value] : request.headers)
      if (name == "Content-Type" || name == "content-type") inner.content_type = value;
    for (const auto& [name, value] : request.headers)
      if (name == "CAS-Import-Hops") inner.import_hops = std::stoul(value);
    if (tls.client)
      inner.peer.certificate_pem = crypto::Certificate::from_pem(tls.client->chain_pem).pem();
    requests.push_back(inner.method + " " + inner.target);
    auto response = service_.handle(inner);
    host::HttpResponse reply;
    reply.status = response.status;
    reply.body = std::move(response.body);
    reply.headers.emplace_back("Content-Type", response.content_type);
    for (auto& header : response.headers) reply.headers.push_back(std::move(header));
    reply.peer_chain = chain();
    return reply;
  }

  /// "POST /session", in the order of arrival.
  std::vector<std::string> requests;

 private:
  [[nodiscard]] std::vector<std::string> chain() const {
    std::vector<std::string> pems{service_.server_certificate().pem()};
    for (const auto& certificate : crypto::certificates_from_pem(service_.shown_chain_pem()))
      pems.push_back(certificate.pem());
    return pems;
  }

  void check_trust(const host::Tls& tls) const {
    const auto refuse = [] {
      throw diag::Error(diag::ErrorKind::refused, "the server's certificate is not trusted");
    };
    if (std::holds_alternative<host::SystemTrust>(tls.trust)) refuse();
    if (const auto* to = std::get_if<host::ChainTo>(&tls.trust)) {
      std::vector<crypto::Certificate> roots;
      for (const auto& pem : to->roots) roots.push_back(crypto::Certificate::from_pem(pem));
      const auto above = crypto::certificates_from_pem(service_.shown_chain_pem());
      if (!crypto::verify_chain(service_.server_certificate(), above, roots)) refuse();
    }
    if (tls.verify && !tls.verify(chain())) refuse();
  }

  casd::Service& service_;
  std::string host_;
  std::uint16_t api_port_;
  std::uint16_t enclave_port_;
};

}  // namespace sconectl::test
