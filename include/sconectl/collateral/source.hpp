// Where the lists come from that quotes are judged by.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/attest/collateral.hpp"
#include "sconectl/attest/verdict.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::collateral {

/// Safe to use from several threads.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// What is published about platforms of this kind, unjudged: whoever uses it verifies it. Throws
  /// Error{unavailable} if it can not be had, Error{not_found} for a platform that is not known.
  virtual attest::Collateral of(const attest::CollateralNeed& need) = 0;
};

/// `setting` is `pcs` (Intel's own service), `thim` (the cache on an Azure machine), the https URL
/// of a PCCS, with or without `/sgx/certification/v4`, or `file:DIRECTORY` (bundle.hpp). Nothing is
/// fetched yet. Throws Error{usage} for anything else. Both must outlive the source.
[[nodiscard]] std::unique_ptr<Source> make_source(std::string_view setting, host::Http& http,
                                                  const host::Files& files);

}  // namespace sconectl::collateral
