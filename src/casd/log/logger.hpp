// The log of a CAS.
#pragma once

#include <memory>

#include "casd/log/event.hpp"
#include "sconectl/casd/server.hpp"

namespace sconectl::casd {

/// Writes lines "2026-11-22T10:00:00Z INFO text key=value ..." where the options say, each at once.
/// What can not be written (a full disk) is lost; nobody waits for it and no request fails. Throws
/// Error{failed} for a file that can not be opened.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_logger(const LogOptions& options);

/// For a logger of make_logger(): opens the file anew, which somebody else may have renamed, and
/// uses the other options. Throws Error{failed}, and goes on as before, if it can not be opened.
void reopen_log(spdlog::logger& logger, const LogOptions& options);

/// Takes everything and writes nothing.
[[nodiscard]] std::shared_ptr<spdlog::logger> silent_logger();

}  // namespace sconectl::casd
