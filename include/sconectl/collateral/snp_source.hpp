// Where the certificates come from that SNP reports are judged by.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "sconectl/attest/snp_verdict.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::collateral {

/// Safe to use from several threads. Nothing that it gives is judged.
class SnpSource {
 public:
  SnpSource() = default;
  SnpSource(const SnpSource&) = delete;
  SnpSource& operator=(const SnpSource&) = delete;
  virtual ~SnpSource() = default;

  /// `ark`, `ask` or `asvk`, and `crl` of a product. Throws Error{unavailable}.
  virtual attest::SnpCertificates authorities(attest::SnpProduct product, session::SnpKey key) = 0;
  /// The certificate of a chip's key, DER. Throws Error{unavailable}, Error{not_found} for a chip
  /// that is not known.
  virtual std::string vcek(const attest::SnpNeed& need) = 0;
};

/// `setting` is `kds` (AMD's own service), the https URL of one that speaks like it, or
/// `file:DIRECTORY`: with `milan-vcek/`, `genoa-vlek/` and so on, each with ark.der, ask.der or
/// asvk.der, and crl.der, and `vcek/CHIP_ID/bl04_tee00_snp24_ucode219_vcek.der` (Turin:
/// `…_fmc01_vcek.der`); or, for one machine, with all of these and vcek.der in it. Throws
/// Error{usage}. Both must outlive the source.
[[nodiscard]] std::unique_ptr<SnpSource> make_snp_source(std::string_view setting, host::Http& http,
                                                         const host::Files& files);

/// How the directory of a product's authorities is called: "milan-vcek".
[[nodiscard]] std::string authorities_name(attest::SnpProduct product, session::SnpKey key);

struct SnpCacheOptions {
  std::filesystem::path directory;
  /// AMD answers few requests, and anybody can name chips: how long after one chip the next is
  /// asked for. Who comes too early is told to come again.
  std::chrono::seconds between_chips{1};
  std::size_t chips = 10'000;      ///< that are kept, and
  std::size_t states_of_chip = 8;  ///< of each; certificates of others are fetched at every use
};

/// Keeps what a source gives in a directory of the same form. Certificates of chips do not change,
/// those of authorities are fetched anew once a day.
class SnpCache final : public SnpSource {
 public:
  /// All must outlive the cache.
  SnpCache(SnpSource& upstream, host::Files& files, host::Clock& clock, SnpCacheOptions options);

  attest::SnpCertificates authorities(attest::SnpProduct product, session::SnpKey key) override;
  std::string vcek(const attest::SnpNeed& need) override;

 private:
  [[nodiscard]] bool has_room_for(const std::filesystem::path& chip) const;
  [[nodiscard]] bool may_ask(const std::string& what, std::chrono::seconds pause);

  SnpSource& upstream_;
  host::Files& files_;
  host::Clock& clock_;
  const SnpCacheOptions options_;
  std::mutex mutex_;
  /// When the source may be asked again for something.
  std::map<std::string, std::chrono::steady_clock::time_point> next_;
};

}  // namespace sconectl::collateral
