#include "sconectl/collateral/snp_source.hpp"

#include <fmt/core.h>

#include "collateral/snp_bundle.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::collateral {
namespace {

using attest::SnpCertificates;
using attest::SnpNeed;
using attest::SnpProduct;
using diag::Error;
using diag::ErrorKind;
using session::SnpKey;

constexpr std::size_t largest_answer = std::size_t{1} << 20U;
constexpr std::chrono::seconds amd_patience{20};

/// AMD's Key Distribution Service.
class KeyDistributionService final : public SnpSource {
 public:
  KeyDistributionService(std::string base, host::Http& http)
      : base_(std::move(base)), http_(http) {}

  SnpCertificates authorities(SnpProduct product, SnpKey key) override {
    const std::string path = fmt::format("/{}/v1/{}", text::word(key), text::word(product));
    const auto chain = crypto::certificates_from_pem(get(path + "/cert_chain"));
    if (chain.size() != 2)
      throw Error(
          ErrorKind::unavailable,
          fmt::format("{}{}/cert_chain holds {} certificates, not 2", base_, path, chain.size()));
    SnpCertificates result;
    (key == SnpKey::vcek ? result.ask : result.asvk) = chain.front().der();
    result.ark = chain.back().der();
    result.crl = get(path + "/crl");
    return result;
  }

  std::string vcek(const SnpNeed& need) override {
    const auto& tcb = need.reported;
    const std::string fmc =
        need.product == SnpProduct::turin ? fmt::format("fmcSPL={:02}&", tcb.fmc) : "";
    return get(fmt::format("/vcek/v1/{}/{}?{}blSPL={:02}&teeSPL={:02}&snpSPL={:02}&ucodeSPL={:02}",
                           text::word(need.product), crypto::hex(need.chip_id), fmc, tcb.bootloader,
                           tcb.tee, tcb.snp, tcb.microcode));
  }

 private:
  std::string get(const std::string& target) const {
    host::HttpRequest request;
    request.way = host::Way::outside;
    request.url = base_ + target;
    request.timeout = amd_patience;
    request.response_limit = largest_answer;
    auto response = http_.send(request);
    if (response.status == 200 && !response.body.empty()) return std::move(response.body);
    throw Error(response.status == 404 ? ErrorKind::not_found : ErrorKind::unavailable,
                fmt::format("{} answered {}", request.url, response.status));
  }

  const std::string base_;
  host::Http& http_;
};

class SnpDirectory final : public SnpSource {
 public:
  SnpDirectory(const host::Files& files, std::filesystem::path directory)
      : files_(files), directory_(std::move(directory)) {}

  SnpCertificates authorities(SnpProduct product, SnpKey key) override {
    const auto of_product = directory_ / authorities_name(product, key);
    auto result = read_certificates(files_, files_.status(of_product) ? of_product : directory_);
    if (!result.ark.empty()) return result;
    throw Error(ErrorKind::not_found,
                fmt::format("'{}' has no ark.der and no '{}'", directory_.string(),
                            authorities_name(product, key)));
  }

  std::string vcek(const SnpNeed& need) override {
    for (const auto& path : {vcek_path(need), std::filesystem::path("vcek.der")})
      if (auto found = files_.read_if_exists(directory_ / path, largest_answer))
        return *std::move(found);
    throw Error(ErrorKind::not_found, fmt::format("'{}' has no '{}' and no 'vcek.der'",
                                                  directory_.string(), vcek_path(need).string()));
  }

 private:
  const host::Files& files_;
  const std::filesystem::path directory_;
};

}  // namespace

std::unique_ptr<SnpSource> make_snp_source(std::string_view setting, host::Http& http,
                                           const host::Files& files) {
  constexpr std::string_view file = "file:";
  if (setting == "kds")
    return std::make_unique<KeyDistributionService>("https://kdsintf.amd.com", http);
  if (setting.starts_with("https://")) {
    std::string base(setting);
    while (base.ends_with('/')) base.pop_back();
    static_cast<void>(host::parse_url(base));
    return std::make_unique<KeyDistributionService>(std::move(base), http);
  }
  if (setting.starts_with(file) && setting.size() > file.size()) {
    setting.remove_prefix(file.size());
    if (setting.starts_with("///")) setting.remove_prefix(2);
    return std::make_unique<SnpDirectory>(files, std::filesystem::path(setting));
  }
  throw Error(ErrorKind::usage,
              fmt::format("'{}' is no source of AMD's certificates: it is kds, the https URL of a "
                          "service like it, or file:DIRECTORY",
                          setting));
}

}  // namespace sconectl::collateral
