// Which servers a session can leave the judgement of evidence to (SL-293).
#pragma once

#include <string_view>

namespace sconectl::session {

/// What a URL of a provider has to look like, for messages.
inline constexpr std::string_view attestation_provider_form =
    "https://<tenant>.<region>.attest.azure.net";

/// `https://<tenant>.<region>.attest.azure.net[/]`, or the same below `attest.azure.us`, which is
/// the cloud of the US Government.
[[nodiscard]] bool is_attestation_provider(std::string_view url);

}  // namespace sconectl::session
