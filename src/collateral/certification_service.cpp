#include "collateral/certification_service.hpp"

#include <fmt/core.h>

#include <array>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/percent.hpp"

namespace sconectl::collateral {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::string_view sgx_path = "/sgx/certification/v4";
constexpr std::string_view tdx_path = "/tdx/certification/v4";
constexpr std::size_t largest_reply = std::size_t{16} << 20U;
constexpr std::chrono::seconds patience{20};

std::string issuer_chain(const host::HttpResponse& response) {
  for (const char* name : {"TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain"})
    if (const auto encoded = response.header(name); !encoded.empty()) {
      auto chain = text::percent_decoded(encoded);  // PEM
      if (!chain) throw Error(ErrorKind::unavailable, "the issuer chain is not percent-encoded");
      return *std::move(chain);
    }
  throw Error(ErrorKind::unavailable, "the reply with the TCB info has no issuer chain");
}

class CertificationService final : public Source {
 public:
  CertificationService(ServiceAddress address, host::Http& http)
      : address_(std::move(address)), http_(http) {}

  attest::Collateral of(const attest::CollateralNeed& need) override {
    const std::string base = base_for(need.tee);
    attest::Collateral result;
    const auto info = get(base + "/tcb", "fmspc=" + crypto::hex(need.fmspc));
    result.tcb_info = info.body;
    result.signing_chain = issuer_chain(info);
    result.qe_identity = get(base + "/qe/identity", "").body;
    result.pck_crl =
        get(address_.base + "/pckcrl",
            fmt::format("ca={}&encoding=der", need.platform_ca ? "platform" : "processor"))
            .body;
    result.root_crl = get(address_.root_crl, "").body;
    return result;
  }

 private:
  std::string base_for(attest::Tee tee) const {
    std::string base = address_.base;
    if (tee == attest::Tee::tdx) base.replace(base.rfind(sgx_path), sgx_path.size(), tdx_path);
    return base;
  }

  host::HttpResponse get(const std::string& url, std::string query) const {
    if (!address_.query.empty()) query += (query.empty() ? "" : "&") + address_.query;
    host::HttpRequest request;
    request.way = host::Way::outside;
    request.url = query.empty() ? url : fmt::format("{}?{}", url, query);
    request.headers = address_.headers;
    request.timeout = patience;
    request.response_limit = largest_reply;
    auto response = http_.send(request);
    if (response.status == 200 && !response.body.empty()) return response;
    throw Error(response.status == 404 ? ErrorKind::not_found : ErrorKind::unavailable,
                fmt::format("{} answered {}", request.url, response.status));
  }

  const ServiceAddress address_;
  host::Http& http_;
};

}  // namespace

ServiceAddress intel_service() {
  return {.base = "https://api.trustedservices.intel.com/sgx/certification/v4",
          .root_crl = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der",
          .query = {},
          .headers = {}};
}

ServiceAddress azure_machine_service() {
  const std::string base = "http://169.254.169.254/metadata/THIM/sgx/certification/v4";
  return {.base = base,
          .root_crl = base + "/rootcacrl",
          .query = "api-version=2021-07-22-preview",
          .headers = {{"Metadata", "true"}}};
}

ServiceAddress cache_service(std::string url) {
  if (url.find_first_of("?#") != std::string::npos)
    throw Error(ErrorKind::usage, fmt::format("'{}' has a query, which a PCCS does not", url));
  while (url.ends_with('/')) url.pop_back();
  if (!url.ends_with(sgx_path)) url += sgx_path;
  static_cast<void>(host::parse_url(url));
  return {.base = url, .root_crl = url + "/rootcacrl", .query = {}, .headers = {}};
}

std::unique_ptr<Source> certification_service(ServiceAddress address, host::Http& http) {
  return std::make_unique<CertificationService>(std::move(address), http);
}

}  // namespace sconectl::collateral
