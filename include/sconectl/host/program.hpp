// Programs as execve sees them, and this process as one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sconectl::host {

/// A file that may be run.
[[nodiscard]] bool is_program(const std::filesystem::path& path);

/// A list of strings as execve wants it: ends in a null pointer, lives as long as the strings.
[[nodiscard]] std::vector<char*> pointers(std::vector<std::string>& strings);

/// A core file or a debugger would show every secret: from now on nobody gets either of this
/// process.
void forbid_dumps();

/// What other programs call this process from now on (/proc/PID/comm; at most 15 bytes, more are
/// cut off), until it runs another program. For the main thread.
void name_process(const std::string& name);

/// Overwrites the value of a variable of this process where the system shows it
/// (/proc/PID/environ), so that it is empty from now on.
void wipe_variable(const std::string& name);

/// For a process that from now on does little: gives the system back what it has in memory of its
/// own file, which comes back page by page as it is needed, and what is free of the heap.
void give_back_memory();

/// The system's words for an errno value, with a small first letter: "no such file or directory".
[[nodiscard]] std::string reason(int error);

}  // namespace sconectl::host
