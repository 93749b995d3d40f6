// What a chart lets the pods of an image do.
#pragma once

#include "sconectl/image/facts.hpp"
#include "sconectl/render/render.hpp"

namespace sconectl::image {

/// The Pod Security Standard 'restricted', as far as the image is known to run under it: one of
/// ours is, one that others made may need root, and to write anywhere. Enclaves need devices. Sets
/// pod_security_context, security_context and memory_directories.
void set_pod_security(render::Variables& variables, const Facts& facts, bool made_by_others);

}  // namespace sconectl::image
