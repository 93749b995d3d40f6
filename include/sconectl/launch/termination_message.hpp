// What is left to Kubernetes by a container that ends.
#pragma once

#include <string>

#include "sconectl/diag/error.hpp"

namespace sconectl::launch {

/// Where Kubernetes puts a file for it, unless a pod says otherwise (`terminationMessagePath`).
inline constexpr const char* termination_log = "/dev/termination-log";

/// Writes the error and its causes, a line each, as far as Kubernetes shows them (4096 bytes):
/// `kubectl describe pod` prints it, and whoever reads that need not read logs. Nothing happens
/// where there is no such file, and what can not be written is in the log all the same.
void leave_message(const diag::Error& error, const std::string& path = termination_log) noexcept;

}  // namespace sconectl::launch
