// The registry that an image reference names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sconectl::host {
class Http;
}  // namespace sconectl::host

namespace sconectl::image {

/// "registry:5000" of "registry:5000/a/b:tag"; nothing if the reference leaves it to the engine.
[[nodiscard]] std::optional<std::string> registry_of(std::string_view reference);

/// Whether a reference names a registry of this machine, which may speak without TLS.
[[nodiscard]] bool is_on_loopback(std::string_view reference);

/// Whether the registry of a reference answers from here, whatever it says. A reference without a
/// registry counts as answered: only the engine knows where it goes.
[[nodiscard]] bool registry_answers(host::Http& http, std::string_view reference);

}  // namespace sconectl::image
