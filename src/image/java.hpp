// Java programs: sources that are compiled while the image is built, and the class path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sconectl::image {

/// Where the compiling stage of a build has what it works with.
inline constexpr std::string_view java_sources = "/java";
inline constexpr std::string_view java_libraries = "/classpath";
inline constexpr std::string_view java_classes = "/classes";

/// A file of arguments for javac: compiles `sources` (below java_sources) with `libraries` (below
/// java_libraries) into java_classes. Names are quoted as javac reads them, whatever is in them.
[[nodiscard]] std::string javac_arguments(const std::vector<std::string>& sources,
                                          const std::vector<std::string>& libraries);

/// The command with `-cp` behind its first word, if that is `java` and nothing in the command says
/// where classes are (`-cp`, `-classpath`, `--class-path`, `-jar`, `-p`, `--module-path`). The rest
/// stays as it is written. A command that can not be split is left alone.
[[nodiscard]] std::string with_class_path(const std::string& command,
                                          const std::vector<std::string>& entries);

}  // namespace sconectl::image
