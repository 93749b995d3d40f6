// What a build is given as a document: to be looked at first, and compared with later.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/host/files.hpp"
#include "sconectl/image/file_hashes.hpp"
#include "sconectl/image/plan.hpp"

namespace sconectl::image {

/// One service as JSON, after write() has put its plan into `directory`: image, base, runtime, the
/// Dockerfile line by line, and every file of the context with mode and SHA-256. No engine and no
/// machine is in it; files of the user are there by their hashes alone.
[[nodiscard]] std::string plan_text(const BuildPlan& plan, const host::Files& files,
                                    const std::filesystem::path& directory, FileHashes& hashes);

/// The document of several services, sorted by name: {"schema", "services"}.
[[nodiscard]] std::string plan_document(const std::vector<std::string>& texts);
/// The texts in it by the name of the service. Error{invalid} for what is no such document.
[[nodiscard]] std::map<std::string, std::string> plans_in(std::string_view document,
                                                          const std::string& from);

/// What two of them have otherwise, a line each: "context/app/main.py: …, in the plan …".
[[nodiscard]] std::vector<std::string> plan_differences(const std::string& planned,
                                                        const std::string& now);

}  // namespace sconectl::image
