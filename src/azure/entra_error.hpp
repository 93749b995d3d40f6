// What Entra ID's refusals mean.
#pragma once

#include <string>
#include <string_view>

namespace sconectl::azure {

/// "AADSTS7000215: the client secret is wrong …" from the body of an error (azure.md 1.4). Of the
/// body only the number is shown: its text changes, and may quote what was sent.
[[nodiscard]] std::string entra_reason(int status, std::string_view body);

}  // namespace sconectl::azure
