// `--database URL`: the PostgreSQL that CASes share.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace sconectl::cli {

/// To commands that work on the data of a CAS itself.
void add_database(CLI::App& parser, std::string& url);

/// Throws Error{usage} for what is no such URL, or has a password in it, which everybody on the
/// machine could read on a command line; "" is no URL.
void check_database(const std::string& url);

}  // namespace sconectl::cli
