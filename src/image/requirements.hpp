// The files of a pip requirements file
// (https://pip.pypa.io/en/stable/reference/requirements-file-format).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::image {

/// The file that a line takes in with `-r`, `-c`, `--requirement` or `--constraint`, as it is
/// written; nothing for other lines and for URLs.
[[nodiscard]] std::optional<std::string_view> included_file(std::string_view line);

/// The path of an included file: it counts from the file that names it.
[[nodiscard]] std::string included_path(const std::string& file, std::string_view included);

/// All included files of a text by their paths, in order.
[[nodiscard]] std::vector<std::string> included_paths(const std::string& file,
                                                      std::string_view text);

/// The text with each included file under the name that `rename(path)` gives it.
[[nodiscard]] std::string with_names(const std::string& file, std::string_view text,
                                     const std::function<std::string(const std::string&)>& rename);

/// Numbers of the lines with a URL that holds a user name and a password.
[[nodiscard]] std::vector<int> lines_with_password(std::string_view text);

}  // namespace sconectl::image
