// The same image at another time, for engines whose builders put times of their own into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sconectl/oci/saved_image.hpp"

namespace sconectl::oci {

/// Writes the archive of an image again, as `docker load` reads it. The image has `time` (seconds
/// since 1970) and the name `reference`; so has every file in the layers above the first `kept`,
/// which stay as they are. What a builder notes about itself (the container, the image before it)
/// is left out. The same files in the same layers give the same bytes. Error{invalid} if the image
/// has fewer layers than `kept`, or one of them is damaged.
void write_retimed(SavedImage& saved, std::size_t kept, std::uint64_t time,
                   const std::string& reference, const Sink& out);

}  // namespace sconectl::oci
