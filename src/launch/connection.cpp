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

/// Whatever reason the CAS gives, to us it is a refusal (docs/native-runtime.md).
void refuse(const Options& options, const Error& error) {
  if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::unavailable) throw error;
  const Error outer = error.within(fmt::format(
      "the CAS at {} gave no configuration for the service (SCONE_CONFIG_ID '{}')",
      options.address.authority(), options.config_id.substr(0, options.config_id.find('@'))));
  throw Error(ErrorKind::refused, outer.text(), outer.causes());
}

}  // namespace sconectl::launch
