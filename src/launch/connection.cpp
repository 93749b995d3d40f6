#include "connection.hpp"

#include <fmt/format.h>

namespace sconectl::launch {

using diag::Error;
using diag::ErrorKind;

cas::Client connection(const Options& options, host::Http& http, host::Clock& clock) {
  cas::Peer peer;
  peer.address = options.address;
  if (options.cas_key) {
    peer.trust = cas::PinnedKey{*options.cas_key};
  } else {
    peer.trust = cas::TrustAny{};
  }
  peer.retries = 0;  // every attempt needs a challenge of its own, so the loop is ours
  return {http, clock, std::move(peer)};
}

namespace {

/// What shells and env files add to a token without anybody seeing it; "" if it looks whole.
std::string oddity(std::string_view token) {
  if (token.ends_with('\n') || token.ends_with('\r')) return "ends with a line break";
  if (token.starts_with(' ') || token.ends_with(' ')) return "begins or ends with a blank";
  const bool quoted = token.size() > 1 && token.front() == token.back() &&
                      (token.front() == '"' || token.front() == '\'');
  return quoted ? "stands in quotation marks" : "";
}

}  // namespace

/// Whatever reason the CAS gives, to us it is a refusal (docs/native-runtime.md).
void refuse(const Options& options, const Error& error) {
  if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::unavailable) throw error;
  const Error outer = error.within(fmt::format(
      "the CAS at {} gave no configuration for the service (SCONE_CONFIG_ID '{}')",
      options.address.authority(), options.config_id.substr(0, options.config_id.find('@'))));
  std::vector<std::string> causes = outer.causes();
  if (const std::string odd = oddity(options.access_token.view()); !odd.empty())
    causes.push_back(fmt::format("SCONE_SERVICE_ACCESS_TOKEN {}, which counts as part of it", odd));
  throw Error(ErrorKind::refused, outer.text(), std::move(causes));
}

}  // namespace sconectl::launch
