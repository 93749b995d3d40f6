// What an image for SCONE has behind the files of its service: stages and the environment.
#pragma once

#include <string>
#include <vector>

#include "image/dockerfile_text.hpp"
#include "image/scone_plan.hpp"

namespace sconectl::image {

/// Continues a Dockerfile with the stages 'scone' (its tools) and 'application'.
void add_scone(Dockerfile& file, const SconeParts& parts);

/// The shell script that makes the binary file system in the stage of that name.
[[nodiscard]] std::string binary_fs_script();
/// The one that signs: its arguments are options of scone-signer and the program; the key comes on
/// its input. It prints a line with measurement and path, and then the bytes of the program.
[[nodiscard]] std::string signing_script();
/// The one that makes a file system protection file of the directories that it is given: it prints
/// a line with key and tag, and then the file.
[[nodiscard]] std::string fspf_script();

}  // namespace sconectl::image
