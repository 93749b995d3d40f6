// From one open file to another.
#pragma once

namespace sconectl::host {

/// Copies the bytes of a file to the beginning of another, which is empty. Blocks are shared where
/// the file system can do that; else the kernel copies, and holes stay holes. Returns 0 or an errno
/// value; throws Error{interrupted}.
[[nodiscard]] int copy_bytes(int from, int to);

}  // namespace sconectl::host
