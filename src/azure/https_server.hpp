// Servers as sessions name them.
#pragma once

#include <optional>
#include <string_view>

#include "sconectl/text/address.hpp"

namespace sconectl::azure {

/// The server of an https URL of any case that has nothing behind its host and port but a '/'; no
/// value for anything else.
[[nodiscard]] std::optional<text::Address> https_server(std::string_view url);

}  // namespace sconectl::azure
