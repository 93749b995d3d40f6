// References of container images: "host:port/path/name:tag@digest".
#pragma once

#include <string>
#include <string_view>

namespace sconectl::text {

/// Why a text is not a reference that container engines take, as the end of "it …" with what to
/// write instead; "" for one that is. Source: the grammar of the distribution project, which
/// Docker, podman and containerd share.
[[nodiscard]] std::string image_reference_fault(std::string_view reference);

}  // namespace sconectl::text
