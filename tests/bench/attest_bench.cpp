// How long the verification of a quote takes, its parsing included: with collateral whose
// signatures were checked before, as the CAS does it, and with all of it anew. Prints both in
// milliseconds, medians.
//
// usage: sconectl_attest_bench FOLDER TIME COUNT     FOLDER as of `quote verify`, with quote.bin
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "sconectl/attest/verdict.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/text/time.hpp"

int main(int count, char** words) {
  using namespace sconectl;
  if (count != 4) return 2;
  const auto files = host::system_files();
  const std::filesystem::path folder = words[1];
  const auto bytes = files->read(folder / "quote.bin");
  const auto collateral = collateral::read_bundle(*files, folder);
  const attest::VerificationOptions options{.at = text::time(words[2]).value(), .test_root = {}};
  const attest::TrustedCollateral trusted(collateral, options);
  const auto with_known = [&] {
    const auto quote = attest::parse_quote(bytes);
    return attest::verify(quote, attest::TrustedPlatform(quote, "", options), trusted, options);
  };
  const auto anew = [&] { return attest::verify(attest::parse_quote(bytes), collateral, options); };
  const auto median = [&](const auto& verified) {
    std::vector<double> taken;
    for (long i = std::max(1L, std::strtol(words[3], nullptr, 10)); i > 0; --i) {
      const auto begin = std::chrono::steady_clock::now();
      const auto verdict = verified();
      const std::chrono::duration<double, std::milli> time =
          std::chrono::steady_clock::now() - begin;
      if (!verdict.missing.empty()) std::exit(1);
      taken.push_back(time.count());
    }
    std::sort(taken.begin(), taken.end());
    return taken[taken.size() / 2];
  };
  fmt::print("{:.3f} {:.3f}\n", median(with_known), median(anew));
}
