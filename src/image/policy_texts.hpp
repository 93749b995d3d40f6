// The YAML texts of an image's policy folder.
#pragma once

#include <string>
#include <vector>

#include "sconectl/image/facts.hpp"
#include "sconectl/manifest/service.hpp"

namespace sconectl::image {

/// secrets.global as a list of session secrets (SL-098 to SL-114); "" without secrets.
[[nodiscard]] std::string secrets_text(const std::vector<manifest::Secret>& secrets);
[[nodiscard]] std::string env_text(const text::Environment& defaults);
[[nodiscard]] std::string binaries_text(const std::vector<std::string>& binaries);

/// Reads env.yaml: a list of name/value. A ':' at the end of a name is dropped, published images
/// have such a slip. Throws Error{invalid} that names `source`.
[[nodiscard]] text::Environment parse_env(const std::string& source, const std::string& text);
/// Reads binaries.yaml. Throws Error{invalid} that names `source`.
[[nodiscard]] std::vector<std::string> parse_binaries(const std::string& source,
                                                      const std::string& text);

}  // namespace sconectl::image
